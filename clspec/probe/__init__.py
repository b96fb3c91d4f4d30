# pyright: standard
"""What a torch module gives and holds, found on the meta device: no memory, no arithmetic, no trace in the process.

The one place beside `clspec.nn` that imports torch for a spec; components import it when nothing else can tell.
"""

from __future__ import annotations

from clspec.probe.errors import ProbeError
from clspec.probe.image_sizes import Survey, least_size
from clspec.probe.inside import Probe, probe
from clspec.probe.libraries import (
    missing_weights,
    timm_names,
    timm_weights,
    torchvision_drop,
    torchvision_names,
    torchvision_weights,
)
from clspec.probe.meta import module_class
from clspec.probe.networks import describe, describe_library

__all__ = [
    "Probe", "ProbeError", "Survey", "describe", "describe_library", "least_size", "missing_weights", "module_class",
    "probe", "timm_names", "timm_weights", "torchvision_drop", "torchvision_names", "torchvision_weights",
]  # fmt: skip
