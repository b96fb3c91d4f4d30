"""Whatever a stranger writes, a page shows it as text: no markup, no script, no request."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

import clspec
from clspec.diagrams.moments import Moments
from clspec.diagrams.options import DEFAULTS
from clspec.diagrams.views import VIEWS, draw_view
from tests.diagrams.scenes import class_incremental
from tests.hostile_strings import TEXTS

from .conftest import Open

MARKUP = {
    "end of script": '</script><script>document.title = "owned"</script>',
    "comment": "<!--<script>",
    "end of comment": "--><img src=x onerror=alert(1)>",
    "attribute": '" onload="alert(1)" x="',
    "style": "</style><style>* { display: none }</style>",
    "svg": "</title></svg><svg onload=alert(1)>",
    "CDATA": "]]><img src=x onerror=alert(1)>",
    "entity": "&lt;img src=x onerror=alert(1)&gt;",
    "template": "$name ${script} {{contents}}",
}
ALL = {**TEXTS, **MARKUP}
COUNTS = """() => ["script", "style", "img", "iframe", "link", "object", "a", "[onload]", "[onerror]", "[href]"]
  .map((each) => document.querySelectorAll(each).length)"""


@pytest.mark.parametrize("kind", ALL)
def test_a_text_in_every_slot_stays_text(browse: Open, tmp_path: Path, kind: str) -> None:
    """A model, made by hand: the language itself would not let most of these be names."""
    text = ALL[kind]
    example = class_incremental(name=text, part="part")
    boxes = tuple(replace(box, title=text, details=(text,), name=text) for box in example.scene.boxes)
    rules = tuple(replace(rule, when=text, what=text) for rule in example.scene.rules)
    arrows = tuple(replace(arrow, label=text) for arrow in example.scene.arrows)
    frames = [replace(frame, changes=(f"part: {text}",)) for frame in example.frames]
    scene = replace(
        example.scene, boxes=boxes, rules=rules, arrows=arrows, doc=text, file=text, texts={"": f"{text}\n" * 6 + "end"}
    )
    target = tmp_path / "m.html"
    draw_view("architecture", scene, Moments(example.initial, frames), None, DEFAULTS).save(target)
    page = browse(target)
    for view in VIEWS:
        page.locator(f"#{view}").click()
        page.locator("#stage g[role=option]").last.focus()
        assert page.evaluate(COUNTS) == [2, 1, 0, 0, 0, 0, 0, 0, 0, 0]
    assert page.evaluate("document.title") != "owned"
    assert page.locator("#texts li").last.inner_text().strip() == "end"


@pytest.mark.parametrize("kind", MARKUP)
def test_a_spec_is_shown_as_it_is_written(browse: Open, tmp_path: Path, kind: str) -> None:
    told = json.dumps(MARKUP[kind])
    spec = (
        f"clspec 1\n# {MARKUP[kind]}\nmodel Net {{\n    {told}\n    input features(4)\n    head h = incremental()\n}}\n"
    )
    page = browse(clspec.render(clspec.parse_string(spec)).save(tmp_path / "m.html"))
    assert page.locator("#texts code").all_text_contents() == spec.splitlines()
    assert page.locator("#details .doc").inner_text() == MARKUP[kind]
    assert page.evaluate(COUNTS) == [2, 1, 0, 0, 0, 0, 0, 0, 0, 0]


def test_marks_that_turn_text_around_are_shown(browse: Open, tmp_path: Path) -> None:
    spec = "clspec 1\n# a\u202eb\u2066\u200bc\nmodel Net {\n    input features(4)\n    head h = incremental()\n}\n"
    page = browse(clspec.render(clspec.parse_string(spec)).save(tmp_path / "m.html"))
    assert page.locator("#texts code").nth(1).inner_text() == "# a⟨U+202E⟩b⟨U+2066⟩⟨U+200B⟩c"
