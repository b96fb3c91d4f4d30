"""Paths into a backbone: a submodule by its path, or by an end of it that no other has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from clspec.components.base import Component
from clspec.components.forward_order import Stretch, between_as_run
from clspec.components.growing import Size
from clspec.components.mistakes import ShapeError, TapError
from clspec.diagnostics import nearest
from clspec.ir.shapes import Shape

MOST_LISTED, MOST_MEANT = 12, 4
NET = "net"
"""Where `clspec.nn.Backbone` holds a library's network; its own paths come first."""


def full_path(wanted: str, paths: Sequence[str], kind: str) -> str:
    """The one of the paths that is meant. Raises TapError, which names the nearest and the outermost."""
    known = set(paths)
    for path in (wanted, f"{NET}.{wanted}", f"{NET}.features.{wanted}"):
        if path in known:
            return path
    found = [path for path in paths if path.endswith(f".{wanted}")]
    if len(found) == 1:
        return found[0]
    if found:
        listed = ", ".join(found[:MOST_MEANT]) + (", ..." if len(found) > MOST_MEANT else "")
        raise TapError(f'"{wanted}" could be {len(found)} submodules of {kind}', f"write more of the path: {listed}")
    raise TapError(f'"{wanted}" is no submodule of {kind}', _near(wanted, paths))


def _near(wanted: str, paths: Sequence[str]) -> str:
    """The nearest path, or end of a path, and the outermost submodules."""
    inner = [path.removeprefix(f"{NET}.") for path in paths if path != NET]
    stages = [path.removeprefix("features.") for path in inner if path.startswith("features.") and path.count(".") == 1]
    shown = stages or [path for path in inner if "." not in path]
    ends = {".".join(path.split(".")[-length:]) for path in paths for length in (1, 2, wanted.count(".") + 1)}
    names = ", ".join(shown[:MOST_LISTED]) + (", ..." if len(shown) > MOST_LISTED else "")
    near = (None if "." in wanted else nearest(wanted, shown)) or nearest(wanted, ends)  # a stage before what is in it
    return "; ".join(filter(None, (near, f"there are: {names}" if shown else "it has none")))


def tap_of(component: Component, wanted: str, inputs: tuple[Shape, ...]) -> tuple[str, Shape]:
    """What a submodule gives, where it must be found on the meta device. Raises TapError."""
    seen = _seen(component, inputs)
    path = full_path(wanted, seen.paths, component.title())
    return path, given(path, seen.gives, component.title())


def submodule_of(component: Component, wanted: str, inputs: tuple[Shape, ...]) -> str:
    """The full path of a submodule, found on the meta device. Raises TapError."""
    return full_path(wanted, _seen(component, inputs).paths, component.title())


def divided_size(component: Component, size: Size, inputs: tuple[Shape, ...]) -> Size:
    """The size by all that cannot be divided further, found on the meta device. Raises TapError."""
    seen = _seen(component, inputs)
    return replace(size, inside=seen.inside, tied=seen.tied)


def bounded_by(
    component: Component, inputs: tuple[Shape, ...], above: str, since: str | None, until: str | None
) -> tuple[Stretch, ...]:
    """What runs between two paths below `above`, both included, as bounds in order of registration. Raises TapError.

    Where no torch is needed to tell what is inside, submodules run as they are registered.
    """
    seen = _seen(component, inputs)
    lead = f"{above}." if above else ""
    leaves, ran = (
        [path.removeprefix(lead) for path in paths if path.startswith(lead)]
        for paths in ([path for path, _ in seen.inside], seen.ran)
    )
    return between_as_run(leaves, ran, since, until) if ran else ((since, until),)


@dataclass(frozen=True)
class _Inside:
    """Of a component: all submodules by path, what each gives, and the parameters of what is not divided further.

    `ran` are those without children in the order in which they first ran, `tied` the parameters that several hold, with
    the names of all: where only torch can tell.
    """

    paths: Sequence[str]
    gives: Mapping[str, Shape]
    inside: tuple[tuple[str, int], ...]
    ran: Sequence[str] = ()
    tied: tuple[tuple[int, tuple[str, ...]], ...] = ()


def _seen(component: Component, inputs: tuple[Shape, ...]) -> _Inside:
    try:
        if (known := component.contents(inputs)) is not None:
            return _Inside(
                [each.path for each in known],
                {each.path: each.shape for each in known if each.shape is not None},
                tuple((each.path, each.parameters) for each in known if each.parameters is not None),
            )
    except ShapeError as error:
        raise TapError(f"{component.title()} cannot be looked into: {error.message}") from None
    return _probed(component, inputs)


def _probed(component: Component, inputs: tuple[Shape, ...]) -> _Inside:
    from clspec.probe import ProbeError, probe

    try:
        seen = probe(component.without_weights().constructor(inputs), inputs)
        return _Inside(seen.paths, seen.gives, seen.inside, seen.ran, seen.tied)
    except (ProbeError, ShapeError) as error:
        raise TapError(f"{component.title()} cannot be looked into: {error.message}") from None


def given(path: str, gives: Mapping[str, Shape], kind: str) -> Shape:
    """What the submodule at a path gives. Raises TapError where that is no single tensor that a part can read."""
    if path not in gives:
        outer = next((up for up in _above(path) if up in gives), None)
        help = f"what it is part of can be read: {outer}" if outer else None
        raise TapError(f'"{path}" of {kind} gives no single tensor when it runs', help)
    return gives[path]


def _above(path: str) -> list[str]:
    names = path.split(".")
    return [".".join(names[:length]) for length in range(len(names) - 1, 0, -1)]
