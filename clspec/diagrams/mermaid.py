"""Mermaid text that nothing can break: names, labels and the classes of states. Knows no model."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from clspec.diagrams import dot, style
from clspec.diagrams.metrics import shorten

WIDEST = 420
"""No line of a label is wider, in points."""

_SPECIAL = re.compile(r"[^\w\xa0 ,.·→×…:/+=%-]")
_MARKUP = re.compile(r"(?<![^\W_])_|_(?![^\W_])|(?<=[-:/%])[-:/%]|^[-+]|(?<=^\d)\.|(?<=^\d\d)\.|(?<=^\d\d\d)\.")
"""Underscores that are not inside a word, doubled marks, and what starts a list in Markdown."""


def name(path: str, kind: str = "n") -> str:
    """An identifier of a path that is no word of the language and of no other path."""
    return f"{kind}_" + "".join(
        letter if letter.isascii() and letter.isalnum() else f"_{ord(letter):x}_" for letter in path
    )


def words(line: str) -> str:
    """One line of a label, with all that Mermaid, Markdown or HTML could take for their own as numbered entities."""
    shown = shorten(dot.clean(line).strip(), WIDEST, style.TEXT)
    marks = {found.start() for pattern in (_SPECIAL, _MARKUP) for found in pattern.finditer(shown)}
    return "".join(f"#{ord(letter)};" if at in marks else letter for at, letter in enumerate(shown))


def label(lines: Iterable[str]) -> str:
    shown = "<br>".join(words(line) for line in lines if line.strip())
    return f'"{shown or " "}"'


def node(identifier: str, lines: Iterable[str], look: str = "") -> str:
    suffix = f":::{look}" if look else ""
    return f"{identifier}[{label(lines)}]{suffix}"


def choice(identifier: str, lines: Iterable[str]) -> str:
    """A diamond."""
    return f"{identifier}{{{label(lines)}}}"


def plain(identifier: str, lines: Iterable[str]) -> str:
    """A node with round ends: what goes in, and what comes out."""
    return f"{identifier}([{label(lines)}])"


def edge(tail: str, head: str, said: str = "", *, dashed: bool = False) -> str:
    line = "-.->" if dashed else "-->"
    return f"{tail} {line}{f'|{label([said])}|' if said.strip() else ''} {head}"


def subgraph(identifier: str, lines: Iterable[str], body: Sequence[str]) -> list[str]:
    """A box around nodes."""
    return [f"subgraph {identifier}[{label(lines)}]", *(f"  {line}" for line in body), "end"]


def clusters(identifiers: Sequence[str]) -> list[str]:
    """The look of these subgraphs; Mermaid's own is yellow."""
    if not identifiers:
        return []
    look = f"fill:{style.FRAME},stroke:{style.PALE},color:{style.INK}"
    return [f"classDef cluster_box {look}", f"class {','.join(identifiers)} cluster_box"]


def flowchart(title: str, description: str, direction: str, body: Iterable[str], looks: Iterable[str]) -> str:
    """A whole file; `looks` are the names of the states whose classes it uses."""
    classes = [f"classDef default {_colours(style.FIXED)}"]
    classes += [f"classDef {look_name(word)} {_class(word)}" for word in looks]
    lines = [f"accTitle: {_spoken(title)}", f"accDescr: {_spoken(description)}", *body, *classes]
    return "\n".join([f"flowchart {direction}", *(f"  {line}" for line in lines)]) + "\n"


def look_name(word: str) -> str:
    """`part_frozen`: the class of a state."""
    return word.lower().replace(" ", "_")


def _class(word: str) -> str:
    look = {**style.LOOKS, **style.MARKS}.get(word, style.CHANGED)
    dashes = {"dashed": ",stroke-dasharray:6 3", "dotted": ",stroke-dasharray:2 3"}.get(look.line, "")
    return _colours(look) + dashes


def _colours(look: style.Look) -> str:
    return f"fill:{look.fill},stroke:{look.border},stroke-width:{look.weight}px,color:{style.INK}"


def _spoken(text: str) -> str:
    """Of a title or description the plain letters only: Mermaid reads no entities there."""
    return " ".join(_SPECIAL.sub(" ", dot.clean(text).replace("\xa0", " ").replace("%", " percent")).split()) or "model"
