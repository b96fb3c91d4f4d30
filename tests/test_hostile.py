"""Whatever a stranger writes in any slot of a spec: findings with places, or the code that a harmless text gives."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

import clspec
from clspec.cli import main
from clspec.cli.options import parse_settings
from clspec.diagnostics import SpecError, render_concise, render_full
from clspec.rewriting import expand
from clspec.source import SourceFile
from clspec.syntax.convert import convert
from clspec.syntax.format import format_text

from .hostile_strings import TEXTS
from .valid_specs import argument_names

HARMLESS = "harmless"
each_text = pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)

SPEC = """clspec 1
use "<path>" as <alias>
stream <stream> = split(classes=4, experiences=2, task_labels=true)
model <model>(<parameter>="<default>", width=4) {
    "<doc>"
    input <input> = image(3, 32, 32)
    neck <part> = conv(4, 3, padding="same")  # <comment>
    neck b = <kind>.Proj(width=<argument>)
    group <group> from b { head <inner> = incremental(initial=2, index="class_id") }
    when new_task { freeze <target> }
    output <output>
    require parameters <= 1_000_000 over <over>
}
"""
YAML = """clspec: 1
use: [{path: '<path>', as: <alias>}]
streams: {<stream>: {uses: split, with: {classes: 4, experiences: 2, task_labels: true}}}
models:
  <model>:
    doc: '<doc>'
    params: {<parameter>: '<default>', width: 4}
    body:
      - {input: <input>, uses: image, with: [3, 32, 32]}
      - {neck: <part>, uses: conv, with: {channels: 4, kernel: 3, padding: same}}  # <comment>
      - {neck: b, uses: <kind>.Proj, with: {width: "${<argument>}"}}
      - {group: <group>, from: [b], body: [{head: <inner>, uses: incremental, with: {initial: 2}}]}
    rules: [{when: new_task, do: [freeze <target>]}]
    output: [<output>]
    require: [parameters <= 1_000_000 over <over>]
"""
USED = "clspec 1\nmodel Proj(width=4) { input image(4, 32, 32)\n neck a = [conv(width, 3), avg_pool(), flatten()] }\n"
SLOTS = {
    "path": "b.clspec", "alias": "used", "stream": "tasks", "model": "Net", "parameter": "note", "default": HARMLESS,
    "doc": HARMLESS, "input": "x", "part": "body", "comment": HARMLESS, "kind": "used", "argument": "width",
    "group": "group_a", "inner": "labels", "target": "body", "output": "group_a", "over": "tasks",
}  # fmt: skip
QUOTED = ("path", "default", "doc")
FREE = ("default", "doc", "comment")
"""Slots in which any text is right."""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch) -> None:
    """The folder that specs from standard input lie in: with the file that they use."""
    (tmp_path / "b.clspec").write_text(USED)
    monkeypatch.chdir(tmp_path)


def written(template: str, **slots: str) -> str:
    return re.sub(r"<(\w+)>", lambda found: {**SLOTS, **slots}[found[1]], template)


def code_of(source: str) -> str:
    """The syntax tree with all string constants alike: what would run."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
        assert not isinstance(node, ast.JoinedStr), "no text is put into an f-string"
    return ast.dump(tree)


def assert_told(error: SpecError, text: str) -> None:
    """Findings with places inside the text, which do nothing to a terminal."""
    assert error.diagnostics
    for finding in error.diagnostics:
        assert finding.span is not None or finding.file
        if finding.span is not None:
            assert 0 <= finding.span.start <= finding.span.end <= len(finding.span.source.text)
    for said in (render_full(error.diagnostics), render_concise(error.diagnostics)):
        assert all(character.isprintable() or character in "\n\t" for character in said)
    said = render_full(error.diagnostics)
    assert said.encode(errors="surrogatepass")


