"""`use`: models of other files, which lie in the spec's folder, are read once each and never run anything."""

from __future__ import annotations

import io
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

import clspec
from clspec import rewriting
from clspec.cli import main
from clspec.diagnostics import Diagnostic
from clspec.syntax.uses import DEEPEST_USES, MOST_FILES

NECK = "clspec 1\nmodel Proj(width=4) { input features()\n neck body = linear(width) }\n"


def net(*uses: str, part: str = "b.Proj()") -> str:
    """A spec with these `use` statements and a model that makes one part of a used model."""
    body = f"model Net {{ input features(5)\n neck a = {part}\n head h = incremental() }}\n"
    return "\n".join(["clspec 1", *(f"use {use}" for use in uses), body])


@pytest.fixture
def tree(tmp_path):
    """Writes files below the test's folder; returns the path of `spec.clspec` there."""

    def write(**files: str) -> Path:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path / "spec.clspec"

    return write


def only(path: Path) -> Diagnostic:
    """The one finding of a spec, from which nothing can be made."""
    (finding,) = clspec.check(path)
    for make in (clspec.parse, clspec.compile, clspec.emit, clspec.plan, clspec.render):
        with pytest.raises(clspec.SpecError) as caught:
            make(path)
        assert caught.value.diagnostics == [finding]
    return finding


def place(finding: Diagnostic) -> tuple[str, int, str]:
    assert finding.span is not None
    return Path(finding.span.source.name).name, finding.span.line, finding.span.text


# ---- files that are not to be had


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("../b.clspec", "CL115"),
        ("inner/../../b.clspec", "CL115"),
        ("/etc/hostname.clspec", "CL115"),
        ("C:/b.clspec", "CL115"),
        ("b.txt", "CL114"),
        ("b", "CL114"),
        ("inner", "CL114"),
        ("", "CL114"),
        ("  ", "CL114"),
        (r"inner\\b.clspec", "CL114"),
        (r"b\u0000.clspec", "CL114"),
        (r"b\n.clspec", "CL114"),
        ("missing/b.clspec", "CL114"),
    ],
)
def test_a_path_that_is_not_of_a_spec_in_the_folder(tree, tmp_path, path, code) -> None:
    tree(**{"b.clspec": NECK, "b.txt": NECK, "b": NECK, "in/inner/b.clspec": NECK})
    tree(**{"in/spec.clspec": net(f'"{path}" as b')})
    finding = only(tmp_path / "in" / "spec.clspec")
    assert (finding.code, place(finding)) == (code, ("spec.clspec", 2, f'"{path}"'))


def test_a_path_through_a_folder_and_back_stays_inside(tree) -> None:
    assert clspec.check(tree(**{"spec.clspec": net('"inner/../b.clspec"'), "b.clspec": NECK})) == []


def test_links_are_followed_before_they_are_judged(tree, tmp_path) -> None:
    outside = tmp_path / "outside"
    tree(**{"outside/b.clspec": NECK, "in/c.clspec": NECK, "in/spec.clspec": net('"b.clspec"')})
    spec = tmp_path / "in" / "spec.clspec"
    (tmp_path / "in" / "b.clspec").symlink_to(outside / "b.clspec")
    assert only(spec).code == "CL115"
    (tmp_path / "in" / "folder").symlink_to(outside)
    spec.write_text(net('"folder/b.clspec"'))
    assert only(spec).code == "CL115"
    (tmp_path / "in" / "d.clspec").symlink_to(tmp_path / "in" / "c.clspec")
    spec.write_text(net('"d.clspec" as b'))
    assert clspec.check(spec) == []


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("/dev/zero")])
def test_what_is_no_file_is_not_opened(tree, tmp_path, make) -> None:
    make(tmp_path / "b.clspec")
    assert only(tree(**{"spec.clspec": net('"b.clspec"')})).code in ("CL114", "CL115")


def test_a_missing_file_is_named_with_the_nearest(tree) -> None:
    finding = only(tree(**{"spec.clspec": net('"blocks/neks.clspec" as b'), "blocks/necks.clspec": NECK}))
    assert (finding.message, finding.help) == ('"blocks/neks.clspec" is not there', 'did you mean "necks.clspec"?')


def test_a_missing_file_is_not_taken_for_one_that_only_ends_alike(tree) -> None:
    path = tree(**{"spec.clspec": net('"b.clspec"'), "zz.clspec": NECK})
    assert [finding.help for finding in clspec.check(path)] == [None]


