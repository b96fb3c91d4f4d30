"""One network tried through clspec's public interface, in a process of its own (`tools/sweep.py`).

It is compiled, run in eval mode, adapted to two experiences, run in training mode, and its gradients are taken.
"""

from __future__ import annotations

import resource
import time
import warnings
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from sweep_libraries import Subject, find, make, names

BATCH, SMALL_BATCH = 2, 8
"""Samples at a network's own size of images, and at a small one, where its last maps are a single place and batch-norm
has the samples alone: over two of them the gradients of 452 layers leave the range of float32."""
SMALL = (32, 32)
COLUMNS = {"pytorchcv": ("native", "32×32", "one channel"), "timm": ("native",), "torchvision": ("native",)}
SPEC = """clspec 1
model Net {{
    input image({channels}, {height}, {width})
    backbone trunk = {library}("{name}")
    head labels = incremental(initial=2)
}}
"""
OUT_OF_MEMORY = "out of memory"
TAKEN = "the network takes them"
EXPERIENCES = ([0, 1], [2, 3])


class Trial(NamedTuple):
    """What is tried: a network by name, of timm the smallest network of a module; and at which size of images."""

    library: str
    name: str
    column: str


@dataclass
class Outcome:
    """What came of a trial: `works`, or `refused` by clspec, or a `fault`, or `limit` where it ran out of bounds."""

    library: str
    name: str
    column: str
    network: str = ""
    family: str = ""
    image: tuple[int, ...] = ()
    outcome: str = "works"
    reason: str = ""
    cause: str = ""
    width: int = 0
    parameters: int = 0
    without_gradient: list[str] = field(default_factory=list)
    seconds: float = 0.0
    gigabytes: float = 0.0


def trials(library: str) -> list[Trial]:
    """All that is to be tried of a library; what is native to a network is not tried twice."""
    every = [Trial(library, name, column) for name in names(library) for column in COLUMNS[library]]
    return [each for each in every if each.column != "32×32" or find(library, each.name).size != SMALL]


def attempt(trial: Trial) -> dict[str, Any]:
    """The outcome of a trial, whatever goes wrong in it, as plain data."""
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(0)
    warnings.simplefilter("ignore")
    outcome, start = Outcome(*trial), time.perf_counter()
    try:
        _attempt(outcome)
    except MemoryError:
        outcome.outcome, outcome.reason = "limit", OUT_OF_MEMORY
    except Exception as error:
        memory = "can't allocate memory" in str(error)
        outcome.outcome = "limit" if memory else "fault"
        outcome.reason = OUT_OF_MEMORY if memory else said(error)
    outcome.seconds = round(time.perf_counter() - start, 2)
    outcome.gigabytes = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2)
    return asdict(outcome)


def _attempt(outcome: Outcome) -> None:
    import clspec

    subject = find(outcome.library, outcome.name)
    outcome.network, outcome.family = subject.name, subject.family
    for image in images(outcome.column, subject):
        outcome.image = image
        spec = clspec.parse_string(_text(outcome.library, subject.name, image))
        refused = clspec.check(spec)
        if not refused:
            _use(outcome, spec, subject)
            return
        found = refused[0]
        outcome.outcome = "refused"
        outcome.reason = found.message + (f"; {found.help}" if found.help else "")
    outcome.cause = _cause(outcome, subject)
    if outcome.cause == TAKEN:
        outcome.outcome = "fault"


def images(column: str, subject: Subject) -> tuple[tuple[int, ...], ...]:
    """The images to try, in order, until one is taken."""
    native = (subject.channels, *subject.size)
    small = (subject.channels, *SMALL)
    return {"native": (native,), "32×32": (small,), "one channel": ((1, *SMALL), (1, *subject.size))}[column]


def _text(library: str, name: str, image: tuple[int, ...]) -> str:
    channels, height, width = image
    return SPEC.format(library=library, name=name, channels=channels, height=height, width=width)


# ---- what must hold ------------------------------------------------------------------------------------------------


