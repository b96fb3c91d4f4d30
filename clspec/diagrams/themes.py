"""The themes: which colour stands for each of `style` on a dark page, and in print. `style` itself is light."""

from __future__ import annotations

import re

from clspec.diagrams.options import Theme
from clspec.diagrams.svg import PAGE

THEMES: dict[Theme, dict[str, str]] = {
    "auto": {},
    "light": {},
    "dark": {
        "#FFFFFF": "#10171E", "#FAFBFC": "#17202A", "#1B2733": "#E8EEF4", "#4F5E6C": "#AEBBC8", "#3E4C59": "#93A5B5",
        "#5A6874": "#A3B1BE", "#84919D": "#8494A3", "#005A8C": "#63BDF0", "#A84300": "#FFA05C", "#D3DAE0": "#3D4B58",
        "#E1E7EC": "#26313C", "#FFF3E6": "#33241A", "#FFE1C2": "#4D2F16", "#D5DCE2": "#374551", "#FFB877": "#8F4E15",
        "#A9B4BE": "#758594", "#5F6C78": "#9AA8B5", "#E3F1FA": "#123247",
    },
    "print": {
        "#FFFFFF": "#FFFFFF", "#FAFBFC": "#FFFFFF", "#1B2733": "#000000", "#4F5E6C": "#444444", "#3E4C59": "#333333",
        "#5A6874": "#6E6E6E", "#84919D": "#8C8C8C", "#005A8C": "#3A3A3A", "#A84300": "#000000", "#D3DAE0": "#CFCFCF",
        "#E1E7EC": "#E6E6E6", "#FFF3E6": "#FFFFFF", "#FFE1C2": "#F2F2F2", "#D5DCE2": "#DCDCDC", "#FFB877": "#C4C4C4",
        "#A9B4BE": "#A6A6A6", "#5F6C78": "#555555", "#E3F1FA": "#FFFFFF",
    },
}  # fmt: skip

_COLOUR = re.compile(r"#[0-9A-F]{6}")
# Labels cannot hold these: a quotation mark or a number sign of theirs is escaped.
_IN_DOT = re.compile(r'(?<==")#[0-9A-F]{6}[#0-9A-F;:.]*(?=")')
_IN_MERMAID = re.compile(r"(?<=fill:|roke:|olor:)#[0-9A-F]{6}")


def recolour_dot(source: str, theme: Theme) -> str:
    """DOT text in the colours of a theme; title and description, which are comments, stay as they are."""
    lines = source.split("\n")
    return "\n".join(line if line.startswith("//") else _recoloured(_IN_DOT, line, theme) for line in lines)


def recolour_mermaid(source: str, theme: Theme) -> str:
    """Mermaid text in the colours of a theme."""
    return _recoloured(_IN_MERMAID, source, theme)


def _recoloured(places: re.Pattern[str], text: str, theme: Theme) -> str:
    colours = THEMES[theme]
    return places.sub(lambda place: _COLOUR.sub(lambda colour: colours.get(colour[0], colour[0]), place[0]), text)


def dark_rules(svg: str) -> str:
    """The style sheet that gives an SVG in light colours the dark ones where its reader prefers dark pages."""
    used = [(light.lower(), dark.lower()) for light, dark in THEMES["dark"].items() if light.lower() in svg]
    rules = [
        f'.{PAGE} [fill="{light}"]{{fill:{dark}}}.{PAGE} [stroke="{light}"]{{stroke:{dark}}}'
        f'.{PAGE} stop[style*="{light}"]{{stop-color:{dark}!important}}'
        for light, dark in used
    ]
    return "@media (prefers-color-scheme:dark){\n" + "\n".join(rules) + "\n}"
