"""What an engine complains about, on machines with fonts and without."""

from __future__ import annotations

from functools import cache

from clspec.diagrams.engines import available_engines

from .svg_boxes import read_groups

TOO_SMALL = ("Warning: table size too small for content", "Warning: cell size too small for content", "in label of ")


def complaints(said: str) -> str:
    """The lines of what an engine said that are about the picture.

    Without a single font each character is a box of one width, whatever the text: that these outgrow their cells is
    the machine's doing. Where the texts of the SVG then stand is tested all the same.
    """
    return said if has_font() else "\n".join(line for line in said.splitlines() if not line.startswith(TOO_SMALL))


@cache
def has_font() -> bool:
    """Whether narrow letters are narrower than wide ones."""
    source = 'digraph { node [shape=box, margin=0, width=0]; i [label="iiiiiiiiii"]; m [label="mmmmmmmmmm"] }'
    (svg,), _ = next(iter(available_engines().values()))([source], "svg")
    narrow, wide = (group.area for group in read_groups(svg.decode()))
    assert narrow and wide
    return narrow.right - narrow.left < wide.right - wide.left
