"""A picture with its text as one HTML file that runs nothing and loads nothing."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from html import escape

from clspec.diagrams.dot import clean
from clspec.diagrams.options import Theme
from clspec.diagrams.page.palette import write_palette

_STYLE = """
body { margin: 0 auto; max-width: 72rem; padding: 1.5rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.4 system-ui, sans-serif; }
img { max-width: 100%; height: auto; }
pre { overflow-x: auto; padding: 1rem; background: var(--frame); border: 1px solid var(--pale); border-radius: .5rem; }
"""


def write_still(title: str, description: str, svg: str, text: str, theme: Theme) -> str:
    """The picture as an image, whose own style sheet and links reach nothing of the page, and what it says as text."""
    style = write_palette(theme) + _STYLE
    told = b64encode(sha256(style.encode()).digest()).decode()
    image = b64encode(svg.encode("utf-8", "ignore")).decode()
    lines = "\n".join(clean(line) for line in text.rstrip().split("\n"))
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'sha256-{told}'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(clean(title))}</title>
<style>{style}</style>
</head>
<body>
<img src="data:image/svg+xml;base64,{image}" alt="{escape(clean(f"{title}. {description}"))}">
<pre>{escape(lines)}</pre>
</body>
</html>
"""
