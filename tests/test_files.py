"""Files that cannot be read, and files that must not be spoilt."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import clspec
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
