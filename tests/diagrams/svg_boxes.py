"""Reads where an SVG's texts and boxes are, without a browser."""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.etree import ElementTree

from clspec.diagrams.metrics import text_width

SVG = "{http://www.w3.org/2000/svg}"
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")


@dataclass(frozen=True)
class Area:
    left: float
    top: float
    right: float
    bottom: float

    def holds(self, other: Area, slack: float) -> bool:
        return (
            other.left >= self.left - slack
            and other.right <= self.right + slack
            and other.top >= self.top - slack
            and other.bottom <= self.bottom + slack
        )

    def overlap(self, other: Area) -> float:
        wide = min(self.right, other.right) - max(self.left, other.left)
        tall = min(self.bottom, other.bottom) - max(self.top, other.top)
        return min(wide, tall)


@dataclass(frozen=True)
class Group:
    """A node or cluster: its border's area and its texts with theirs."""

    name: str
    kind: str
    area: Area | None
    texts: list[tuple[str, Area]]


def read_groups(svg: str) -> list[Group]:
    root = ElementTree.fromstring(svg)
    groups = [element for element in root.iter(f"{SVG}g") if element.get("class") in {"node", "cluster"}]
    return [_group(element) for element in groups]


def _group(element: ElementTree.Element) -> Group:
    shapes = [shape for tag in ("path", "polygon") for shape in element.iter(f"{SVG}{tag}")]
    areas = [_shape(shape) for shape in shapes]
    # The border is the first shape drawn, or the biggest where the fill comes in pieces.
    biggest = max(areas, key=lambda area: (area.right - area.left) * (area.bottom - area.top), default=None)
    texts = [(text.text or "", _text(text)) for text in element.iter(f"{SVG}text")]
    title = element.find(f"{SVG}title")
    name = (title.text if title is not None else None) or element.get("id") or ""
    return Group(name, element.get("class") or "", biggest, texts)


def _shape(element: ElementTree.Element) -> Area:
    numbers = [float(number) for number in NUMBER.findall(element.get("d") or element.get("points") or "")]
    across, down = numbers[0::2], numbers[1::2]
    return Area(min(across), min(down), max(across), max(down))


def _text(element: ElementTree.Element) -> Area:
    size = float((element.get("font-size") or "14").removesuffix("px"))
    wide = text_width(element.text or "", size, bold=element.get("font-weight") == "bold")
    x, y = float(element.get("x") or 0), float(element.get("y") or 0)
    anchor = element.get("text-anchor") or "start"
    left = x - wide / 2 if anchor == "middle" else x - wide if anchor == "end" else x
    return Area(left, y - 0.72 * size, left + wide, y + 0.2 * size)