def products(text: str, syntax: str, name: str = "spec", used: str = USED) -> list[str]:
    """What every command makes of a spec; findings where one makes nothing. Never another exception."""
    ending = "yaml" if syntax == "yaml" else "clspec"
    source = SourceFile(f"{name}.{ending}", text)

    def parsed() -> clspec.Spec:
        return clspec.parse_string(text, syntax, f"{name}.{ending}", {"b.clspec": used})

    makers: list[Callable[[], str]] = [
        lambda: clspec.emit(parsed()),
        lambda: clspec.emit(parsed(), standalone=True),
        lambda: str(clspec.plan(parsed())),
        lambda: str(clspec.simulate(parsed())),
        lambda: clspec.render(parsed()).source,
        lambda: clspec.render(parsed(), view="evolution").source,
        lambda: format_text(source, syntax),
        lambda: convert(source, syntax, argument_names),
        lambda: expand(source),
    ]
    made: list[str] = []
    for make in makers:
        try:
            made.append(make())
        except SpecError as error:
            assert_told(error, text)
            made.append("")
    return made


def emitted_from(text: str, syntax: str) -> str:
    return clspec.emit(clspec.parse_string(text, syntax, "spec.clspec", {"b.clspec": USED}))


TWIN = clspec.emit(clspec.parse_string(written(SPEC), name="spec.clspec", used={"b.clspec": USED}))


def assert_harmless(text: str, syntax: str, name: str = "spec", used: str = USED) -> bool:
    """Whether code is generated from it; then it is that of the harmless twin."""
    emitted, standalone, *_, formatted, converted, expanded = products(text, syntax, name, used)
    assert bool(emitted) == bool(standalone)
    if emitted:
        assert code_of(emitted) == code_of(TWIN)
        other = "clspec" if syntax == "yaml" else "yaml"
        for again, its_syntax in ((formatted, syntax), (converted, other), (expanded, syntax)):
            if again:
                assert code_of(emitted_from(again, its_syntax)) == code_of(TWIN)
    return bool(emitted)


def test_the_harmless_twin_gives_everything() -> None:
    for syntax, template in (("clspec", SPEC), ("yaml", YAML)):
        made = products(written(template), syntax)
        assert all(made)
        assert code_of(made[0]) == code_of(TWIN)