def test_other_folders_need_leave(tree, tmp_path) -> None:
    tree(**{"in/spec.clspec": net('"../shared/b.clspec"'), "shared/b.clspec": net('"../c.clspec" as b')})
    spec = tmp_path / "in" / "spec.clspec"
    tree(**{"shared/b.clspec": NECK})
    with pytest.raises(clspec.SpecError, match="allow_use"):
        clspec.parse(spec)
    assert clspec.check(clspec.parse(spec, allow_use=[tmp_path / "shared"])) == []
    with pytest.raises(clspec.SpecError, match="CL115"):
        clspec.parse(spec, allow_use=[tmp_path / "sha"])


# ---- what is wrong inside a used file


def test_a_syntax_error_is_told_at_its_place_in_the_used_file(tree) -> None:
    finding = only(tree(**{"spec.clspec": net('"b.clspec"'), "b.clspec": NECK.replace("(width) }", "(width }")}))
    name, line, _ = place(finding)
    assert (finding.code, name, line) == ("CL001", "b.clspec", 3)


def test_a_yaml_error_is_told_at_its_place_in_the_used_file(tree) -> None:
    finding = only(tree(**{"spec.clspec": net('"b.yaml"'), "b.yaml": "clspec: 1\nmodels: {Proj: {bodi: []}}\n"}))
    assert (finding.code, place(finding)) == ("CL009", ("b.yaml", 2, "bodi"))


@pytest.mark.parametrize(("content", "code"), [(b"\n", "CL004"), (b"#" * 1_000_001, "CL011")])
def test_what_is_no_text_is_told_where_it_is_used(tree, tmp_path, content, code) -> None:
    (tmp_path / "b.clspec").write_bytes(content)
    finding = only(tree(**{"spec.clspec": net('"b.clspec"')}))
    assert (finding.code, place(finding)) == (code, ("spec.clspec", 2, '"b.clspec"'))


def test_a_byte_that_is_no_text_is_told_in_the_used_file(tree, tmp_path) -> None:
    (tmp_path / "b.clspec").write_bytes(b"clspec 1\n# caf\xe9\n")
    finding = only(tree(**{"spec.clspec": net('"b.clspec"')}))
    assert (finding.code, place(finding)) == ("CL003", ("b.clspec", 2, "\N{REPLACEMENT CHARACTER}"))


def test_a_wrong_name_in_a_used_model_is_told_there(tree) -> None:
    wrong = NECK.replace("linear", "linnear")
    (finding,) = clspec.check(tree(**{"spec.clspec": net('"b.clspec"'), "b.clspec": wrong}))
    assert (finding.code, place(finding)) == ("CL110", ("b.clspec", 3, "linnear"))


def test_a_finding_in_a_file_that_two_use_is_told_once(tree) -> None:
    spec = tree(
        **{
            "spec.clspec": net('"c.clspec"', '"d.clspec"', part="[c.Mid(), d.Mid()]"),
            "c.clspec": 'clspec 1\nuse "b.clspec"\nmodel Mid { input features()\n neck a = b.Proj() }\n',
            "d.clspec": 'clspec 1\nuse "b.clspec"\nmodel Mid { input features()\n neck a = b.Proj(2) }\n',
            "b.clspec": NECK.replace("linear", "linnear"),
        }
    )
    (finding,) = clspec.check(spec)
    assert place(finding) == ("b.clspec", 3, "linnear")


@pytest.mark.parametrize("part", ["[b.Proj(), relu()]", "per_task(b.Proj())", "per_task([b.Proj(), relu()])"])
def test_a_finding_in_a_model_inside_a_component_is_told_alone(tree, part) -> None:
    for content in (NECK.replace("linear", "linnear"), NECK.replace("(width) }", "(width }")):
        spec = tree(**{"spec.clspec": net('"b.clspec"', part=part), "b.clspec": content})
        (finding,) = clspec.check(spec)
        assert place(finding)[:2] == ("b.clspec", 3)


def test_the_specs_own_findings_come_first(tree) -> None:
    wrong = NECK.replace("linear", "linnear")
    found = clspec.check(tree(**{"spec.clspec": net('"a.clspec" as b') + "model Net {}", "a.clspec": wrong}))
    assert [Path(finding.path).name for finding in found] == ["spec.clspec"] * (len(found) - 1) + ["a.clspec"]


def test_a_used_file_without_a_model_has_nothing_to_use(tree) -> None:
    streams = "clspec 1\nstream it = split(classes=4, experiences=2)\n"
    found = clspec.check(tree(**{"spec.clspec": net('"b.clspec"'), "b.clspec": streams}))
    assert [(finding.code, Path(finding.path).name) for finding in found] == [
        ("CL110", "spec.clspec"),
        ("CL107", "b.clspec"),
    ]


