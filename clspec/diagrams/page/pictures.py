"""The pictures of a page: an engine's SVGs made plain, and what they have in common written once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

_EDGE = re.compile(r'<g id="[^"]*" class="edge">')
_LINK = re.compile(r'<g id="a_[^"]*"><a [^>]*?xlink:title="([^"]*)">')
_LINK_END = "</a>"
_GROUP = re.compile(r'<g id="([^"]*)" class="(\w+)"')
_STOP = re.compile(r'style="stop-color:([^;"]*);stop-opacity:[^"]*"')
# The page's own style sheet says these.
_SAID = re.compile(r' (?:xml:space="preserve"|font-family="[^"]*")')
_NUMBER = r"-?[\d.]+"
# Eight curves, of which every other one is a straight side.
_ROUNDED = re.compile(rf'<path ([^>]*?)d="M((?:[C ]?{_NUMBER},{_NUMBER}){{25}})"/>')
_PAPER = re.compile(r'<polygon fill="#ffffff" stroke="(?:none|transparent)" points="[^"]*"/>')


def plain_svg(svg: str) -> list[str]:
    """The lines of an engine's SVG without links, styles and background; what was an id is `data-id`.

    A page marks parts by itself: titles stay on arrows only, where they say what a label may have shortened.
    """
    body = re.sub(r"<!--.*?-->\n?", "", svg, flags=re.DOTALL)
    start = body.index("<svg ")
    lines: list[str] = []
    on_edge = linked = False
    for line in body[start:].replace("\n viewBox", " viewBox").rstrip().split("\n"):
        link = _LINK.match(line)
        if link is not None:
            linked = True
            lines += [f"<title>{link[1]}</title>"] if on_edge else []
        elif line.startswith(_LINK_END):
            continue
        elif line == "</g>" and linked:
            linked = False
        elif not line.startswith("<title>"):
            on_edge = bool(_EDGE.match(line)) if line.startswith("<g ") else on_edge
            lines.append(_plain(line))
    papers = [at for at, line in enumerate(lines) if _PAPER.fullmatch(line)]
    return lines[: papers[0]] + lines[papers[0] + 1 :] if papers else lines


def _plain(line: str) -> str:
    line = _ROUNDED.sub(_as_rectangle, line)
    return _STOP.sub(r'stop-color="\1"', _GROUP.sub(r'<g data-id="\1" class="\2"', _SAID.sub("", line)))


def _as_rectangle(path: re.Match[str]) -> str:
    """A box with round corners, which engines draw as curves in ten times the text."""
    points = [tuple(map(float, point.split(","))) for point in re.split("[C ]", path[2])]
    across, down = [x for x, _ in points], [y for _, y in points]
    left, top, right, bottom = min(across), min(down), max(across), max(down)
    # The first curve runs along a side, from corner to corner.
    round_by = min(abs(points[0][0] - edge) for edge in (left, right)) or min(
        abs(points[0][1] - edge) for edge in (top, bottom)
    )
    values = {"x": left, "y": top, "width": right - left, "height": bottom - top, "rx": round_by}
    written = " ".join(f'{name}="{value:g}"' for name, value in values.items())
    return f"<rect {path[1]}{written}/>"


@dataclass
class Pool:
    """Lines of many pictures, each kept once: from one experience to the next most of them stay."""

    lines: list[str] = field(default_factory=list[str])
    _places: dict[str, int] = field(default_factory=dict[str, int])

    def add(self, picture: Sequence[str]) -> list[int]:
        """The picture as runs of the pool's lines: the first line and how many, for each run in turn."""
        runs: list[int] = []
        for line in picture:
            place = self._places.setdefault(line, len(self.lines))
            if place == len(self.lines):
                self.lines.append(line)
            if runs and runs[-2] + runs[-1] == place:
                runs[-1] += 1
            else:
                runs += [place, 1]
        return runs
