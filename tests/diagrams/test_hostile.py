"""Names and docs come from strangers: whatever they hold, the DOT text stays ours and says what they said."""

from __future__ import annotations

import html
import re
import shutil
import subprocess
from dataclasses import replace

import pytest

from clspec.diagrams import dot
from clspec.diagrams.adaptation import draw_adaptation
from clspec.diagrams.architecture import draw_architecture
from clspec.diagrams.engines import available_engines
from clspec.diagrams.evolution import draw_evolution

from .complaints import complaints
from .scenes import Example, class_incremental

HOSTILE = {
    "markup": "<b>bold</b></TD></TABLE>>]; evil [label=<",
    "quotes": 'a"b\\"c\'d',
    "backslash": "ends in \\",
    "escapes": "\\N \\G \\l &lt; &amp; &#60;",
    "newlines": "one\ntwo\r\nthree\u2028four",
    "empty": "",
    "blank": "   ",
    "control": "a\x00b\x07c\x1bd\x7fe",
    "surrogate": "x\ud800y",
    "reversed": "a\u202egnp.exe",
    "no character": "\uffff\ufffe",
    "other scripts": "модель 模型 🧠 עִבְרִית é",
    "braces": "}] digraph { -> ; // /* */ #",
    "port": "a:b:c",
    "long": "very_" * 200,
}


def hostile(text: str) -> Example:
    """The text in every slot that a stranger writes."""
    example = class_incremental(name=text, part=text or "part")
    scene = example.scene
    boxes = tuple(replace(box, title=text, details=(text,), name=text) for box in scene.boxes)
    rules = tuple(replace(rule, when=text, what=text) for rule in scene.rules)
    arrows = tuple(replace(arrow, label=text) for arrow in scene.arrows)
    return replace(example, scene=replace(scene, boxes=boxes, rules=rules, arrows=arrows, doc=text, file=text))


@pytest.mark.parametrize("kind", HOSTILE)
def test_every_engine_draws_it_without_a_word(kind: str) -> None:
    example = hostile(HOSTILE[kind])
    for source in (
        draw_architecture(example.scene, example.initial, later=example.frames),
        draw_evolution(example.scene, example.initial, example.frames),
        draw_adaptation(example.scene, example.initial),
    ):
        for engine in available_engines().values():
            (svg,), said = engine([source], "svg")
            assert complaints(said) == ""
            assert svg.endswith(b"</svg>\n")
        if shutil.which("dot"):
            done = subprocess.run(["dot", "-Tsvg"], input=source.encode(), capture_output=True, check=False)
            assert (done.returncode, complaints(done.stderr.decode())) == (0, "")


@pytest.mark.parametrize("kind", ["markup", "quotes", "escapes", "other scripts", "braces"])
def test_the_picture_says_what_was_written(kind: str) -> None:
    example = hostile(HOSTILE[kind])
    drawing = example.drawn()
    svg = drawing.svg()
    titles = [html.unescape(title) for title in re.findall(r"<title[^>]*>(.*?)</title>", svg, re.DOTALL)]
    assert titles[0] == HOSTILE[kind]
    # A text with backslashes comes in pieces.
    shown = "".join(html.unescape(text) for text in re.findall(r"<text[^>]*>(.*?)</text>", svg))
    assert HOSTILE[kind] in shown.replace("\xa0", " ")


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_comment_or_string_ends_only_where_ours_does(text: str) -> None:
    drawn = dot.digraph(text, text, text, {}, [dot.node(text, {"tooltip": text})])
    assert len(drawn.split("\n")) == 6
    assert re.fullmatch(r'"(?:[^"\\]|\\.)*"', dot.quote(text))


@pytest.mark.parametrize(
    ("file", "link"),
    [
        ("specs/a b.clspec", "specs/a%20b.clspec#L3"),
        ("javascript:alert(1)", "javascript%3Aalert%281%29#L3"),
        ("<string>", ""),
        ("", ""),
        ('a"b#c?d', "a%22b%23c%3Fd#L3"),
    ],
)
def test_links_are_relative_addresses(file: str, link: str) -> None:
    assert dot.link(file, 3) == link