# ---- rings and bounds


def test_a_ring_of_files_is_named_in_its_order(tree) -> None:
    spec = tree(
        **{
            "spec.clspec": net('"b.clspec"'),
            "b.clspec": NECK.replace("\n", '\nuse "c.clspec"\n', 1),
            "c.clspec": NECK.replace("\n", '\nuse "b.clspec"\n', 1),
        }
    )
    finding = only(spec)
    assert (finding.code, place(finding)) == ("CL104", ("c.clspec", 2, '"b.clspec"'))
    assert "b.clspec → c.clspec → b.clspec" in finding.message


def test_a_ring_through_the_spec_itself_begins_there(tree) -> None:
    back = NECK.replace("\n", '\nuse "spec.clspec"\n', 1)
    finding = only(tree(**{"spec.clspec": net('"b.clspec"'), "b.clspec": back}))
    assert "spec.clspec → b.clspec → spec.clspec" in finding.message
    finding = only(tree(**{"spec.clspec": net('"spec.clspec" as b')}))
    assert (finding.code, finding.message) == ("CL104", "spec.clspec uses itself")


def test_a_file_that_two_use_is_one(tree) -> None:
    mid = 'clspec 1\nuse "base.clspec"\nmodel Mid { input features()\n neck a = base.Proj() }\n'
    spec = tree(
        **{
            "spec.clspec": net('"one.clspec"', '"two.clspec"', part="[one.Mid(), two.Mid()]"),
            "one.clspec": mid,
            "two.clspec": mid,
            "base.clspec": NECK,
        }
    )
    assert clspec.check(spec) == []
    read = clspec.parse(spec)
    one, two = read.used
    assert one is not None and two is not None and one.used[0] is two.used[0]
    text = clspec.emit(spec)
    assert text.count("class ") == len({line for line in text.splitlines() if line.startswith("class ")})


def test_files_are_bounded_in_number_and_in_depth(tree) -> None:
    many = {f"f{number}.clspec": NECK for number in range(MOST_FILES + 1)}
    finding = only(tree(**many, **{"spec.clspec": net(*(f'"{name}"' for name in many), part="f0.Proj()")}))
    assert (finding.code, place(finding)[2]) == ("CL117", f'"f{MOST_FILES}.clspec"')
    deep = {
        f"f{number}.clspec": NECK.replace("\n", f'\nuse "f{number + 1}.clspec"\n', 1) for number in range(DEEPEST_USES)
    }
    last = f"f{DEEPEST_USES}.clspec"
    finding = only(tree(**deep, **{last: NECK, "spec.clspec": net('"f0.clspec" as b')}))
    assert (finding.code, place(finding)[2]) == ("CL117", f'"{last}"')
    assert clspec.check(tree(**{f"f{DEEPEST_USES - 1}.clspec": NECK})) == []


# ---- names


@pytest.mark.parametrize(
    ("uses", "code", "marked"),
    [
        (['"b.clspec"', '"c/b.clspec"'], "CL102", '"c/b.clspec"'),
        (['"b.clspec"', '"c/b.clspec" as b'], "CL102", "b"),
        (['"b.clspec"', '"my-necks.clspec"'], "CL103", '"my-necks.clspec"'),
        (['"b.clspec"', '"c/b.clspec" as class'], "CL103", "class"),
    ],
)
def test_each_file_has_a_name_of_its_own(tree, uses, code, marked) -> None:
    spec = tree(**{"spec.clspec": net(*uses), "b.clspec": NECK, "c/b.clspec": NECK, "my-necks.clspec": NECK})
    (finding,) = clspec.check(spec)
    assert (finding.code, place(finding)[2]) == (code, marked)
    assert finding.help is not None


@pytest.mark.parametrize(("part", "help"), [("b.Porj()", 'did you mean "b.Proj"?'), ("c.Proj()", "one of: b")])
def test_an_unknown_model_of_a_used_file(tree, part, help) -> None:
    (finding,) = clspec.check(tree(**{"spec.clspec": net('"b.clspec"', part=part), "b.clspec": NECK}))
    assert (finding.code, finding.help) == ("CL110", help)


def test_models_of_one_name_in_two_files_are_two(tree) -> None:
    spec = tree(
        **{
            "spec.clspec": net('"b.clspec"', '"c.clspec"', part="[b.Proj(), c.Proj()]"),
            "b.clspec": NECK,
            "c.clspec": NECK.replace("width=4", "width=7"),
        }
    )
    layers = [tuple(module.weight.shape) for module in clspec.compile(spec).modules() if hasattr(module, "in_features")]
    assert layers[:2] == [(4, 5), (7, 4)]


