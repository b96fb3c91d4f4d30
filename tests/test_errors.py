"""Faulty specs: each finding at its line, on the very text that is wrong, in the user's own words."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

import clspec
from clspec.diagnostics import CODES, Diagnostic, render_full
from clspec.reading import read_source, text_of

TESTS = Path(__file__).parent
ERRORS = TESTS / "errors"
FILES = sorted(
    path for path in ERRORS.rglob("*.*") if path.suffix in (".clspec", ".yaml") and "blocks" not in path.parts
)
MARK = re.compile(r"(CL\d{3})(?: at (?:(\d+):)?(\d+))? `([^`]*)`")
"""`CL101 at 34 `fisrt``: the code, the column and the text of a finding, on the line of the mark. Without `at` the text
stands where the line first has it; `at 6:34` names another line, where a mark would change what is read."""
NAMES = {"CL101", "CL103", "CL110", "CL112", "CL113", "CL201", "CL401"}
"""Codes of findings about one name: it is what the carets mark, and the message quotes it."""
HINTED = NAMES | {
    *("CL003", "CL004", "CL006", "CL007", "CL010", "CL102", "CL104", "CL107", "CL109", "CL114", "CL115", "CL116"),
    *("CL202", "CL205", "CL206", "CL207", "CL209", "CL212"),
    *("CL301", "CL302", "CL303", "CL305", "CL306", "CL402", "CL501", "CL503"),
}
"""Codes of findings that there is always something to suggest for."""
OF_CALLERS = {"CL005", "CL012", "CL105", "CL106", "CL108", "CL118", "CL119", "CL210", "CL211", "CL304", "CL505"}
"""Codes of what is asked of a spec, of files and of libraries: no text is wrong by itself."""
TOO_LARGE_TO_SHOW = {"CL011", "CL015", "CL117"}
"""Codes of texts of a megabyte, of ten thousand items and of a hundred files: tests make those."""
WARNINGS = {"CL308"}
"""Codes of what is no fault: `test_unreached.py` holds them."""
OF_ONE_SYNTAX = {"CL008": ".yaml", "CL009": ".yaml", "CL014": ".yaml", "CL207": ".clspec"}
"""Codes of what only one syntax can get wrong."""
TOLD_OTHERWISE = {"CL010", "CL102", "CL207"}
"""A name given twice is a duplicate key in YAML."""
each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ERRORS)))


@cache
def findings_in(path: Path) -> list[Diagnostic]:
    """What is told of a file, whether or not it can be read."""
    try:
        return clspec.check(path)
    except clspec.SpecError as error:
        return error.diagnostics


def expected(path: Path) -> Counter[tuple[int, int, str, str]]:
    """Line, column, code and text of each finding that a file marks."""
    found: Counter[tuple[int, int, str, str]] = Counter()
    for number, line in enumerate(path.read_text("utf-8", errors="replace").split("\n"), 1):
        before, mark, rest = line.partition("# error: ")
        marks = MARK.findall(rest)
        assert bool(mark) == bool(marks), f"{path}:{number}: no finding after `# error: `"
        for code, other_line, column, text in marks:
            found[int(other_line or number), int(column or before.index(text) + 1), code, text] += 1
    return found


def first_line(text: str) -> str:
    return text.split("\n", maxsplit=1)[0].partition("# error: ")[0].rstrip()


@each_file
def test_exactly_the_marked_findings(path: Path) -> None:
    found: Counter[tuple[int, int, str, str]] = Counter()
    for finding in findings_in(path):
        assert finding.span is not None
        found[finding.span.line, finding.span.column, finding.code, first_line(finding.span.text)] += 1
    assert found
    assert found == expected(path)


@each_file
def test_findings_speak_of_what_the_user_wrote(path: Path) -> None:
    for finding in findings_in(path):
        assert finding.span is not None
        word = finding.span.text.strip('"')
        if finding.code in NAMES and len(word) < 200:
            assert f'"{word}"' in finding.message
        if finding.code in HINTED:
            assert finding.help, finding


@each_file
def test_full_rendering_marks_the_text(path: Path) -> None:
    for finding in findings_in(path):
        assert finding.span is not None
        head, *rest = render_full([finding]).split("\n")
        assert head == f"{path}:{finding.span.line}:{finding.span.column}: error[{finding.code}]: {finding.message}"
        source, carets = rest[1:3]
        column = carets.index("^")
        marked = source[column : column + carets.count("^")].partition("# error: ")[0].rstrip()
        text = re.sub(r"[\x00-\x08]", "\N{REPLACEMENT CHARACTER}", first_line(finding.span.text))
        assert text.startswith(marked) if text else len(carets.strip(" |")) == 1  # very long lines are shown in part
        assert ("help:" in rest[-1]) == (finding.help is not None)
        for related in finding.related:
            assert any(f"{path}:{related.span.line}:{related.span.column}" in line for line in rest)


def test_shapes_that_do_not_fit_show_both_places() -> None:
    findings = clspec.check(ERRORS / "several" / "shapes.clspec")
    assert all(finding.related for finding in findings)
    first = render_full(findings[:1])
    assert "shapes.clspec:11:14" in first and "features is here" in first and "x is declared here" in first


def test_a_map_that_was_not_flattened_is_told_to_flatten() -> None:
    for finding in clspec.check(ERRORS / "several" / "not_flattened.clspec"):
        assert finding.help is not None and "flatten()" in finding.help


def test_a_cycle_names_its_other_nodes_as_related() -> None:
    ring = clspec.check(ERRORS / "several" / "cycle.clspec")[0]
    assert [related.span.text for related in ring.related] == ["second", "third"]
    assert "first → second → third → first" in ring.message


def test_a_growth_written_again_is_told_about_auto() -> None:
    findings = clspec.check(ERRORS / "several" / "contradictions.clspec")
    again = [finding for finding in findings if "by itself" in finding.message]
    assert len(again) == 3
    assert all("auto=false" in str(finding.help) for finding in again)


@each_file
def test_nothing_is_made_of_a_faulty_spec(path: Path) -> None:
    for name in models_of(path):
        mine = clspec.check(path, model=name) if name else findings_in(path)
        if not any(finding.severity == "error" for finding in mine):
            continue
        for make in (clspec.compile, clspec.emit, clspec.plan, clspec.render):
            with pytest.raises(clspec.SpecError) as caught:
                make(path, model=name)
            assert caught.value.diagnostics == mine


def models_of(path: Path) -> list[str | None]:
    """The models of a file by name; of one that has none, or cannot be read, the default one."""
    try:
        spec, _ = read_source(*text_of(path))
    except clspec.SpecError:
        return [None]
    return [model.name.text for model in spec.models] if spec and spec.models else [None]


@pytest.mark.parametrize("suffix", [".clspec", ".yaml"])
def test_every_code_that_a_text_can_have_is_shown_in_both_syntaxes(suffix: str) -> None:
    files = [path for path in FILES if path.suffix == suffix]
    used = {finding.code for path in files for finding in findings_in(path)}
    elsewhere = {code for code, only in OF_ONE_SYNTAX.items() if only != suffix}
    assert len(files) >= 80
    assert used == {code for code in CODES if code < "CL9"} - OF_CALLERS - TOO_LARGE_TO_SHOW - WARNINGS - elsewhere


def test_twins_are_told_the_same() -> None:
    twins = [path for path in FILES if path.suffix == ".clspec" and path.with_suffix(".yaml") in FILES]
    # What is wrong with the text itself may be told in the words of its syntax.
    for path in (twin for twin in twins if twin.parent.name != "text"):
        told = [
            Counter(finding.message.replace(".yaml", ".clspec") for finding in findings)
            for findings in (findings_in(path), findings_in(path.with_suffix(".yaml")))
        ]
        codes = {finding.code for finding in findings_in(path)}
        assert told[0] == told[1] or (len(codes) == 1 and codes <= TOLD_OTHERWISE), path
    assert len(twins) >= 80


def check(text: str, syntax="clspec", **settings):
    return clspec.check(clspec.parse_string(text, syntax), **settings)


NET = "clspec 1\nmodel Net(width=64, drop=0.1) {{ input features(10)\n neck b = linear(width)\n {} }}\n"


def test_an_unknown_model_or_parameter_is_named_with_the_nearest() -> None:
    spec = clspec.parse_string(NET.format("head h = incremental()"))
    (finding,) = clspec.check(spec, model="Nett")
    assert (finding.code, finding.message, finding.help) == (
        "CL106",
        'the file has no model "Nett"',
        'did you mean "Net"?',
    )
    (finding,) = clspec.check(spec, params={"widht": 3})
    assert (finding.code, finding.help) == ("CL108", 'did you mean "width"?')
    assert '"widht"' in finding.message


@pytest.mark.parametrize(
    ("value", "said"), [("wide", 'the string "wide"'), (True, "true"), (1.5, "1.5"), (None, "none")]
)
def test_a_parameter_of_another_type_than_its_default(value, said) -> None:
    (finding,) = check(NET.format("head h = incremental()"), params={"width": value})
    assert finding.code == "CL203"
    assert finding.message.endswith(f"not {said}")


def test_an_integer_will_do_for_a_number_but_nothing_endless() -> None:
    text = NET.format("neck d = dropout(drop)\n head h = incremental()")
    assert check(text, params={"drop": 0}) == []
    for value in (float("nan"), float("inf")):
        (finding,) = check(text, params={"drop": value})
        assert (finding.code, "finite" in finding.message) == ("CL203", True)


def test_no_default_model_names_the_candidates() -> None:
    model = "model {} {{ input features(3)\n head h = incremental() }}\n"
    spec = clspec.parse_string("clspec 1\n" + model.format("A") + model.format("B"))
    assert clspec.check(spec) == []
    with pytest.raises(clspec.SpecError) as caught:
        clspec.compile(spec)
    (finding,) = caught.value.diagnostics
    assert finding.code == "CL105"
    assert "A, B" in finding.message and "--model A" in str(finding.help)
    assert "class B(" in clspec.emit(spec, model="B")


def test_a_model_without_sizes_can_be_checked_but_not_built() -> None:
    spec = clspec.parse_string("clspec 1\nmodel Body { input features()\n neck b = linear(3) }")
    assert clspec.check(spec) == []
    with pytest.raises(clspec.SpecError) as caught:
        clspec.emit(spec)
    assert [finding.code for finding in caught.value.diagnostics] == ["CL304"]


def test_a_finding_in_a_model_used_twice_is_told_once() -> None:
    text = """clspec 1
