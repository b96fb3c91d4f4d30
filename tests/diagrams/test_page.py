"""Pages as files: the same bytes each time, nothing in them but data, and small over long streams.

What a reader does with them is tested in a browser, in tests/browser.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import clspec
from clspec.diagrams.engines import available_engines
from clspec.diagrams.page.contents import MOST_MOMENTS
from clspec.diagrams.page.pictures import Pool, plain_svg
from clspec.diagrams.page.write import as_json

from .scenes import EXAMPLES, class_incremental

ROOT = Path(__file__).parents[2]
TWO_HEADS = ROOT / "specs" / "two_heads.clspec"
NET = "clspec 1\n{streams}\nmodel Net {{ input features(4)\n neck n = linear(3)\n head h = incremental() }}\n"


def page(spec: Any, **how: Any) -> str:
    return clspec.render(spec, **how).data("html").decode()


def contents(text: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="contents">(.*?)</script>', text, re.DOTALL)
    assert found
    return json.loads(found[1])


def pictures(told: dict[str, Any], view: str) -> list[str]:
    """The pictures of a view, put together from the lines that they share."""
    lines = told["lines"]
    return [
        "\n".join(
            line for start, count in zip(runs[0::2], runs[1::2], strict=True) for line in lines[start : start + count]
        )
        for runs in told["pictures"][view]
    ]


def test_a_page_is_the_same_under_every_hash_seed(tmp_path: Path) -> None:
    script = f"import clspec; clspec.render({str(TWO_HEADS)!r}).save('m.html')"
    written = set()
    for seed in ("0", "1"):
        environment = {"PATH": "", "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "-c", script], cwd=tmp_path, env=environment, check=True)
        written.add((tmp_path / "m.html").read_bytes())
    assert len(written) == 1


def test_the_policy_lets_its_own_script_and_style_run_and_nothing_else() -> None:
    text = page(TWO_HEADS)
    policy = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', text)
    script = text.rpartition("<script>")[2].partition("</script>")[0]
    style = text.partition("<style>")[2].partition("</style>")[0]
    script_hash, style_hash = (b64encode(sha256(part.encode()).digest()).decode() for part in (script, style))
    assert policy == [
        f"default-src 'none'; script-src 'sha256-{script_hash}'; style-src 'sha256-{style_hash}'; "
        "base-uri 'none'; form-action 'none'"
    ]
    assert not re.search(r"https?://(?!www\.w3\.org/)", text)


@pytest.mark.parametrize("text", ["</script>", "<!--", "<script", "\u2028", "a\ud800b", '"', "]]>"])
def test_data_holds_nothing_that_a_parser_of_html_could_take_for_markup(text: str) -> None:
    written = as_json({"text": text})
    assert "<" not in written
    assert json.loads(written) == {"text": text.replace("\ud800", "")}


def test_every_moment_has_its_pictures() -> None:
    told = contents(page(TWO_HEADS, at=2))
    assert [moment["name"] for moment in told["moments"]] == ["as born", *(f"experience {n}" for n in range(5))]
    assert (told["view"], told["moment"], told["skipped"]) == ("architecture", 3, 0)
    for view, many in (("architecture", 6), ("adaptation", 6), ("evolution", 1)):
        drawn = pictures(told, view)
        assert len(drawn) == many
        assert all(ElementTree.fromstring(picture).get("viewBox") for picture in drawn)
    assert [file["name"] for file in told["files"]] == ["two_heads.clspec", "blocks/necks.clspec"]
    assert told["files"][0]["lines"] == TWO_HEADS.read_text("utf-8").splitlines()


def test_parts_and_rules_say_where_they_are_written() -> None:
    told = contents(page(TWO_HEADS))
    assert told["parts"]["proj.body"]["place"] == [1, 8, 8]
    assert told["parts"]["fine"]["place"] == [0, 18, 22]
    rule = told["rules"][4]
    assert (rule["what"], rule["place"], rule["parts"]) == ("freeze trunk until stage2", [0, 24, 24], ["trunk"])


def test_a_rule_of_a_used_file_is_told_with_its_file(tmp_path: Path) -> None:
    (tmp_path / "part.clspec").write_text(
        "clspec 1\nmodel Part {\n    input features()\n    neck n = linear(3)\n    freeze n\n}\n"
    )
    (tmp_path / "m.clspec").write_text(
        'clspec 1\nuse "part.clspec"\nmodel M {\n    input features(4)\n    neck p = part.Part()\n'
        "    head h = incremental()\n}\n"
    )
    drawing = clspec.render(tmp_path / "m.clspec", "adaptation")
    assert contents(drawing.data("html").decode())["rules"][1]["place"] == [1, 5, 5]
    assert "line 5 of part.clspec" in drawing.text
    assert "part.clspec#L5" in drawing.source


def test_what_stays_from_one_experience_to_the_next_is_written_once() -> None:
    """Fifty experiences are not fifty times as large as one."""
    sizes = [len(page(TWO_HEADS, stream=f"split(classes={2 * n}, experiences={n}, task_labels=true)")) for n in (5, 50)]
    assert sizes[0] < 450_000
    assert sizes[1] < 2_000_000 and sizes[1] < 5.5 * sizes[0]


def test_a_picture_is_put_together_again_from_runs_of_lines() -> None:
    pool = Pool()
    texts = [["a", "b", "c"], ["a", "x", "c"], ["b", "c", "b", "c", "d"], []]
    runs = [pool.add(text) for text in texts]
    assert runs[0] == [0, 3] and pool.lines == ["a", "b", "c", "x", "d"]
    for text, run in zip(texts, runs, strict=True):
        assert [line for at in range(0, len(run), 2) for line in pool.lines[run[at] : run[at] + run[at + 1]]] == text


def test_of_a_long_stream_some_are_drawn_and_the_one_asked_for() -> None:
    told = contents(page(clspec.parse_string(NET.format(streams="stream s = split(400, 200)")), at=101))
    names = [moment["name"] for moment in told["moments"]]
    assert {"as born", "experience 0", "experience 101", "experience 199"} <= set(names)
    assert MOST_MOMENTS < len(names) <= MOST_MOMENTS + 2
    assert told["skipped"] == 201 - len(names)
    assert names[told["moment"]] == "experience 101"


def test_without_experiences_a_page_says_why() -> None:
    for streams, words in (("", "declares no stream"), ("stream a = split(4, 2)\nstream b = split(4, 2)", "a or b")):
        told = contents(page(clspec.parse_string(NET.format(streams=streams))))
        assert words in told["why"] and len(told["moments"]) == 1
        assert told["pictures"]["evolution"] == []


@pytest.mark.parametrize("engine", available_engines())
@pytest.mark.parametrize("example", EXAMPLES)
def test_a_plain_picture_says_what_the_engines_did(engine: str, example: str) -> None:
    """Boxes as rectangles, no links, no ids but for gradients, and every word."""
    drawing = EXAMPLES[example].drawn(at=1)
    (svg,), _ = available_engines()[engine]([drawing.source], "svg")
    plain = "\n".join(plain_svg(svg.decode()))
    root = ElementTree.fromstring(plain)
    texts = re.compile(r"<text[^>]*>(.*?)</text>")
    assert texts.findall(plain) == texts.findall(svg.decode())
    names = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert names <= {"svg", "g", "path", "rect", "polygon", "polyline", "ellipse", "text", "title", "defs",
                     "linearGradient", "stop"}  # fmt: skip
    drawn = set(re.findall(r'data-id="([^"]*)" class="(?:node|cluster)', plain))
    assert drawn >= set(re.findall(r'<g id="([^"]*)" class="node"', svg.decode()))
    assert not re.search(r"href|style=|onload", plain)
    assert set(re.findall(r'<(\w+)[^>]* id="', plain)) <= {"linearGradient"}
    assert "<rect" in plain


def test_a_theme_is_the_pages_too() -> None:
    auto, dark = page(TWO_HEADS), page(TWO_HEADS, theme="dark")
    assert "@media screen and (prefers-color-scheme: dark)" in auto
    assert "prefers-color-scheme" not in dark and "--cffffff: #10171E" in dark


def test_a_picture_that_no_model_was_drawn_for_has_no_page() -> None:
    with pytest.raises(ValueError, match="made of a model"):
        clspec.diagrams.render.Diagram("digraph {}", "", "").data("html")
    assert class_incremental().drawn().data("html").startswith(b"<!doctype html>")


def test_without_an_engine_the_dot_is_written_and_the_exit_code_is_3(tmp_path: Path) -> None:
    script = "import sys; sys.modules['pygraphviz'] = None\nfrom clspec.cli import main\nmain(sys.argv[1:])"
    command = [sys.executable, "-c", script, "render", str(TWO_HEADS), "-o", "m.html"]
    environment = {"PATH": "", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert "wrote m.dot instead of m.html" in done.stderr and "pip install" in done.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["m.dot"]


def test_pictures_name_what_bounds_a_freeze_as_the_spec_does(tmp_path: Path) -> None:
    spec = tmp_path / "m.clspec"
    spec.write_text(
        "clspec 1\nstream s = split(4, 2)\nmodel M {\n    input image(3, 32, 32)\n"
        '    backbone trunk = pytorchcv("resnet20_cifar10")\n    neck tap = [avg_pool(), flatten()] from trunk.stage2\n'
        "    head h = incremental() from trunk\n    head g = incremental() from tap\n"
        "    when experience 1 { freeze trunk until stage2 }\n    output h, g\n}\n"
    )
    for view in ("architecture", "adaptation", "evolution"):
        drawing = clspec.render(spec, view)  # pyright: ignore[reportArgumentType]
        for text in (drawing.source, drawing.text, drawing.mermaid, drawing.data("html").decode()):
            assert "stage2" in text and "features.stage2" not in text
    assert "trunk: frozen until net.features.stage2" in str(clspec.simulate(spec))
