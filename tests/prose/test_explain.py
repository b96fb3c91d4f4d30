"""`clspec explain SPEC`: a model in prose, true and readable."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import clspec
from clspec.cli import main
from clspec.driver import analyse

TESTS = Path(__file__).parents[1]
SPECS = TESTS.parent / "specs"
GOLDEN = {
    "two_heads": SPECS / "two_heads.clspec",
    "progressive_networks": SPECS / "methods" / "progressive_networks.clspec",
    "icarl": SPECS / "methods" / "icarl.clspec",
    "slices": TESTS / "cases" / "slices" / "spec.clspec",
    "model_used_twice": TESTS / "cases" / "model_used_twice" / "spec.clspec",
    "outputs": TESTS / "cases" / "outputs" / "spec.clspec",
    "no_stream_two_models": TESTS / "prose" / "two_models.clspec",
}
EVERY = sorted([*TESTS.glob("cases/*/spec.clspec"), *TESTS.glob("constructs/*.clspec"), *SPECS.glob("[!b]*/*.clspec")])


@pytest.fixture
def explained(capsys, monkeypatch):
    def call(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["explain", *map(str, arguments)])
        said = capsys.readouterr()
        return ended.value.code, said.out, said.err

    return call


@pytest.mark.parametrize("name", GOLDEN)
def test_it_reads_so(name, explained, golden) -> None:
    code, out, err = explained(GOLDEN[name])
    assert (code, err) == (0, "")
    golden(out, TESTS / "prose" / f"{name}.txt")


@pytest.mark.parametrize("path", EVERY, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_part_is_named_and_every_number_is_the_forecasts(path, explained) -> None:
    code, out, err = explained(path)
    if code:
        assert "CL304" in out  # a model that is sized where it is used
        return
    assert err == ""
    assert max(map(len, out.splitlines())) <= 100
    assert all(character.isprintable() or character == "\n" for character in out)
    without_doc = out.partition("\n\n")[2].partition("\n\n\n")[0]
    assert not re.search(r"None|\{|\}|\(\)|  | ,|\.\.", without_doc)
    prose = " ".join(out.split())
    for paragraph in re.split(r"\n\n+", out.strip()):
        assert paragraph[0].isupper() and (paragraph.endswith(".") or ", of " in paragraph)
    spec = clspec.parse(path)
    for model in set(re.findall(r"^(\w+), of ", out, re.MULTILINE)):
        for part in analyse(spec, model).model.walk():
            assert re.search(rf"\b{part.name}\b", prose)
        for stream in spec.streams:
            table = clspec.simulate(spec, stream.name.text, model=model)
            last, born = table.rows[-1].parameters, table.initial[""].parameters
            grown = f"{'comes to' if last != born else 'keeps its'} {last:,} parameter" if last else "has no parameters"
            assert f"Over {stream.name.text} (" in prose and grown in prose


def test_it_says_what_stands_still_and_when(explained, tmp_path) -> None:
    path = tmp_path / "m.clspec"
    path.write_text(
        "clspec 1\nmodel Net {\n input features(4)\n neck n = linear(3)\n neck m = linear(3)\n head h = incremental()\n"
        " freeze n, m\n when experience 2..3 { unfreeze n }\n after new_class { freeze h[-1] }\n}\n"
    )
    out = " ".join(explained(path)[1].split())
    assert "From the start, n and m are frozen. As experiences 2 to 3 begin, n trains again." in out
    assert "After training on new classes, the newest generation of h is frozen." in out


def test_what_is_reset_to_be_fitted_is_told_before_it_is_fitted(explained, tmp_path) -> None:
    path = tmp_path / "m.clspec"
    path.write_text(
        "clspec 1\nmodel Net {\n input features(4)\n neck n = linear(3)\n freeze n\n"
        " head h = nearest_mean(auto=false)\n when new_class { expand h }\n"
        " after experience { reset h; observe h }\n when experience 2 { reset h }\n}\n"
    )
    out = " ".join(explained(path)[1].split())
    assert "After every experience, h starts over and is fitted to what was learnt." in out
    assert "As experience 2 begins, h starts over with fresh weights." in out
    assert "15 parameters, none of which train" in out


def test_a_stream_in_words_and_one_model_of_several(explained) -> None:
    path = GOLDEN["no_stream_two_models"]
    code, out, _ = explained(
        path, "--model", "Second", "--stream", "split(classes=6, experiences=3)", "--set", "width=9"
    )
    assert code == 0 and out.startswith("Second, of ") and "First" not in out
    assert "Over split(classes=6, experiences=3) (6 classes in 3 experiences)" in " ".join(out.split())
    assert "makes 9 features" in out


def test_what_is_neither_a_code_nor_a_spec(explained, tmp_path) -> None:
    code, out, _ = explained("nothing.clspec")
    assert code == 1 and 'error[CL005]: cannot read "nothing.clspec"' in out
    code, out, err = explained("CL9999")
    assert (code, out) == (2, "") and 'did you mean "CL999"?' in err
    path = tmp_path / "bad.clspec"
    path.write_text("clspec 1\nmodel Net { input features(3)\n head h = incrementall() }\n")
    assert "error[CL110]" in explained(path)[1] and explained(path)[0] == 1
