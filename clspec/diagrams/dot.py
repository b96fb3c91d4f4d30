"""DOT text that nothing can break: quoting, escaping and HTML-like tables. Knows no colour and no model."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from html import escape
from urllib.parse import quote as percent_encode

from clspec.diagrams.metrics import text_width


class Html(str):
    """An attribute's value that is HTML-like markup, made by the functions below and nobody else."""

    __slots__ = ()


Value = str | int | float | Html


def clean(text: str) -> str:
    """Text as one line that XML can hold: no control characters, no lone surrogates, no marks that reverse the line."""
    spaced = "".join(" " if character in "\n\r\t\x0b\x0c\x85\u2028\u2029" else character for character in text)
    return "".join(character for character in spaced if _allowed(character))


def _allowed(character: str) -> bool:
    if unicodedata.category(character) in {"Cc", "Cs"} or character in "\ufffe\uffff":
        return False
    return character not in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def quote(text: str) -> str:
    """A DOT string that reads back as the cleaned `text`, escapes (`\\N`) and entities (`&lt;`) taken literally."""
    literal = clean(text).replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
    return f'"{literal}"'


def link(file: str, line: int) -> str:
    """A relative address of a line of a spec; "" where the spec is no file (`<string>`)."""
    if not file or file.startswith("<"):
        return ""
    # Percent-encoding the colon too keeps a file name from being read as a scheme (`javascript:`).
    return f"{percent_encode(clean(file), safe='/._-~')}#L{line}"


def attributes(values: Mapping[str, Value]) -> str:
    """`[a="1", b=<markup>]`; empty text is left out."""
    shown = ", ".join(f"{name}={_value(value)}" for name, value in values.items() if value != "")
    return f"[{shown}]"


def _value(value: Value) -> str:
    return f"<{value}>" if isinstance(value, Html) else quote(str(value))


def node(name: str, values: Mapping[str, Value]) -> str:
    return f"{quote(name)} {attributes(values)};"


def edge(tail: str, head: str, values: Mapping[str, Value]) -> str:
    return f"{quote(tail)} -> {quote(head)} {attributes(values)};"


def cluster(name: str, values: Mapping[str, Value], body: Iterable[str]) -> list[str]:
    """A box around nodes; `name` is its own, without Graphviz's `cluster_`."""
    inner = [f"graph {attributes(values)};", *body]
    return [f"subgraph {quote('cluster_' + name)} {{", *(f"  {line}" for line in inner), "}"]


def same_rank(names: Iterable[str]) -> str:
    return "{ rank=same; " + " ".join(f"{quote(name)};" for name in names) + " }"


def digraph(
    name: str, title: str, description: str, sections: Mapping[str, Mapping[str, Value]], body: Iterable[str]
) -> str:
    """A whole file: `sections` are the defaults of `graph`, `node` and `edge`; title and description are comments."""
    lines = [f"// title: {_spoken(title)}", f"// description: {_spoken(description)}", f"digraph {quote(name)} {{"]
    lines += [f"  {section} {attributes(values)};" for section, values in sections.items()]
    lines += [f"  {line}" for line in body]
    return "\n".join([*lines, "}"]) + "\n"


def _spoken(words: str) -> str:
    return clean(words).replace("\xa0", " ")


# ---- HTML-like labels ----------------------------------------------------------------------------------------------


def text(content: str, size: float, color: str, *, bold: bool = False) -> str:
    """Escaped text; never empty, which would be a syntax error in a label."""
    # Graphviz takes `\\N` for the node's name in markup too, even from an entity: nothing may follow a backslash.
    pieces = re.sub(r"\\(?=.)", "\\\\\n", clean(content)).split("\n")
    return "".join(_piece(piece, size, color, bold=bold) for piece in pieces)


def _piece(content: str, size: float, color: str, *, bold: bool) -> str:
    shown = escape(content) or "&#160;"
    return f'<FONT POINT-SIZE="{size:g}" COLOR="{color}">{f"<B>{shown}</B>" if bold else shown}</FONT>'


def text_label(content: str, size: float, color: str, *, bold: bool = False) -> Html:
    """The same as a label by itself."""
    return Html(text(content, size, color, bold=bold))


def cell(content: str, **values: Value) -> str:
    return f"<TD{_tag(values)}>{content}</TD>"


def spacer(width: int, height: int = 0) -> str:
    return cell("", WIDTH=width, HEIGHT=height or "")


def row(*cells: str) -> str:
    return f"<TR>{''.join(cells)}</TR>"


def table(*rows: str, **values: Value) -> Html:
    defaults: dict[str, Value] = {"BORDER": 0, "CELLBORDER": 0, "CELLSPACING": 0, "CELLPADDING": 0}
    return Html(f"<TABLE{_tag({**defaults, **values})}>{''.join(rows)}</TABLE>")


def chip(word: str, size: float, color: str, *, width: int, height: int, **values: Value) -> str:
    """A table cell of a fixed size around a short word: it never stretches with what stands beside it."""
    inner = cell(text(word, size, color, bold=True), FIXEDSIZE="TRUE", WIDTH=width, HEIGHT=height, **values)
    return cell(
        table(row(inner), FIXEDSIZE="TRUE", WIDTH=width, HEIGHT=height), FIXEDSIZE="TRUE", WIDTH=width, HEIGHT=height
    )


def line_of(cells: Iterable[tuple[str, int]], *, width: int, height: int, gap: int = 0) -> Html:
    """Cells, each with its width, at the left of a table of a fixed width: nested tables stretch otherwise."""
    parts = list(cells)
    used = sum(size for _, size in parts) + gap * (len(parts) + 1)
    content = [part for part, _ in parts]
    if width - used > gap:
        content.append(spacer(width - used - gap))
    return table(row(*content), ALIGN="LEFT", FIXEDSIZE="TRUE", WIDTH=max(width, used), HEIGHT=height, CELLSPACING=gap)


def chip_width(word: str, size: float) -> int:
    """The width that a chip around `word` needs, with room on both sides."""
    return round(text_width(word, size, bold=True)) + 12


def _tag(values: Mapping[str, Value]) -> str:
    return "".join(f' {name}="{value}"' for name, value in values.items() if value != "")