def _use(outcome: Outcome, spec: Any, subject: Subject) -> None:
    """Runs a model as its user would; what does not hold becomes the reason of a fault."""
    import torch
    from torch.nn.functional import cross_entropy

    import clspec

    outcome.outcome, outcome.reason = "works", ""
    faults: list[str] = []
    experiences = [clspec.Experience(classes) for classes in EXPERIENCES]
    model: Any = clspec.compile(spec)
    planned = model.labels.in_features
    gave: list[tuple[int, ...]] = []
    model.trunk.register_forward_hook(lambda _module, _inputs, features: gave.append(tuple(features.shape)))
    batch = BATCH if outcome.image[1:] == subject.size else SMALL_BATCH
    x = torch.randn(batch, *outcome.image)
    with torch.no_grad():
        shapes = [tuple(model.eval()(x).shape)]
    for experience, row in zip(experiences, clspec.simulate(spec, experiences).rows, strict=True):
        model.train().adaptation(experience)
        held = sum(each.numel() for each in model.parameters())
        trains = sum(each.numel() for each in model.parameters() if each.requires_grad)
        if (held, trains) != (row.parameters, row.trainable):
            faults.append(f"{held} parameters, {row.parameters} forecast; {trains} train, {row.trainable} forecast")
    logits = model(x)
    cross_entropy(logits, torch.arange(batch) % 4).backward()
    shapes.append(tuple(logits.shape))
    if shapes != [(batch, 2), (batch, 4)]:
        faults.append(f"logits of {shapes}")
    if set(gave) != {(batch, planned)}:
        faults.append(f"features of {sorted(set(gave))}, planned {planned}")
    own = _own_width(outcome.library, subject, model.trunk.drop) if outcome.column == "native" else planned
    if own != planned:
        faults.append(f"its own classifier reads {own} features, planned {planned}")
    trained = {name: each.grad for name, each in model.named_parameters() if each.requires_grad}
    outcome.without_gradient = [name for name, gradient in trained.items() if gradient is None]
    wrong = [name for name, gradient in trained.items() if gradient is not None and not gradient.isfinite().all()]
    if wrong or not logits.isfinite().all():
        faults.append(f"logits up to {logits.abs().max():.3g}, {len(wrong)} of {len(trained)} gradients not finite")
    outcome.width = planned
    outcome.parameters = sum(each.numel() for each in model.trunk.parameters())
    if faults:
        outcome.outcome, outcome.reason = "fault", "; ".join(faults)


def _own_width(library: str, subject: Subject, drop: str | None) -> int | None:
    """How many features the library's own classifier reads."""
    import torch

    net: Any = None
    with suppress(NotImplementedError, RuntimeError), torch.device("meta"):
        net = make(library, subject, subject.channels)
    if net is None:  # it computes with its weights while it is built
        net = make(library, subject, subject.channels)
    if drop is None:
        return net.head_hidden_size
    layers = [
        each for each in net.get_submodule(drop).modules() if isinstance(each, (torch.nn.Linear, torch.nn.Conv2d))
    ]
    return layers[-1].weight.shape[1] * getattr(layers[-1], "groups", 1)


def _cause(outcome: Outcome, subject: Subject) -> str:
    """What the network itself says to images that clspec refuses."""
    import torch

    import clspec
    from clspec.nn import Backbone

    try:
        if outcome.image[0] == subject.channels:
            native = (subject.channels, *subject.size)
            text = _text(outcome.library, subject.name, native)
            net: Any = clspec.compile(clspec.parse_string(text)).trunk.eval()  # type: ignore[operator]
            width = net(torch.zeros(1, *native)).shape[1]
        else:
            net, width = Backbone(make(outcome.library, subject, outcome.image[0]), drop=None).eval(), 0
        with torch.no_grad():
            given = net(torch.zeros(BATCH, *outcome.image)).shape[1]
    except Exception as error:
        return said(error)
    return f"gives {given} features instead of {width}" if given != width else TAKEN


def said(error: BaseException) -> str:
    """The first line of what an exception says."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:300]}" if lines else type(error).__name__