model Body { input features()
 neck b = linnear(3) }
model Net { input features(10)
 neck a = Body()
 neck b = Body() }
"""
    assert [(finding.code, finding.span.line) for finding in check(text)] == [("CL110", 3)]


def test_the_language_pages_examples_check() -> None:
    for name in ("first.clspec", "two_heads.clspec"):
        assert clspec.check(TESTS / "syntax" / name) == []
    assert [model.name.text for model in clspec.parse(TESTS / "syntax" / name).models] == ["Projector", "TwoHeads"]


def test_findings_survive_pickling_with_their_error() -> None:
    import pickle

    with pytest.raises(clspec.SpecError) as caught:
        clspec.parse_string("clspec 1\nmodel {")
    again = pickle.loads(pickle.dumps(caught.value))
    assert str(again) == str(caught.value)


def chain(models: int, uses: int) -> str:
    """Models that use each other, each the one before it `uses` times."""
    used = "\n".join(f"neck part{number} = M{{before}}()" for number in range(uses))
    text = "clspec 1\nmodel M0 { input features()\n neck part = linear(3) }\n"
    for number in range(1, models):
        text += f"model M{number} {{ input features()\n{used.format(before=number - 1)} }}\n"
    return text + f"model Root {{ input features(4)\n neck part = M{models - 1}() }}\n"


@pytest.mark.parametrize(("models", "uses", "words"), [(400, 1, "levels deep"), (30, 2, "parts"), (60, 3, "parts")])
def test_models_in_models_are_bounded(models, uses, words) -> None:
    """Thirty models that each use the one before twice would be a thousand million parts."""
    (finding,) = check(chain(models, uses))
    assert finding.code == "CL109" and words in finding.message


def test_eighty_models_in_each_other_are_fine() -> None:
    spec = clspec.parse_string(chain(80, 1))
    assert clspec.check(spec) == []
    assert clspec.emit(spec).count("\nclass ") == 81


WRONG_VALUES = ("CL204", "CL213")
"""Out of range, and too long to be read at all."""
VALUES = {
    "clspec": """clspec 1
