"""What is offered at a place of a half-written text."""

from __future__ import annotations

import pytest

from clspec.components import registry
from clspec.editor.completion import completion
from tests.editor.texts import view_of, with_cursor

SPEC = """clspec 1
stream tasks = split(classes=10, experiences=5)
model Wide(width=8) {
    input features()
    neck inner = linear(width)
}
model Net(size=64, drop=0.1) {
    input image(3, 32, 32)
    backbone trunk = pytorchcv("resnet20_cifar10")
    neck wide = Wide(width=size)
    group fine from trunk, wide {
        neck both = concat()
        head labels = incremental()
        FINE
    }
    head all = linear(10) from wide
    HERE
}
TOP
"""
ROLES = {"input", "backbone", "neck", "head", "group"}
STAGES = {"init_block", "stage1", "stage2", "stage3", "final_pool", "output"}
VERBS = {"freeze", "unfreeze", "reset", "expand", "branch", "observe", "align"}
NECKS = {kind.kind for kind in registry().values() if "neck" in kind.roles and kind.kind.isidentifier()}


def offered(written: str, where: str = "HERE") -> list[str]:
    """What is offered where this is being written; without it, the text could be read."""
    places = ("FINE", "HERE", "TOP")
    good = "\n".join(line for line in SPEC.split("\n") if line.strip() not in places)
    text = "\n".join(line for line in SPEC.split("\n") if line.strip() not in places or line.strip() == where)
    text, offset = with_cursor(text.replace(where, written))
    return [offer.label for offer in completion(view_of(text), offset, view_of(good)).offers]


EXACTLY = [
    ("|", "TOP", {"clspec", "model", "stream", "use"}),
    ("mod|", "TOP", {"clspec", "model", "stream", "use"}),
    ("|", "HERE", {*ROLES, *VERBS, "when", "after", "output", "require"}),
    ("|", "FINE", {*(ROLES - {"input"}), *VERBS, "when", "after", "output"}),
    ("neck |", "HERE", set()),
    ("neck a |", "HERE", set()),
    ("neck a = linear(3) |", "HERE", {"from"}),
    ("neck a = linear(3) from |", "HERE", {"x", "trunk", "wide", "fine"}),
    ("neck a = add() from x, tr|", "HERE", {"x", "trunk", "wide", "fine"}),
    ("neck wide2 = linear(3) from |", "FINE", {"both", "trunk", "wide"}),
    ("neck a = flatten() from trunk.|", "HERE", STAGES),
    ("neck a = flatten() from trunk.stage2.|", "HERE", {"unit1", "unit2", "unit3"}),
    ("neck a = flatten() from wide.|", "HERE", {"x", "inner"}),
    ("freeze |", "HERE", {"x", "trunk", "wide", "fine", "all"}),
    ("freeze fine.|", "HERE", {"both", "labels"}),
    ("freeze trunk |", "HERE", {"until"}),
    ("unfreeze trunk |", "HERE", {"from"}),
    ("freeze trunk until |", "HERE", STAGES),
    ("freeze trunk until stage1.|", "HERE", {"unit1", "unit2", "unit3"}),
    ("when |", "HERE", {"experience", "new_class", "new_task"}),
    ("when new_class { | }", "HERE", VERBS),
    ("when new_class { freeze all; | }", "HERE", VERBS),
    ("output |", "HERE", {"trunk", "wide", "fine", "all"}),
    ("output all |", "HERE", {"in"}),
    ("output all in |", "HERE", {"train", "eval"}),
    ("require |", "HERE", {"memory", "parameters", "trainable"}),
    ("require parameters <= 4 |", "HERE", {"over"}),
    ("require parameters <= 4 over |", "HERE", {"tasks"}),
    ("require parameters <= |", "HERE", {"size", "drop"}),
    ("stream s = |", "TOP", {"split"}),
    ("stream s = split(classes=3, |", "TOP", {
        "experiences=", "task_labels=", "class_ids_from_zero=", "shuffle=", "seed=", "class_order=",
    }),
    ("neck a = linear(features=3, bias=|)", "HERE", {"true", "false", "size", "drop"}),
    ("neck a = linear(2 * |)", "HERE", {"size", "drop"}),
    ("neck a = Wide(|)", "HERE", {"width=", "size", "drop"}),
    ('backbone b = progressive(adapter="|")', "HERE", {"mlp", "linear"}),
    ("input |", "HERE", {"image", "features", "sequence", "tokens"}),
    ("# neck |", "HERE", set()),
    ("neck a = labels[|", "HERE", set()),
    ("model M(|", "TOP", set()),
    ("model M(width=|", "TOP", set()),
]  # fmt: skip


