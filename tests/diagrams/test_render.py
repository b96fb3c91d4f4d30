"""Saving pictures: formats, whole files or none, and the word to those without an engine."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest

from clspec.diagrams import engines, render
from clspec.diagrams.engines import EngineError, NoEngineError, available_engines
from clspec.diagrams.render import Diagram

from .scenes import class_incremental


@pytest.fixture
def diagram() -> Diagram:
    return class_incremental().drawn()


@pytest.mark.parametrize(
    ("suffix", "start"),
    [
        ("svg", b"<?xml"),
        ("PNG", b"\x89PNG"),
        ("pdf", b"%PDF"),
        ("html", b"<!doctype html>"),
        ("dot", b"// title"),
        ("mmd", b"flowchart "),
        ("txt", b"SplitMnist\n"),
    ],
)
def test_the_suffix_is_the_format(diagram: Diagram, tmp_path: Path, suffix: str, start: bytes) -> None:
    saved = diagram.save(tmp_path / f"m.{suffix}")
    assert saved.read_bytes().startswith(start)
    assert [file.name for file in tmp_path.iterdir()] == [f"m.{suffix}"]


@pytest.mark.parametrize("name", ["m.gif", "m", ".svg"])
def test_an_unknown_suffix_names_the_choices(diagram: Diagram, tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=r"\.svg, \.png, \.pdf, \.html, \.dot, \.mmd, \.txt"):
        diagram.save(tmp_path / name)


def test_the_svg_has_a_role_a_title_and_a_description(diagram: Diagram) -> None:
    root = ElementTree.fromstring(diagram.svg())
    space = "{http://www.w3.org/2000/svg}"
    assert root.get("role") == "img"
    assert root.findtext(f"{space}title") == "SplitMnist"
    assert "402,946 params now" in (root.findtext(f"{space}desc") or "")
    assert "<!--" not in diagram.svg() and "cluster_" not in diagram.svg()


def test_the_same_picture_each_time(diagram: Diagram) -> None:
    assert diagram.svg() == diagram.svg()


@pytest.mark.parametrize("engine", available_engines())
def test_a_failing_engine_tells_why_and_the_dot_is_written_beside(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    only = {engine: available_engines()[engine]}
    monkeypatch.setattr(engines, "available_engines", lambda: only)
    target = tmp_path / "m.svg"
    target.write_text("what was there")
    for broken in ("digraph {", "digraph { a [label=<<B></TD>>] }"):
        with pytest.raises(
            EngineError,
            match=r"wrote .*m\.dot instead of .*m\.svg: "
            rf"{engine} could not draw the svg: (?s:.)*(syntax error|mismatched tag|Invalid Input)",
        ):
            Diagram(broken, "", "").save(target)
        assert (tmp_path / "m.dot").read_text() == broken
    assert target.read_text() == "what was there"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["m.dot", "m.svg"]


def test_what_was_there_stays_when_writing_fails(
    diagram: Diagram, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "m.svg"
    target.write_text("what was there")

    def full(self: Path, other: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        diagram.save(target)
    assert target.read_text() == "what was there"
    assert [file.name for file in tmp_path.iterdir()] == ["m.svg"]


def test_a_folder_that_is_not_there_is_made_and_one_that_is_a_file_is_an_error(
    diagram: Diagram, tmp_path: Path
) -> None:
    assert diagram.save(tmp_path / "new" / "m.dot").exists()
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError):
        diagram.save(tmp_path / "file" / "m.dot")


def test_an_engine_that_does_not_start_gives_way_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(sources: list[str], format: str) -> tuple[list[bytes], str]:
        raise engines._UnusableError("its library is missing")

    monkeypatch.setattr(
        engines, "available_engines", lambda: {"one": broken, "two": lambda sources, format: ([b"picture"], "")}
    )
    assert engines.draw("digraph {}", "png") == b"picture"
    monkeypatch.setattr(engines, "available_engines", lambda: {"one": broken})
    with pytest.raises(NoEngineError):
        engines.draw("digraph {}", "png")


def test_an_engine_that_fails_gives_way_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(name: str) -> engines.Engine:
        def fail(sources: Sequence[str], format: str) -> tuple[list[bytes], str]:
            raise EngineError(f"{name} fell over")

        return fail

    drawing = {"one": failing("one"), "two": lambda sources, format: ([b"picture"], "")}
    monkeypatch.setattr(engines, "available_engines", lambda: drawing)
    assert engines.draw("digraph {}", "png") == b"picture"
    monkeypatch.setattr(engines, "available_engines", lambda: {name: failing(name) for name in ("one", "two")})
    with pytest.raises(EngineError, match="one fell over\ntwo fell over"):
        engines.draw("digraph {}", "png")


def test_without_an_engine_the_dot_is_written_and_the_message_says_how_to_get_one(
    diagram: Diagram, tmp_path: Path
) -> None:
    (tmp_path / "in.dot").write_text(diagram.source, encoding="utf-8")
    script = (
        "import sys; sys.modules['pygraphviz'] = None\n"
        "from pathlib import Path\n"
        "from clspec.diagrams.render import Diagram, NoEngineError\n"
        "drawing = Diagram(Path('in.dot').read_text(encoding='utf-8'), 'flowchart LR\\n', 'a tree')\n"
        "bundle = drawing._repr_mimebundle_()\n"
        "assert bundle['text/markdown'] == '```mermaid\\nflowchart LR\\n```\\n' and 'a tree' in bundle['text/plain']\n"
        "assert 'image/svg+xml' not in bundle\n"
        "try:\n    drawing.save('m.png')\n"
        "except NoEngineError as error:\n    print(error)\n"
    )
    root = str(Path(__file__).parents[2])
    environment = {"PATH": "", "PYTHONPATH": root, "PYTHONUTF8": "1"}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == (
        "wrote m.dot instead of m.png: no Graphviz found to draw with: "
        '`pip install "clspec[diagram]"`, or install Graphviz so that `dot` is on the PATH'
    )
    assert (tmp_path / "m.dot").read_text(encoding="utf-8") == diagram.source
    assert not (tmp_path / "m.png").exists()


def test_a_notebook_shows_the_svg(diagram: Diagram) -> None:
    bundle = diagram._repr_mimebundle_()
    assert bundle["image/svg+xml"].startswith("<?xml")
    assert bundle["text/plain"] == diagram.text == str(diagram)


def test_a_notebook_never_raises(diagram: Diagram, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(source: str, format: str) -> bytes:
        raise RuntimeError("boom")

    monkeypatch.setattr(render, "draw", broken)
    bundle = diagram._repr_mimebundle_()
    assert bundle["text/plain"] == f"boom\n\n{diagram.text}"
    assert diagram.mermaid in bundle["text/markdown"]


def test_a_format_that_is_told_goes_before_the_suffix(diagram: Diagram, tmp_path: Path) -> None:
    assert diagram.save(tmp_path / "model", "mermaid").read_text("utf-8") == diagram.mermaid
    assert diagram.save(tmp_path / "model.svg", "text").read_text("utf-8") == diagram.text
    with pytest.raises(ValueError, match='unknown format "gif"; one of: svg, png, pdf, html, dot, mermaid, text'):
        diagram.save(tmp_path / "model", "gif")  # pyright: ignore[reportArgumentType]
