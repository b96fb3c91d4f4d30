"""How deep a picture looks into the model: what lies below is drawn as one box, or one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from clspec.diagrams.options import choose
from clspec.diagrams.scene import Box, Scene


def at_depth(scene: Scene, depth: int | None, expand: Sequence[str]) -> Scene:
    """The same model with `depth` levels of boxes; those in `expand` are open whatever their level.

    Raises ValueError for a path that is no part of the model.
    """
    if depth is None and not expand:
        return scene
    paths = [box.path for box in _walk(scene.boxes)]
    for path in expand:
        choose("part", path, paths)
    boxes = tuple(_seen(box, 1, depth, frozenset(expand)) for box in scene.boxes)
    shown = {box.path for box in _walk(boxes)}
    arrows = [replace(a, source=_nearest(a.source, shown), target=_nearest(a.target, shown)) for a in scene.arrows]
    return replace(
        scene, boxes=boxes, arrows=tuple(dict.fromkeys(arrow for arrow in arrows if arrow.source != arrow.target))
    )


def _walk(boxes: Sequence[Box]) -> Iterator[Box]:
    for box in boxes:
        yield box
        yield from _walk(box.children)


def _seen(box: Box, level: int, depth: int | None, expand: frozenset[str]) -> Box:
    leads = any(path == box.path or path.startswith(f"{box.path}.") for path in expand)
    if depth is not None and level >= depth and not leads:
        return _closed(box)
    children = tuple(_seen(child, level + 1, depth, expand) for child in box.children)
    if box.path not in expand:
        return replace(box, children=children)
    return replace(box, children=tuple(replace(child, expanded=True) for child in children), expanded=True)


def _closed(box: Box) -> Box:
    """The box as a leaf, which every rule reaches that reaches something in it."""
    rules = sorted({number for inside in _walk((box,)) for number in inside.rules})
    hidden = len(list(_walk(box.children)))
    words = (f"{hidden} part{'' if hidden == 1 else 's'} inside",) if hidden else ()
    return replace(box, children=(), rules=tuple(rules), details=(*box.details, *words), hidden=hidden)


def _nearest(path: str, shown: set[str]) -> str:
    while path and path not in shown and "." in path:
        path = path.rpartition(".")[0]
    return path