@pytest.mark.parametrize(("written", "where", "labels"), EXACTLY)
def test_exactly_what_can_stand_there(written, where, labels) -> None:
    found = offered(written, where)
    assert set(found) == labels
    assert len(found) == len(labels)


AMONG = [
    ("neck a = |", NECKS | {"Wide"}, {"incremental", "image", "Net"}),
    ("neck a = [relu(), |", NECKS, {"incremental"}),
    ("neck a = [\n        relu(),\n        li|\n    ]", NECKS, {"incremental"}),
    ("neck a = residual([|", NECKS, {"incremental"}),
    ("head h = |", {"incremental", "cosine", "per_task", "linear"}, {"relu", "image"}),
    ("head h = per_task(|", {"of=", "auto=", "incremental", "linear"}, {"image", "simple_cnn"}),
    ("head h = per_task(of=|", {"incremental", "linear"}, {"image", "simple_cnn"}),
    ("head h = incremental(initial=3, |", {"masking=", "index="}, {"initial="}),
    ("head h = incremental(index=|", {'"class_id"', '"compact"'}, set()),
    ('backbone b = pytorchcv("resnet20_cif|', {"resnet20_cifar10", "resnet20_cifar100"}, set()),
]


@pytest.mark.parametrize(("written", "some", "none"), AMONG)
def test_what_is_among_the_offers_and_what_is_not(written, some, none) -> None:
    found = set(offered(written))
    assert found >= some
    assert not found & none


def labels_of(text: str, **files: str) -> list[str]:
    text, offset = with_cursor(text)
    return [offer.label for offer in completion(view_of(text, **files), offset).offers]


DEEP = "clspec 1\nmodel Deep(depth=2) { input features() neck a = linear(3) }\n"
USES = 'clspec 1\nuse "blocks.clspec" as b\nmodel Net { input features(4) neck a = %s }\n'


def test_models_of_a_file_that_is_used() -> None:
    assert labels_of(USES % "b.|", blocks=DEEP) == ["Deep"]
    assert "b.Deep" in labels_of(USES % "|", blocks=DEEP)
    assert labels_of(USES % "b.Deep(|", blocks=DEEP) == ["depth="]


def test_files_beside_the_spec_and_below(tmp_path) -> None:
    (tmp_path / "blocks").mkdir()
    (tmp_path / "blocks" / "necks.clspec").write_text(DEEP)
    (tmp_path / "other.yaml").write_text("clspec: 1\n")
    (tmp_path / "notes.txt").write_text("")
    name = str(tmp_path / "net.clspec")
    for text, paths in (
        ('clspec 1\nuse "|', ["blocks/", "other.yaml", "open.clspec"]),
        ('clspec 1\nuse "blocks/|"', ["blocks/necks.clspec"]),
        ('clspec 1\nuse "../|"', []),
        ('clspec 1\nuse "/|"', []),
    ):
        clean, offset = with_cursor(text)
        found = completion(view_of(clean, name, open=DEEP), offset)
        assert [offer.label for offer in found.offers] == paths
        assert found.span.text == text.partition('"')[2].strip('|"')


def test_what_is_begun_is_replaced_and_a_component_is_called() -> None:
    text, offset = with_cursor(USES % "lin|")
    found = completion(view_of(text, blocks=DEEP), offset)
    assert found.span.text == "lin"
    (linear,) = [offer for offer in found.offers if offer.label == "linear"]
    assert (linear.called, linear.written, linear.looks) == (True, "linear", "component")
    assert linear.detail == "a fully connected layer, or a head of a fixed width"


@pytest.mark.parametrize("written", ["lin|(8)", "lin|ear(8)", "|(8)"])
def test_brackets_that_are_there_are_not_put_in_again(written) -> None:
    text, offset = with_cursor(USES % written)
    found = completion(view_of(text, blocks=DEEP), offset)
    (linear,) = [offer for offer in found.offers if offer.label == "linear"]
    assert not linear.called


