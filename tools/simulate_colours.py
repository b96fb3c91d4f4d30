"""Shows pictures of the specs as colour-blind readers and printers see them, in `build/colours`. Run by `make colours`.

A sheet for each picture and theme: as it is, then without red, green and blue cones, then in shades of grey.
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image

import clspec
from clspec.diagrams.options import Theme
from clspec.diagrams.views import View
from tools.colour_vision import MATRICES, seen

ROOT = Path(__file__).parent.parent
SHOWN: tuple[tuple[str, View], ...] = (
    ("tutorial/nested_modules", "architecture"),
    ("tutorial/multi_head_classifier", "architecture"),
    ("methods/progressive_networks", "architecture"),
    ("tutorial/nested_modules", "evolution"),
    ("digits/class_incremental", "evolution"),
    ("two_heads", "adaptation"),
)
"""Pictures that have, all together, every state and every kind of cell."""
THEMES: tuple[Theme, ...] = ("light", "dark")


def main() -> None:
    folder = ROOT / "build" / "colours"
    folder.mkdir(parents=True, exist_ok=True)
    for spec, view in SHOWN:
        for theme in THEMES:
            at = 2 if view == "architecture" else None
            drawing = clspec.render(ROOT / "specs" / f"{spec}.clspec", view, at=at, theme=theme)
            target = folder / f"{spec.rpartition('/')[2]}.{view}.{theme}.png"
            sheet(drawing.data("png")).save(target)
            print(target.relative_to(ROOT))


def sheet(picture: bytes) -> Image.Image:
    """The picture as each vision sees it, at reading size, one beside or below the other as it fits."""
    drawn = Image.open(io.BytesIO(picture)).convert("RGB")
    small = drawn.resize((drawn.width // 2, drawn.height // 2), Image.Resampling.LANCZOS)
    pixels = np.asarray(small) / 255
    panels = [np.round(255 * seen(pixels, vision)).astype(np.uint8) for vision in MATRICES]
    return Image.fromarray(np.concatenate(panels, axis=0 if small.width > small.height else 1))


if __name__ == "__main__":
    main()
