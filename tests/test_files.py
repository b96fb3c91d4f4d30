"""Files that cannot be read, and files that must not be spoilt."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import clspec
from clspec.diagrams.render import Diagram
from clspec.files import write_atomically

GOOD = "clspec 1\nmodel Net { input features(3)\n head h = incremental() }\n"
BAD = "clspec 1\nmodel Net { input features(3)\n head h = incrementall() }\n"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def unreadable(tmp_path: Path, kind: str) -> Path:
    path = tmp_path / "spec.clspec"
    match kind:
        case "missing":
            pass
        case "directory":
            path.mkdir()
        case "empty":
            path.write_bytes(b"")
        case "blank":
            path.write_bytes(b" \n\t\n")
        case "binary":
            path.write_bytes(b"clspec 1\nmodel \xff\xfe\x00")
        case "utf-16":
            path.write_bytes(GOOD.encode("utf-16"))
        case "no edition":
            path.write_text("model Net { input features(3)\n head h = incremental() }\n")
        case "newer edition":
            path.write_text(GOOD.replace("clspec 1", "clspec 99"))
    return path


KINDS = {
    "missing": ("CL005", "no such file"),
    "directory": ("CL005", "is a directory"),
    "empty": ("CL004", "empty"),
    "blank": ("CL004", "empty"),
    "binary": ("CL003", "line 2"),
    "utf-16": ("CL003", "UTF-16"),
    "no edition": ("CL006", "clspec 1"),
    "newer edition": ("CL007", "99"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_an_unreadable_file_is_one_finding_that_names_it(tmp_path, kind) -> None:
    path = unreadable(tmp_path, kind)
    code, words = KINDS[kind]
    (finding,) = clspec.check(path)
    assert finding.code == code
    assert str(path) in str(finding) and words in str(finding)
    for read in (clspec.parse, clspec.compile, clspec.emit, clspec.plan, clspec.simulate, clspec.render):
        with pytest.raises(clspec.SpecError) as caught:
            read(path)
        assert [each.code for each in caught.value.diagnostics] == [code]


def test_a_file_without_permission_to_read(tmp_path) -> None:
    path = tmp_path / "spec.clspec"
    path.write_text(GOOD)
    path.chmod(0)
    if os.access(path, os.R_OK):  # the super-user reads everything
        assert clspec.check(path) == []
        return
    (finding,) = clspec.check(path)
    assert finding.code == "CL005" and "permission denied" in finding.message


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path) -> None:
    path = tmp_path / "spec.clspec"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert clspec.check(path) == []


@pytest.mark.parametrize("name", ["with space.clspec", "übung.clspec", "quote'\".clspec", "model.yaml", "model.YML"])
def test_any_file_name(tmp_path, name) -> None:
    path = tmp_path / name
    yaml = "clspec: 1\nmodels: {Net: {body: [{input: x, uses: features, with: [3]}, {head: h, uses: incremental}]}}\n"
    path.write_text(yaml if path.suffix.lower() in (".yaml", ".yml") else GOOD)
    assert clspec.check(path) == []
    compile(clspec.emit(path), "model.py", "exec")


def test_the_generated_source_does_not_depend_on_where_the_spec_lies(tmp_path) -> None:
    texts = set()
    for folder in ("a", "b c"):
        path = tmp_path / folder / "net.clspec"
        path.parent.mkdir()
        path.write_text(GOOD)
        texts.add(clspec.emit(path))
    assert len(texts) == 1


def test_writing_replaces_a_file_in_one_step_and_keeps_its_mode(tmp_path) -> None:
    path = tmp_path / "new" / "model.py"
    write_atomically(path, "one")
    path.chmod(0o640)
    write_atomically(path, b"two")
    assert path.read_text() == "two"
    assert path.stat().st_mode & 0o777 == 0o640
    assert names(path.parent) == ["model.py"]


def test_what_cannot_be_written_leaves_the_old_file_and_nothing_else(tmp_path) -> None:
    path = tmp_path / "model.py"
    path.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write_atomically(path, "\ud800")
    assert path.read_text() == "old"
    assert names(tmp_path) == ["model.py"]
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(OSError):
        write_atomically(folder, "text")
    assert names(tmp_path) == ["folder", "model.py"]


def test_a_link_stays_a_link_and_what_it_points_at_is_replaced(tmp_path) -> None:
    target, link, hanging = tmp_path / "far" / "model.py", tmp_path / "link.py", tmp_path / "hanging.py"
    target.parent.mkdir()
    target.write_text("old")
    link.symlink_to(target)
    hanging.symlink_to(tmp_path / "far" / "new.py")
    for path in (link, hanging):
        write_atomically(path, "new")
        assert path.is_symlink() and path.read_text() == "new"
    assert (names(tmp_path), names(target.parent)) == (["far", "hanging.py", "link.py"], ["model.py", "new.py"])


@pytest.mark.parametrize("name", ["pipe.dot", "link.dot"])
def test_a_pipe_is_written_to_and_stays_one(tmp_path, name) -> None:
    pipe = tmp_path / "pipe.dot"
    os.mkfifo(pipe)
    (tmp_path / "link.dot").symlink_to(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        for write in (lambda path: write_atomically(path, "text"), Diagram("text", "", "").save):
            write(tmp_path / name)
            assert os.read(reader, 100) == b"text"
    finally:
        os.close(reader)
    assert pipe.is_fifo() and names(tmp_path) == ["link.dot", "pipe.dot"]


def test_a_diagram_is_saved_like_any_file_and_its_folders_are_made(tmp_path) -> None:
    target = tmp_path / "no" / "such" / "m.dot"
    assert Diagram("digraph {}", "", "").save(target) == target
    assert target.read_text() == "digraph {}" and names(target.parent) == ["m.dot"]


@pytest.mark.parametrize("name", ["folder.dot", "file/m.dot", f"{'long' * 100}.dot"])
def test_an_error_names_the_path_that_was_given(tmp_path, name) -> None:
    (tmp_path / "folder.dot").mkdir()
    (tmp_path / "file").write_text("kept")
    for write in (lambda path: write_atomically(path, "text"), Diagram("text", "", "").save):
        with pytest.raises(OSError) as caught:
            write(tmp_path / name)
        assert caught.value.filename == str(tmp_path / name)
        assert str(caught.value).endswith(f"'{tmp_path / name}'")
    assert names(tmp_path) == ["file", "folder.dot"]


def test_an_empty_file_is_told_how_a_spec_of_its_syntax_begins(tmp_path) -> None:
    for name, line in (("spec.clspec", "`clspec 1`"), ("spec.yaml", "`clspec: 1`")):
        (tmp_path / name).write_text(" \n")
        (finding,) = clspec.check(tmp_path / name)
        assert line in str(finding.help)


def test_a_text_given_as_a_path_is_told_about_parse_string() -> None:
    (finding,) = clspec.check(GOOD)
    assert finding.code == "CL005" and "clspec.parse_string" in str(finding.help)
    assert "\n" not in finding.message + finding.file


def test_a_text_must_be_a_string_in_a_known_syntax() -> None:
    with pytest.raises(ValueError, match='unknown syntax "foo"; one of: clspec, yaml'):
        clspec.parse_string(GOOD, syntax="foo")
    with pytest.raises(TypeError, match="must be a str, not bytes"):
        clspec.parse_string(GOOD.encode())


@pytest.mark.parametrize("make", [clspec.compile, clspec.emit])
@pytest.mark.parametrize("seed", [True, "7", 1.0])
def test_a_seed_is_an_integer(make, seed) -> None:
    with pytest.raises(TypeError, match="seed must be an integer or None, not"):
        make(clspec.parse_string(GOOD), seed=seed)
