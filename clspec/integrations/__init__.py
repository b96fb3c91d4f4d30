"""clspec at home in other libraries, one module a library; each imports its library when it is imported itself."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version

from clspec.diagnostics import Diagnostic, SpecError

_LEAST = {
    "avalanche": {"avalanche-lib": (0, 6)},
    "onnx": {"onnx": (1, 16), "onnxscript": (0, 2), "onnxruntime": (1, 18)},
}
"""By extra: the distributions behind it, and the first version of each that will do."""


def import_integration(name: str) -> None:
    """Imports `clspec.integrations.<name>`. Raises SpecError where a library of it is missing, too old or broken."""
    install = f'pip install "clspec[{name}]"'
    for distribution, least in _LEAST[name].items():
        try:
            found = version(distribution)
        except PackageNotFoundError:
            raise _unusable(name, f"{distribution} is not installed", install) from None
        if tuple(int(number) for number in found.split(".")[:2] if number.isdecimal()) < least:
            raise _unusable(
                name, f"{distribution} {found} is too old", f"{install}, which brings {_dotted(least)} or later"
            )
    try:
        import_module(f"clspec.integrations.{name}")
    except Exception as error:  # a binary that does not fit its torch raises RuntimeError, OSError, ...
        said = (str(error).splitlines() or [""])[0]
        help = "install the torchvision that was built for your torch: pip install --force-reinstall torch torchvision"
        raise _unusable(
            name, f"importing it raises {type(error).__name__}: {said}", help if "torchvision" in said else install
        ) from error


def _unusable(name: str, why: str, help: str) -> SpecError:
    return SpecError([Diagnostic("CL210", f"{name} cannot be used: {why}", None, help, file=name)])


def _dotted(numbers: tuple[int, ...]) -> str:
    return ".".join(map(str, numbers))