def test_a_used_file_sees_its_own_streams_and_models_only(tree) -> None:
    other = "stream it = split(classes=4, experiences=2)\nmodel Other { input features()\n neck a = linear(3) }\n"
    far = "model Far { input features()\n neck o = Other()\n require memory <= 9000 over it }\n"
    spec = tree(**{"spec.clspec": net('"b.clspec"', part="b.Far()") + other, "b.clspec": NECK + far})
    found = clspec.check(spec)
    assert [(finding.code, place(finding)) for finding in found] == [
        ("CL110", ("b.clspec", 5, "Other")),
        ("CL501", ("b.clspec", 6, "it")),
    ]


# ---- texts that lie in no folder


def test_a_string_has_no_folder(tree) -> None:
    with pytest.raises(clspec.SpecError) as caught:
        clspec.parse_string(net('"b.clspec"'))
    (finding,) = caught.value.diagnostics
    assert finding.code == "CL114" and "name=PATH" in str(finding.help)


def test_a_string_with_a_path_for_a_name_lies_there(tree, tmp_path) -> None:
    spec = tree(**{"spec.clspec": net('"b.clspec"'), "b.clspec": NECK})
    read = clspec.parse_string(spec.read_text(), name=str(tmp_path / "elsewhere.clspec"))
    assert read == clspec.parse(spec)


def test_a_string_with_the_texts_that_it_uses() -> None:
    texts = {
        "inner/b.clspec": NECK.replace("\n", '\nuse "../c.clspec"\n', 1).replace("linear(width)", "c.Proj(width)"),
        "c.clspec": NECK,
    }
    read = clspec.parse_string(net('"inner/b.clspec"'), used=texts)
    assert clspec.check(read) == []
    with pytest.raises(clspec.SpecError, match="not among the texts"):
        clspec.parse_string(net('"inner/b.clspec"'), used={"b.clspec": NECK})
    with pytest.raises(clspec.SpecError, match="not among the texts"):
        clspec.parse_string(net('"inner/b.clspec"'), used={})


def test_standard_input_lies_where_the_program_runs(tree, tmp_path, monkeypatch, capsys) -> None:
    tree(**{"b.clspec": NECK})
    monkeypatch.chdir(tmp_path)
    for text, code in ((net('"b.clspec"'), 0), (net('"../b.clspec"'), 1)):
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(text.encode())))
        with pytest.raises(SystemExit) as ended:
            main(["check", "-"])
        assert ended.value.code == code
    assert "CL115" in capsys.readouterr().out


def test_a_stream_in_words_reads_no_files(tree, tmp_path, monkeypatch) -> None:
    tree(**{"b.clspec": NECK})
    monkeypatch.chdir(tmp_path)
    spec = tree(**{"spec.clspec": net('"b.clspec"')})
    with pytest.raises(clspec.SpecError):
        clspec.simulate(spec, stream='split(classes=4, experiences=2)\nuse "b.clspec"')


@pytest.mark.parametrize("arguments", [["check"], ["plan"], ["compile"], ["compile", "--emit", "ir"], ["expand"]])
def test_the_command_line_gives_leave(arguments, tree, tmp_path, capsys) -> None:
    from clspec.cli import main

    tree(**{"in/spec.clspec": net('"../shared/b.clspec"'), "shared/b.clspec": NECK})
    spec = str(tmp_path / "in" / "spec.clspec")
    for leave, code in (([], 1), (["--allow-use", str(tmp_path / "shared")], 0)):
        with pytest.raises(SystemExit) as ended:
            main([arguments[0], spec, *arguments[1:], *leave])
        assert (ended.value.code or 0) == code
        assert ("CL115" in capsys.readouterr().out) == bool(code)


def test_convert_knows_the_parameters_of_used_models(tree) -> None:
    neck = NECK.replace("width=4", "width=4, bias=true")
    spec = tree(**{"spec.clspec": net('"b.clspec"', part="b.Proj(3, bias=false)"), "b.clspec": neck})
    there = spec.with_suffix(".yaml")
    there.write_text(rewriting.convert(spec))
    assert "with: {width: 3, bias: false}" in there.read_text()
    assert clspec.parse(there) == clspec.parse(spec)


def test_a_model_without_a_part_is_told_and_not_who_uses_it(tree) -> None:
    path = tree(**{"spec.clspec": net('"b.clspec"'), "b.clspec": "clspec 1\nmodel Proj { input features() }\n"})
    assert [(finding.code, finding.span.text) for finding in clspec.check(path)] == [("CL305", "Proj")]
