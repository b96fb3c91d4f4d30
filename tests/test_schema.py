"""The JSON Schema of the YAML form: the one in `grammar/`, against every YAML spec here and against broken ones."""

import json
from pathlib import Path

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings

import clspec
from clspec.reference import kinds
from clspec.schema import schema_text
from clspec.source import SourceFile
from clspec.syntax.convert import convert
from clspec.syntax.read import load
from clspec.syntax.yaml_nodes import Fields, Items, compose
from clspec.syntax.yaml_values import Values

from .valid_specs import argument_names, valid_specs

ROOT = Path(__file__).parent.parent
COMMITTED = ROOT / "grammar" / "clspec.schema.json"
# All but the fixtures of the parser's tests that give components arguments which they do not have, or hold nothing.
SPECS = [
    path
    for path in (
        *ROOT.glob("specs/**/*.yaml"),
        *ROOT.glob("tests/syntax/**/*.yaml"),
        *ROOT.glob("tests/cases/**/*.yaml"),
        *ROOT.glob("tests/constructs/*.yaml"),
    )
    if not any(found.code.startswith("CL2") or found.code == "CL305" for found in clspec.check(path))
]

SPEC = """\
clspec: 1
use: [blocks/necks.clspec, {path: blocks/more.clspec, as: more}]
streams: {tasks: {uses: split, with: {classes: 10, experiences: "${2 * 5}"}}}
models:
  Net:
    doc: One line.
    params: {width: 64}
    body:
      - {input: , uses: image, with: [3, 32, "${width}"]}
      - {neck: a, uses: [avg_pool, {uses: linear, with: {features: 64}}], from: [x.stage2.0, y]}
      - {neck: b, uses: necks.Projector, with: [1, two, {uses: relu}], from: a}
      - group: g
        from: b
        body: [{head: h, uses: per_task, with: {of: {uses: incremental, with: {initial: 2}}}}]
        output: h
    rules:
      - {when: experience 2.., do: ["freeze a, b until 3.conv", "reset g.h[:-1]"]}
      - {after: experience, do: freeze a}
    output: [g in train, "a, b in eval"]
    require: parameters <= 400_000 over tasks
"""


def plain(node):
    """YAML as plain data, scalars read by clspec's own rules (YAML 1.2), expressions left as they stand."""
    if isinstance(node, Fields):
        return {key.text: plain(value) for key, value in node.pairs}
    if isinstance(node, Items):
        return [plain(each) for each in node.nodes]
    return node.text if node.text.startswith("${") else getattr(Values().scalar(node), "value", None)


def faults(text):
    node, diagnostics, _ = compose(SourceFile("t.yaml", text))
    assert not diagnostics
    return list(jsonschema.Draft7Validator(json.loads(COMMITTED.read_text("utf-8"))).iter_errors(plain(node)))


def test_the_committed_schema_is_the_generated_one():
    jsonschema.Draft7Validator.check_schema(json.loads(schema_text()))
    assert COMMITTED.read_text("utf-8") == schema_text(), "run `clspec schema -o grammar/clspec.schema.json`"


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.name)
def test_every_yaml_spec_here_is_valid(path):
    assert faults(load(path).text) == []


def test_every_construct_is_valid():
    assert faults(SPEC) == []


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(valid_specs())
def test_no_spec_that_checks_is_refused(text):
    assert faults(convert(SourceFile("t", text), "clspec", argument_names)) == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("clspec: 1", "clspec: 2"),
        ("clspec: 1", "clspecs: 1"),
        ("as: more", "as: 1more"),
        ("as: more", "has: more"),
        ("as: more", "as: lambda"),
        ("blocks/more.clspec", "blocks/more"),
        ("blocks/necks.clspec", "/blocks/necks.clspec"),
        ("uses: split", "uses: splitt"),
        ("Net:", "forward:"),
        ("[avg_pool,", "[linear,"),
        ("[avg_pool, {uses: linear, with: {features: 64}}]", "[]"),
        ("from: [x.stage2.0, y]", "from: [x.stage2.0, y], with: [3]"),
        ("uses: necks.Projector", "uses: necks.Projector(2)"),
        ('"${2 * 5}"', '"${}"'),
        ("y]}", '"y[0]"]}'),
        ("output: h", "output: h[-1]"),
        ("{after: experience, do: freeze a}", "{do: reset a}"),
        ("classes: 10", "clases: 10"),
        ("classes: 10", "classes: ten"),
        ("doc: One line.", "doc: [One, line]"),
        ("params: {width: 64}", "params: [64]"),
        ("{input: ,", "{input: 3,"),
        ("{input: ,", "{input: , from: y,"),
        ("{input: ,", "{imput: ,"),
        ("uses: image", "uses: linear"),
        ('[3, 32, "${width}"]', "[3, 32]"),
        ('[3, 32, "${width}"]', "[3, 32, 32, 32]"),
        ('[3, 32, "${width}"]', "[3, 32, 0]"),
        ("features: 64", "features: none"),
        ("features: 64", "feature: 64"),
        ("x.stage2.0", "x/stage2"),
        ("uses: per_task, with: {of: {uses: incremental, with: {initial: 2}}}", "uses: per_task"),
        ("initial: 2", "initial: two"),
        ("uses: relu", "use: relu"),
        ("- group: g", "- group: g\n        head: g"),
        ("when: experience 2..", "when: experience two"),
        ("when: experience 2..", "when: new_class, after: experience"),
        ("reset g.h[:-1]", "rest g.h"),
        ("do: freeze a", "do: []"),
        ("g in train", "g in test"),
        ("parameters <=", "parameter <="),
        ("    require:", "    requires:"),
    ],
)
def test_broken_specs_are_not(right, wrong):
    assert right in SPEC
    assert faults(SPEC.replace(right, wrong, 1))


def test_it_knows_every_kind():
    text = schema_text()
    assert all(f'"const": "{kind}"' in text for kind in kinds())
