"""An engine's SVG made fit for pages: named for screen readers, without traces of the engine's version."""

from __future__ import annotations

import re
from html import escape

PAGE = "clspec-auto"
"""The class of an SVG with a style sheet: in a notebook a sheet would reach all that is on the page."""


def finish_svg(svg: str, title: str, description: str, style: str = "") -> str:
    """The same drawing with `role="img"`, a title, a description and a style sheet, without the engine's comments."""
    body = re.sub(r"<!--.*?-->\n?", "", svg, flags=re.DOTALL)
    body = re.sub(r"<!DOCTYPE.*?>\n?", "", body, count=1, flags=re.DOTALL)
    # Browsers show a group's title when the mouse rests on it: `cluster_` is the engine's word, not the reader's.
    body = re.sub(
        r"<title>cluster_(?:sheet</title>|)",
        lambda match: "<title>" if match[0] == "<title>cluster_" else "<title></title>",
        body,
    )
    body = body.replace("<title></title>\n", "").replace("<title>model</title>\n", "", 1)
    names = f'<title id="picture-title">{_escaped(title)}</title>\n'
    names += f'<desc id="picture-description">{_escaped(description)}</desc>\n'
    names += f"<style>{style}</style>\n" if style else ""
    says = 'role="img" aria-labelledby="picture-title picture-description"' + (f' class="{PAGE}"' if style else "")
    return re.sub(r"<svg\b([^>]*)>\n?", lambda match: f"<svg {says}{match[1]}>\n{names}", body, count=1)


def _escaped(words: str) -> str:
    return escape(words, quote=False)