YAML = """clspec: 1
use: [blocks.clspec]
streams:
  tasks: {uses: split, with: {classes: 10, experiences: 5}}
models:
  Wide:
    params: {width: 8}
    body:
      - input: x
        uses: features
      - neck: inner
        uses: linear
        with: {features: "${width}"}
  Net:
    params: {size: 64}
    body:
      - {input: x, uses: image, with: {channels: 3, height: 32, width: 32}}
      - {backbone: trunk, uses: pytorchcv, with: [resnet20_cifar10]}
      - group: fine
        from: [trunk]
        body:
          - {head: labels, uses: incremental}
          FINE
      HERE
    RULES
TOP
"""
ENTRIES = {*(f"{role}:" for role in ROLES), "when:", "after:", "do:"}


def offered_in_yaml(written: str, where: str = "HERE") -> list[str]:
    places = ("FINE", "HERE", "RULES", "TOP")
    good = "\n".join(line for line in YAML.split("\n") if line.strip() not in places)
    lines = [line for line in YAML.split("\n") if line.strip() not in places or line.strip() == where]
    text, offset = with_cursor("\n".join(lines).replace(where, written))
    view, before = (view_of(each, "/nowhere/net.yaml", blocks=DEEP) for each in (text, good))
    return [offer.label for offer in completion(view, offset, before).offers]


@pytest.mark.parametrize(
    ("written", "where", "labels"),
    [
        ("|", "TOP", set()),
        ("- |", "HERE", ENTRIES),
        ("- ne|", "HERE", ENTRIES),
        ("- neck: a\n        |", "HERE", {"uses:", "with:", "from:"}),
        ("- {neck: a, uses: linear, |", "HERE", {"with:", "from:"}),
        ("- neck: a\n        uses: linear\n        with:\n          |", "HERE", {"features:", "bias:"}),
        ("- {neck: a, uses: linear, with: {features: 3, |", "HERE", {"bias:"}),
        ("- {neck: a, uses: linear, with: {bias: |", "HERE", {"true", "false", "size"}),
        ('- {neck: a, uses: linear, with: {features: "${|', "HERE", {"size"}),
        ("- {neck: a, uses: blocks.Deep, with: {|", "HERE", {"depth:"}),
        ("- {neck: a, uses: linear, from: [|", "HERE", {"x", "trunk", "fine"}),
        ("- {neck: a, uses: flatten, from: [trunk.|", "HERE", STAGES),
        ("- {neck: a, uses: flatten, from: |", "FINE", {"trunk"}),
        ("rules:\n      - |", "RULES", {"when:", "after:", "do:"}),
        ("rules:\n      - {do: [|", "RULES", VERBS),
        ("rules:\n      - {do: [freeze |", "RULES", {"x", "trunk", "fine"}),
        ("rules:\n      - do: [freeze trunk until |", "RULES", STAGES),
        ("rules:\n      - {when: |", "RULES", {"experience", "new_class", "new_task"}),
        ("output: [|", "RULES", {"trunk", "fine"}),
        ('require: ["|', "RULES", {"memory", "parameters", "trainable"}),
        ('require: ["parameters <= 4 over |', "RULES", {"tasks"}),
        ("|", "RULES", {"doc:", "rules:", "output:", "require:"}),
        ("# |", "HERE", set()),
        ("doc: |", "RULES", set()),
    ],
)
def test_exactly_what_can_stand_there_in_yaml(written, where, labels) -> None:
    found = offered_in_yaml(written, where)
    assert set(found) == labels
    assert len(found) == len(labels)


@pytest.mark.parametrize(
    ("written", "some", "none"),
    [
        ("- {neck: a, uses: |", NECKS | {"Wide", "blocks.Deep"}, {"incremental", "Net"}),
        ("- neck: a\n        uses:\n          - |", NECKS, {"incremental"}),
        ("- {head: a, uses: inc|", {"incremental", "per_task"}, {"relu"}),
        ("- {head: a, uses: per_task, with: {of: {uses: |", {"incremental", "linear"}, {"image"}),
        ("- {head: a, uses: incremental, with: {index: |", {'"class_id"', '"compact"'}, set()),
        ("- {backbone: a, uses: pytorchcv, with: {name: resnet20|", {"resnet20_cifar10"}, set()),
    ],
)
def test_what_is_among_the_offers_in_yaml(written, some, none) -> None:
    found = set(offered_in_yaml(written))
    assert found >= some
    assert not found & none


def test_a_text_that_says_nothing_yet() -> None:
    assert labels_of("|") == ["clspec", "model", "stream", "use"]
    view = view_of("", "/nowhere/net.yaml")
    assert {offer.label for offer in completion(view, 0).offers} == {"clspec:", "use:", "streams:", "models:"}