def test_nothing_but_clspec_and_torch_is_imported() -> None:
    nodes = list(ast.walk(ast.parse(TWIN)))
    modules = {node.module.partition(".")[0] for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    assert modules == {"__future__", "clspec", "torch"}
    assert not any(isinstance(node, ast.Import) for node in nodes)
    assert {node.id for node in nodes if isinstance(node, ast.Name)}.isdisjoint({"eval", "exec", "getattr", "open"})


@each_text
@pytest.mark.parametrize("slot", SLOTS)
def test_as_it_is_in_every_slot(slot, text) -> None:
    """A name that is none is refused; what gets through gives the twin's code."""
    for syntax, template in (("clspec", SPEC), ("yaml", YAML)):
        made = assert_harmless(written(template, **{slot: text}), syntax)
        if made and slot not in FREE:
            blank = not text.strip() and slot in ("input", "target", "over", "output")
            assert blank or (slot, text) == ("parameter", TEXTS["of torch"]), syntax


@each_text
@pytest.mark.parametrize("slot", QUOTED)
def test_escaped_in_every_string(slot, text) -> None:
    escaped = json.dumps(text)[1:-1]
    made = assert_harmless(written(SPEC, **{slot: escaped}), "clspec")
    assert made == (slot in FREE and text != TEXTS["half a pair"])
    yaml = written(YAML.replace(f"'<{slot}>'", f'"<{slot}>"'), **{slot: escaped})
    assert_harmless(yaml, "yaml")


@each_text
def test_in_the_name_of_the_file(text) -> None:
    for syntax, template in (("clspec", SPEC), ("yaml", YAML)):
        assert assert_harmless(written(template), syntax, name=text.replace("/", "_"))


@each_text
def test_in_a_used_file(text) -> None:
    """As its doc, as a comment, and as all of it: the spec's own text stays what it was."""
    assert assert_harmless(written(SPEC), "clspec", used=f"{USED}# {' '.join(text.split())}\n")
    assert_harmless(written(SPEC), "clspec", used=USED.replace("{ input", f"{{ {json.dumps(text)} input", 1))
    assert not assert_harmless(written(SPEC), "clspec", used=text)


STRINGS = {
    "conv": "neck p = conv(4, 3, padding=<text>)",
    "progressive": "backbone p = progressive(adapter=<text>)",
    "pytorchcv": "backbone p = pytorchcv(<text>)",
    "incremental": "head p = incremental(index=<text>)",
    "cosine": "head p = cosine(scale=<text>)",
    "module": "backbone p = module(<text>)",
    "a component": "neck p = [<text>]",
    "a wrapped one": "head p = per_task(<text>)",
    "arithmetic": "neck p = linear(2 * <text>)",
}


@each_text
@pytest.mark.parametrize("kind", STRINGS)
def test_where_only_certain_strings_are_right(kind, text) -> None:
    line = STRINGS[kind].replace("<text>", json.dumps(text))
    with pytest.raises(SpecError) as caught:
        clspec.emit(clspec.parse_string(f"clspec 1\nmodel Net {{ input image(3, 32, 32)\n {line} }}\n"))
    assert_told(caught.value, text)
    assert all(finding.span for finding in caught.value.diagnostics)


@each_text
def test_what_python_hands_in(text) -> None:
    """A parameter's value and name, the name of a model and of a stream."""
    spec = clspec.parse_string(written(SPEC), name="spec.clspec", used={"b.clspec": USED})
    assert code_of(clspec.emit(spec, params={"note": text})) == code_of(TWIN)
    refused = [
        lambda: clspec.emit(spec, params={text: 1}),
        lambda: clspec.emit(spec, params={"width": text}),
        lambda: clspec.emit(spec, model=text),
        lambda: str(clspec.simulate(spec, text)),
    ]
    for make in refused:
        with pytest.raises(SpecError) as caught:
            make()
        assert_told(caught.value, text)


@each_text
def test_what_the_command_line_sets(text) -> None:
    """`--set note=TEXT` is read as the language reads it, never run."""
    spec = clspec.parse_string(written(SPEC), name="spec.clspec", used={"b.clspec": USED})
    given = parse_settings(None, None, (f"note={text}",))
    try:
        emitted = clspec.emit(spec, params=given)
    except SpecError as error:  # `None` and numbers are no strings
        assert_told(error, text)
    else:
        assert code_of(emitted) == code_of(TWIN)


@each_text
@pytest.mark.parametrize("mark", ["!", "!!", "!<tag:yaml.org,2002:python/object/apply:", "&", "*", "? ", "<<: "])
def test_yaml_tags_anchors_and_keys(mark, text) -> None:
    harmless = written(YAML)
    for place in ("doc: 'harmless'", "body, uses", "width: 4", "4, kernel", "1_000_000"):
        assert place in harmless
        spec = harmless.replace(place, f"{mark}{text} {place}", 1)
        if assert_harmless(spec, "yaml"):
            assert mark == "&" or not text.strip(), (mark, place)


@each_text
def test_yaml_keys(text) -> None:
    for place in ("clspec", "streams", "doc", "uses", "with", "width"):
        key = json.dumps(text)
        assert not assert_harmless(written(YAML).replace(f"{place}:", f"{key}:", 1), "yaml")


@each_text
def test_what_is_compiled_is_the_twin(text) -> None:
    """The module that runs, with the text in its doc, its parameters and the spec that it carries."""
    spec = clspec.parse_string(
        written(SPEC, doc=json.dumps(text.replace("\ud800", ""))[1:-1]), name="spec.clspec", used={"b.clspec": USED}
    )
    model = clspec.compile(spec, params={"note": text})
    assert [name for name, _ in model.named_children()] == ["body", "b", "group_a"]
    assert model.SPEC.parameters["note"] == text
    assert model.SPEC.text == spec.span.source.text


@each_text
@pytest.mark.parametrize("style", ["full", "concise", "json", "github"])
def test_a_terminal_is_left_alone(style, text, tmp_path, monkeypatch, capsys) -> None:
    """What `clspec check` prints of a hostile file, in every format, holds no control character."""
    monkeypatch.chdir(tmp_path)
    shown = text.replace("\ud800", "")
    for slot in ("doc", "part", "kind", "path"):
        Path("spec.clspec").write_text(written(SPEC, **{slot: shown}), "utf-8")
        with pytest.raises(SystemExit):
            main(["check", "--output-format", style, "spec.clspec"])
        said = "".join(capsys.readouterr())
        assert not [character for character in said if ord(character) < 32 and character not in "\n\t"]
