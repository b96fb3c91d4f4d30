"""The colours of a page: those of its pictures, as variables that a theme sets."""

from __future__ import annotations

from clspec.diagrams import style
from clspec.diagrams.options import Theme
from clspec.diagrams.themes import THEMES

NAMES = {
    "ink": style.INK, "muted": style.MUTED, "line": style.LINE, "paper": style.PAPER, "grey": style.GREY,
    "pale": style.PALE, "blue": style.BLUE, "orange": style.ORANGE, "share": style.FROZEN_SHARE, "frame": style.FRAME,
    "still": style.LOOKS["FROZEN"].fill, "warm": style.LOOKS["GROWS"].fill,
}  # fmt: skip
"""What the page's style sheet calls them."""


def write_palette(theme: Theme) -> str:
    """A style sheet: the theme's colours, or light ones and, for a reader who prefers them, dark ones."""
    light = _colours("light" if theme == "auto" else theme)
    scheme = {"auto": "light dark", "dark": "dark"}.get(theme, "light")
    dark = f"@media screen and (prefers-color-scheme: dark) {{\n:root {{ {_colours('dark')} }}\n}}\n"
    names = " ".join(f"--{name}: var(--{_code(colour)});" for name, colour in NAMES.items())
    return (
        f":root {{ color-scheme: {scheme}; {light} }}\n{dark if theme == 'auto' else ''}:root {{ {names} }}\n{_parts()}"
    )


def _colours(theme: Theme) -> str:
    table = THEMES[theme]
    return " ".join(f"--{_code(colour)}: {table.get(colour, colour)};" for colour in THEMES["dark"])


def _parts() -> str:
    """Pictures are drawn in light colours; here their attributes take the theme's."""
    rules = [
        f'#stage [{attribute}="{colour.lower()}"] {{ {attribute}: var(--{_code(colour)}); }}'
        for colour in THEMES["dark"]
        for attribute in ("fill", "stroke", "stop-color")
    ]
    return "\n".join(rules) + "\n"


def _code(colour: str) -> str:
    return f"c{colour.removeprefix('#').lower()}"
