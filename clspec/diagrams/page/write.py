"""A page as one file: its frame, style and script are the files beside this one; what it shows is data in it.

Nothing in a spec becomes markup or code: names in the frame are escaped, all else is JSON without a `<` that the script
writes as text, and a policy in the page lets only this script and this style sheet run, and nothing load.
"""

from __future__ import annotations

import json
from base64 import b64encode
from hashlib import sha256
from html import escape
from importlib.resources import files
from string import Template

from clspec.diagrams.dot import clean
from clspec.diagrams.moments import Moments
from clspec.diagrams.options import Options
from clspec.diagrams.page.contents import page_contents
from clspec.diagrams.page.palette import write_palette
from clspec.diagrams.scene import Scene

SCRIPTS = ("make.js", "marks.js", "stage.js", "details.js", "page.js")
"""In the order in which they use each other."""


def write_page(scene: Scene, moments: Moments, view: str, at: int | None, options: Options) -> str:
    """The three views of a model as HTML, opened on one of them. Raises NoEngineError and EngineError."""
    contents = page_contents(scene, moments, view, at, options)
    style = write_palette(options.theme) + _read("page.css")
    script = '"use strict";\n' + "".join(map(_read, SCRIPTS))
    return Template(_read("page.html")).substitute(
        policy=f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; base-uri 'none'; "
        "form-action 'none'",
        name=escape(clean(scene.name)),
        style=style,
        script=script,
        contents=as_json(contents),
    )


def as_json(contents: object) -> str:
    """JSON that no HTML parser can take for markup; half a pair of a character is left out."""
    text = json.dumps(contents, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "ignore").decode().replace("<", "\\u003c")


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _read(name: str) -> str:
    return files("clspec.diagrams.page").joinpath(name).read_text("utf-8")