stream tasks = split(classes=99999999999999999999999, experiences=5)
model Net(width=1e999) {
    input features(10)
    neck a = linear(99999999999999999999999)
    neck b = dropout(1e999) from a
    neck c = linear(3 + 99999999999999999999999) from nowhere
    neck d = linear(-99999999999999999999999) from a
    head h = incremantal() from a
    when experience 3..1 { freeze a, lost }
    when experience 99999999999999999999999 { freeze h[99999999999999999999999] }
}
""",
    "yaml": """clspec: 1
streams: {tasks: {uses: split, with: {classes: 99999999999999999999999, experiences: 5}}}
models:
  Net:
    params: {width: .inf}
    body:
      - {input: x, uses: features, with: [10]}
      - {neck: a, uses: linear, with: [99999999999999999999999]}
      - {neck: b, uses: dropout, with: [.nan], from: a}
      - {neck: c, uses: linear, with: ["${3 + 99999999999999999999999}"], from: nowhere}
      - {neck: d, uses: linear, with: [-99999999999999999999999], from: a}
      - {head: h, uses: incremantal, from: a}
    rules:
      - {when: experience 3..1, do: ["freeze a, lost"]}
      - {when: experience 99999999999999999999999, do: ["freeze h[99999999999999999999999]"]}
""",
}


@pytest.mark.parametrize("syntax", VALUES)
def test_a_wrong_value_hides_nothing_else_and_is_told_once(tmp_path, syntax) -> None:
    path = tmp_path / f"spec.{syntax}"
    path.write_text(VALUES[syntax])
    found = clspec.check(path)
    first, *_, trigger, index = [each for each in found if each.code in WRONG_VALUES]
    assert first.span.line == 2 and trigger.span.text == index.span.text == "9" * 23
    others = [(each.code, each.span.text) for each in found if each.code not in (*WRONG_VALUES, "CL901")]
    assert others == [("CL101", "nowhere"), ("CL110", "incremantal"), ("CL401", "lost")]
    assert sum(each.code in WRONG_VALUES for each in found) == 9
    for make in (clspec.compile, clspec.emit, clspec.plan, clspec.simulate, clspec.render):
        with pytest.raises(clspec.SpecError) as caught:
            make(path)
        assert caught.value.diagnostics == found
    with pytest.raises(clspec.SpecError) as caught:
        clspec.parse(path)
    assert {each.code for each in caught.value.diagnostics} == set(WRONG_VALUES)
    assert len(caught.value.diagnostics) == 9


@pytest.mark.parametrize(
    ("syntax", "text"), [("clspec", "clspec {} model N {{}}"), ("yaml", "clspec: {}\nmodels: {{}}")]
)
def test_an_edition_of_many_digits_is_one_finding(syntax, text) -> None:
    with pytest.raises(clspec.SpecError) as caught:
        clspec.parse_string(text.format("9" * 5000), syntax)
    assert [each.code for each in caught.value.diagnostics] == ["CL213"]


@pytest.mark.parametrize("value", ["1e999", "9" * 23, "9" * 5000])
@pytest.mark.parametrize("model", ["input features({})", "input features(3)\n neck a = dropout({})"])
def test_a_wrong_value_alone_is_one_finding(tmp_path, value, model) -> None:
    path = tmp_path / "spec.clspec"
    path.write_text(f"clspec 1\nmodel Net {{ {model.format(value)}\n head h = incremental() }}\n")
    (finding,) = clspec.check(path)
    assert (finding.code, finding.span.text) == ("CL213", value)
    with pytest.raises(clspec.SpecError):
        clspec.emit(path)


@pytest.mark.parametrize("value", ["-1e308", "-65505", "1000", "0", "1e-300"])
def test_a_mask_is_below_every_logit_and_fits_float16(value) -> None:
    (finding,) = check(NET.format(f"head h = incremental(mask_value={value})"))
    assert (finding.code, finding.span.text) == ("CL204", value)
    assert "float16" in str(finding.help)
    assert check(NET.format("head h = incremental(mask_value=-65504)")) == []


@pytest.mark.parametrize("outputs", ["output h, h", "output h\n output b, h"])
def test_an_output_is_named_once(outputs) -> None:
    (finding,) = check(NET.format(f"head h = incremental()\n {outputs}"))
    assert (finding.code, finding.message) == ("CL102", '"h" is an output twice')
    (first,) = finding.related
    assert first.span.text == "h" and first.span.start < finding.span.start


def test_a_part_is_not_offered_as_its_own_source() -> None:
    (finding,) = check(NET.format("head classifier = incremental() from classifer"))
    assert (finding.code, finding.help) == ("CL101", "one of: b, x")


def test_a_yaml_error_has_no_related_place_that_is_its_own() -> None:
    for text in ("models: {a: b\n", "a: [1, 2\nb: 3\n", "a:\n\t- x\n", "a: 'x\n", "a: b: c\n", "- @\n"):
        with pytest.raises(clspec.SpecError) as caught:
            clspec.parse_string(text, "yaml")
        (finding,) = caught.value.diagnostics
        assert all(related.span.start != finding.span.start for related in finding.related)


@pytest.mark.parametrize(
    ("syntax", "line", "hint"),
    [
        ("clspec", "neck a = linear(7 % 4)", "`//`"),
        ("clspec", "neck a = conv(4, 3, padding=“same”)", '`"same"`'),
        ("clspec", "/* words */", "`#`"),
        ("clspec", "neck a = linear(4 from x", "close the bracket before `from`"),
        ("clspec", "neck a: linear(4)", "`neck a = ...`"),
        ("clspec", "neck a = linear(features: 4)", "`features=...`"),
        ("clspec", "when new_class { freeze(x) }", "`freeze a, b`"),
        ("clspec", "neck a = dropout(rate=no)", "`false`"),
        ("yaml", "{neck: a, uses: linear, with: [width]}", '`"${width}"`'),
        ("yaml", '{neck: a, uses: linear, with: "features=3"}', "`with: {features: 3}`"),
        ("yaml", "{neck: a, uses: linear}", "`{uses: linear, with: {features: ..., bias: ...}}`"),
        ("yaml", "{neck: a, uses: linear, with: [4, no]}", "`false`"),
        ("yaml", "{group: g, from: x}", "`{head: classifier, uses: incremental}`"),
    ],
)
def test_a_hint_can_be_typed_in(tmp_path, syntax, line, hint) -> None:
    """In the syntax of the spec, whichever of the two it is."""
    path = tmp_path / f"spec.{syntax}"
    yaml = "clspec: 1\nmodels:\n  Net:\n    body:\n      - {input: x, uses: features, with: [9]}\n      - "
    path.write_text(
        f"{yaml}{line}\n" if syntax == "yaml" else f"clspec 1\nmodel Net {{ input features(9)\n{line}\n}}\n"
    )
    (finding,) = clspec.check(path)
    assert hint in str(finding.help)


def test_a_text_of_very_many_errors_shows_the_first() -> None:
    wrong = "".join(f"    neck a{number} linear(3)\n" for number in range(60))
    with pytest.raises(clspec.SpecError) as caught:
        clspec.parse_string(f"clspec 1\nmodel Net {{\n    input features(10)\n{wrong}}}\n")
    *shown, last = caught.value.diagnostics
    assert [each.span.line for each in shown] == list(range(4, 54))
    assert "the rest is not shown" in last.message


def test_a_broken_statement_of_a_used_file_is_told_with_the_rest(tmp_path) -> None:
    (tmp_path / "necks.clspec").write_text(
        "clspec 1\nmodel Neck(width=4 {\n input features()\n neck a = linear(width)\n}\n"
    )
    path = tmp_path / "spec.clspec"
    path.write_text(
        'clspec 1\nuse "necks.clspec"\nmodel Net {\n input features(3)\n neck a = necks.Neck(7)\n head h = inc()\n}\n'
    )
    assert [(each.code, each.span.text) for each in clspec.check(path)] == [("CL110", "inc"), ("CL001", "{")]
