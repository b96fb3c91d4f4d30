"""The sheet of paper that views draw on: graph defaults, title and caption."""

from __future__ import annotations

from collections.abc import Iterable

from clspec.diagrams import dot, style


def draw_sheet(
    *,
    title: str,
    description: str,
    title_label: dot.Html,
    caption: dot.Html,
    direction: str,
    spacing: tuple[float, float],
    inside: Iterable[str],
    outside: Iterable[str],
) -> str:
    """A whole picture: `inside` stands below the title, `outside` are arrows and ranks."""
    graph: dict[str, dot.Value] = {
        "rankdir": direction,
        "bgcolor": style.PAPER,
        "fontname": style.FONT,
        "labelloc": "b",
        "labeljust": "l",
        "nodesep": spacing[0],
        "ranksep": spacing[1],
        "pad": 0.2,
        "compound": "true",
        "newrank": "true",
        "label": caption,
    }
    node: dict[str, dot.Value] = {
        "shape": "box",
        "fontname": style.FONT,
        "fontsize": 11,
        "fontcolor": style.INK,
        "margin": "0.07,0.04",
    }
    edge: dict[str, dot.Value] = {
        "color": style.LINE,
        "fontname": style.FONT,
        "fontsize": style.SMALL,
        "fontcolor": style.INK,
        "arrowsize": 0.7,
        "penwidth": 1.2,
    }
    # An HTML-like node label brings its own sizes; the title stands in a cluster because a graph has only one label.
    sheet = dot.cluster(
        "sheet",
        {
            "id": "sheet",
            "label": title_label,
            "labeljust": "l",
            "labelloc": "t",
            "color": style.PAPER,
            "penwidth": 0,
            "margin": 4,
        },
        inside,
    )
    sections = {"graph": graph, "node": node, "edge": edge}
    return dot.digraph("model", title, description, sections, [*sheet, *outside])
