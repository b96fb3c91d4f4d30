"""Pictures of compiled models: they name what the model itself names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch

import clspec
from clspec.diagrams.model_scene import make_scene
from clspec.diagrams.scene import Box, Scene
from clspec.driver import analyse

ROOT = Path(__file__).parents[2]
BASE = "clspec 1 stream s = split(classes=4, experiences=2, task_labels=true) "
ENDS = {
    "one": "model M { input features(4) head a = incremental() }",
    "one in a group": "model M { input features(4) neck n = linear(3) group g from n { head a = incremental() } }",
    "two": "model M { input features(4) neck n = linear(3) head a = cosine() head b = per_task(cosine()) from n }",
    "a group of two alone": (
        "model M { input features(4) neck n = linear(3) group g from n { head a = cosine() head b = cosine() } }"
    ),
    "groups in groups": (
        "model M { input features(4) neck n = linear(3) head own = cosine() from n "
        "group g from n { head a = cosine() group h { head b = cosine() head c = cosine() } "
        "group i { head d = cosine() } } }"
    ),
    "nested models": (
        "model Two { input features() head a = cosine() head b = cosine() } "
        "model One { input features() head a = cosine() } "
        "model M { input features(4) neck n = linear(3) head two = Two() from n head one = One() from n }"
    ),
    "chosen": (
        "model M { input features(4) neck n = linear(3) head a = cosine() from n head b = cosine() from n "
        "group g from n { head c = cosine() head d = cosine() output d } output g, b }"
    ),
    "train and eval": "model M { input features(4) head a = train_eval(incremental(), nearest_mean()) }",
}


def drawn_outputs(source: str) -> list[str]:
    """The words at the ends of the arrows that leave the model."""
    found = re.findall(r'^ *"(?:output:[^"]*|:output)" \[.*?<B>([^<]*)</B>', source, re.MULTILINE)
    return list(found)


@pytest.mark.parametrize("kind", ENDS)
def test_outputs_have_the_keys_that_the_model_returns(kind: str) -> None:
    spec = clspec.parse_string(BASE + ENDS[kind])
    model = clspec.compile(spec, "M")
    given = model(torch.zeros(2, 4), torch.zeros(2, dtype=torch.long)) if labelled(spec) else model(torch.zeros(2, 4))
    keys: list[str] = sorted(given) if isinstance(given, dict) else ["output"]  # pyright: ignore[reportUnknownArgumentType]
    assert sorted(drawn_outputs(clspec.render(spec, model="M").source)) == keys


def labelled(spec: clspec.Spec) -> bool:
    return analyse(spec, "M").model.needs_task_labels


def test_the_outputs_of_the_tutorial() -> None:
    spec = ROOT / "specs" / "tutorial" / "nested_modules.clspec"
    assert sorted(drawn_outputs(clspec.render(clspec.parse(spec)).source)) == ["coarse", "fine"]


MANY = (
    BASE
    + """
model Many {
    input features(12)
    backbone columns = progressive(hidden=8)
    neck hidden = [linear(6), relu()] from x
    head ncm = nearest_mean() from hidden
    head both = train_eval(incremental(), nearest_mean()) from hidden
    head per = per_task(cosine()) from columns
    head fits = per_task(streaming_lda()) from hidden
    head inc = incremental(index="compact") from hidden
    when new_class { freeze inc[:-1] }
    after experience { align inc }
    when experience 1.. { freeze per[0][-1] }
}
"""
)


def many() -> tuple[Scene, dict[str, Box]]:
    scene = make_scene(analyse(clspec.parse_string(MANY)))
    return scene, {box.path: box for top in scene.boxes for box in (top, *top.children)}


def test_a_rule_on_slices_puts_its_chip_on_the_part() -> None:
    scene, boxes = many()
    reached = {path: [scene.rules[number - 1].what for number in box.rules] for path, box in boxes.items()}
    assert reached["inc"] == ["expand inc", "freeze inc[:-1]", "align inc"]
    assert reached["per"][-1] == "freeze per[0][-1]"
    assert reached["columns"] == ["branch columns", "freeze columns[:-1]"]


def test_both_heads_of_train_eval_are_drawn() -> None:
    scene, boxes = many()
    assert [child.path for child in boxes["both"].children] == ["both.train_classifier", "both.eval_classifier"]
    reached = [scene.rules[number - 1].what for number in boxes["both.eval_classifier"].rules]
    assert reached == ["expand both.eval_classifier", "observe both.eval_classifier"]
    ends = [(arrow.source, arrow.output) for arrow in scene.arrows if arrow.source.startswith("both.")]
    assert ends == [("both.train_classifier", "both"), ("both.eval_classifier", "both")]


def test_columns_and_statistics_are_told_apart() -> None:
    _, boxes = many()
    assert {path for path, box in boxes.items() if box.columns} == {"columns"}
    assert {path for path, box in boxes.items() if box.fits} == {"ncm", "both.eval_classifier", "fits"}
    assert [boxes[path].member for path in ("columns", "per")] == ["column", "head"]


def test_every_kind_is_drawn_in_every_view() -> None:
    spec = clspec.parse_string(MANY)
    for source in (
        clspec.render(spec).source,
        clspec.render(spec, at=1).source,
        clspec.render(spec, "evolution").source,
    ):
        assert "fits statistics" in source and "column 0 · task 0" in source


CASES = ROOT / "tests" / "cases"


def test_a_tap_says_what_it_reads_wherever_it_leads() -> None:
    scene = make_scene(analyse(CASES / "taps" / "spec.clspec"))
    labels = {(arrow.source, arrow.target): arrow.label for arrow in scene.arrows}
    assert labels["trunk.stem.wide", "early"] == labels["trunk.stem.wide", "again"] == "stem.wide · 12"
    assert labels["trunk.middle.act", "middle"] == "middle · 6"
    assert labels["trunk.middle.hidden", "fine.fused"] == "middle.hidden · 6"  # through the group's sources
    assert labels["trunk.middle.hidden", "trunk.middle.act"] == "6"  # inside the trunk nothing is tapped
    assert labels["trunk.code", "fine.fused"] == "3"


def test_what_only_one_mode_gives_says_so() -> None:
    source = clspec.render(CASES / "outputs_inside" / "spec.clspec").source
    assert sorted(drawn_outputs(source)) == ["fine in eval", "fine in train", "nested in eval", "nested in train"]


def test_every_source_of_a_merge_is_drawn() -> None:
    scene = make_scene(analyse(CASES / "merges" / "spec.clspec"))
    assert {arrow.source for arrow in scene.arrows if arrow.target == "both.fused"} == {"flat", "other", "extra"}
    assert {arrow.source for arrow in scene.arrows if arrow.target == "joined"} == {"left", "right"}


def test_a_part_of_a_used_file_leads_to_its_line_there() -> None:
    source = clspec.render(CASES / "uses" / "spec.clspec").source
    assert 'URL="spec.clspec#L16"' in source and "(line 16)" in source
    assert 'URL="blocks/heads.yaml#L8"' in source and "(line 8 of blocks/heads.yaml)" in source
    assert 'URL="blocks/necks.clspec#L6"' in source
