"""A parameter of a model may be a list of values, in both syntaxes."""

from __future__ import annotations

import pickle

import pytest

import clspec
from clspec.rewriting import convert, expand
from clspec.source import SourceFile

TEXT = """clspec 1
model Body(sizes=[8, 4], width=3) {
    input features()
    backbone trunk = mlp(sizes)
    neck last = mlp(sizes=[width, 2])
}
model Net(sizes=[16, 2 * 4], rate=0.5) {
    input features(10)
    neck one = Body()
    neck two = Body(sizes=sizes)
    neck three = Body([5], width=7)
    head h = incremental()
}
"""


def clspec_file(text: str) -> SourceFile:
    return SourceFile("net.clspec", text)


def widths(model) -> list[list[int]]:
    return [
        [layer.out_features for layer in part.trunk.features if hasattr(layer, "out_features")]
        for part in (model.one, model.two, model.three)
    ]


def test_both_syntaxes_say_the_same_and_build_it() -> None:
    spec = clspec.parse_string(TEXT)
    yaml = convert(clspec_file(TEXT))
    assert clspec.check(spec) == []
    again = clspec.parse_string(yaml, "yaml")
    assert again == spec
    for each in (spec, again):
        assert widths(clspec.compile(each)) == [[8, 4], [16, 8], [5]]
    assert clspec.emit(spec).count("sizes=(16, 8)") == 1


@pytest.mark.parametrize("given", [[6, 5], (6, 5)])
def test_a_list_is_given_from_outside(given, tmp_path) -> None:
    model = clspec.compile(clspec.parse_string(TEXT), params={"sizes": given})
    assert widths(model)[1] == [6, 5]
    clspec.save_checkpoint(model, tmp_path / "m.pt")
    again, _ = clspec.load_checkpoint(tmp_path / "m.pt")
    assert widths(again)[1] == [6, 5]
    assert widths(pickle.loads(pickle.dumps(model)))[1] == [6, 5]


def test_a_list_is_set_on_the_command_line(tmp_path, capsys) -> None:
    from clspec.cli import main

    (tmp_path / "net.clspec").write_text(TEXT)
    with pytest.raises(SystemExit) as ended:
        main(["compile", str(tmp_path / "net.clspec"), "--set", "sizes=[6, 5]"])
    assert ended.value.code == 0 and "sizes=(6, 5)" in capsys.readouterr().out


def test_expand_writes_the_lists_out() -> None:
    text = expand(clspec_file(TEXT))
    assert "Body(sizes=[8, 4], width=3)" in text and "Body(sizes=sizes, width=3)" in text
    assert clspec.check(clspec.parse_string(text)) == []


@pytest.mark.parametrize(
    ("old", "new", "code", "marked", "said"),
    [
        ("Body()", "Body(sizes=4)", "CL203", "4", "must be a list like its default the list [8, 4], not 4"),
        ("Body()", "Body(width=[3])", "CL203", "[3]", "must be an integer like its default 3, not the list [3]"),
        ("2 * 4", "sizes", "CL101", "sizes", "unknown name"),
        ("Body()", "Body([sizes])", "CL203", "sizes", "a list holds single values, not the list [16, 8]"),
        ("Body()", "Body([linear(3)])", "CL203", "linear(3)", "expected a number, a string"),
        ("Body()", "linear(sizes)", "CL203", "sizes", "must be an integer, not a list"),
        ("Body()", "linear(2 * sizes)", "CL208", "sizes", "arithmetic needs numbers, not the list [16, 8]"),
        ("Body()", 'Body(["a"])', "CL203", "sizes", 'must be an integer, not the string "a"'),
    ],
)
def test_a_list_where_none_fits(old, new, code, marked, said) -> None:
    (finding,) = clspec.check(clspec.parse_string(TEXT.replace(old, new, 1)))
    assert (finding.code, finding.span and finding.span.text) == (code, marked)
    assert said in finding.message


def test_no_list_from_outside_where_a_value_is_wanted() -> None:
    for given in ({"rate": [0.5]}, {"sizes": 3}, {"sizes": [float("inf")]}):
        (finding,) = clspec.check(clspec.parse_string(TEXT), model="Net", params=given)
        assert finding.code == "CL203"
