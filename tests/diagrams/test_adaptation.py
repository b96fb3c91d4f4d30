"""The adaptation view: from triggers over actions to the parts that they reach."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

import clspec
from clspec.diagrams.effects import find_effects
from clspec.diagrams.model_scene import make_scene
from clspec.diagrams.options import Options
from clspec.driver import analyse

from .scenes import class_incremental, frozen_backbone, task_incremental
from .test_views import words

ROOT = Path(__file__).parents[2]
SPECS = sorted({*ROOT.glob("specs/**/*.clspec")} - {*ROOT.glob("specs/blocks/*")})


def arrows(source: str) -> set[tuple[str, str]]:
    seen = [line for line in source.splitlines() if "invis" not in line]
    return {(pair[0], pair[1]) for line in seen for pair in re.findall(r'^ *"([^"]*)" -> "([^"]*)"', line)}


def test_a_trigger_leads_to_its_rules_and_they_to_the_parts() -> None:
    source = task_incremental().drawn("adaptation").source
    assert arrows(source) == {
        *(("when:0", "rule:1"), ("when:0", "rule:4"), ("when:1", "rule:2"), ("when:2", "rule:3")),
        *(("rule:1", "heads"), ("rule:2", "heads"), ("rule:3", "trunk"), ("rule:4", "heads")),
    }
    said = words(source)
    assert "3 tasks, rule by rule" in said
    assert re.search(r"freeze\s+R3 trunk until stage2 line 14", said)
    assert re.search(r"branch\s+R1 heads its own rule · line 12", said)


@pytest.mark.parametrize("spec", SPECS, ids=lambda path: path.stem)
def test_every_rule_of_the_plan_is_drawn_and_reaches_what_it_names(spec: Path) -> None:
    plan, drawn = clspec.plan(spec).rules, clspec.render(spec, "adaptation")
    assert {f"rule:{number}" for number in range(1, len(plan) + 1)} == {head for _, head in arrows(drawn.source)} & {
        f"rule:{number}" for number in range(1, 100)
    }
    for number, planned in enumerate(plan, 1):
        ends = {head for tail, head in arrows(drawn.source) if tail == f"rule:{number}"}
        # The inside of a per-task part is drawn as the part.
        assert all(planned.rule.part == end or planned.rule.part.startswith(f"{end}.") for end in ends)
        assert len(ends) == 1
        assert f"R{number} " in drawn.text and f'"R{number} ' in drawn.mermaid


def test_what_no_rule_reaches_is_named() -> None:
    drawn = clspec.render(ROOT / "specs" / "tutorial" / "nested_modules.clspec", "adaptation")
    assert "no rule reaches proj.body, fine.hidden" in words(drawn.source)
    assert "no rule reaches proj.body, fine.hidden\n" in drawn.text
    fused = find_effects(*scene_of(ROOT / "specs" / "two_heads.clspec"))
    assert fused.others == ()  # what has no weights is nothing that a rule could have reached


def scene_of(spec: Path):
    analysis = analyse(spec)
    return make_scene(analysis), clspec.simulate(spec).initial


def test_a_rule_of_the_model_itself_reaches_the_whole() -> None:
    example = class_incremental()
    rule = replace(example.scene.rules[0], number=2, what="freeze ")
    drawn = replace(example, scene=replace(example.scene, rules=(*example.scene.rules, rule))).drawn("adaptation")
    assert ("rule:2", "whole") in arrows(drawn.source) and "the whole model" in words(drawn.source)
    assert "rule_2 --> whole" in drawn.mermaid


def test_a_rule_on_a_part_takes_what_is_in_it_along() -> None:
    drawn = frozen_backbone().drawn("adaptation").source
    assert ("rule:2", "backbone") in arrows(drawn)
    assert not any(head.startswith("backbone.") for _, head in arrows(drawn))


def test_a_closed_box_stands_for_the_parts_in_it() -> None:
    spec = ROOT / "specs" / "tutorial" / "nested_modules.clspec"
    heads = {
        head for tail, head in arrows(clspec.render(spec, "adaptation", depth=1).source) if tail.startswith("rule")
    }
    assert heads == {"features", "coarse", "fine"}


def test_a_model_without_rules_says_so() -> None:
    example = class_incremental()
    boxes = tuple(replace(box, rules=()) for box in example.scene.boxes)
    drawn = replace(example, scene=replace(example.scene, rules=(), boxes=boxes)).drawn("adaptation")
    for said in (words(drawn.source), drawn.text, drawn.mermaid):
        assert "nothing grows, is added or is frozen" in said


def test_the_triggers_keep_their_order_whichever_way_the_picture_runs() -> None:
    for direction, pair in (("LR", '"when:1" -> "when:0"'), ("TB", '"when:0" -> "when:1"')):
        drawn = task_incremental().drawn("adaptation", options=Options(direction=direction))  # pyright: ignore[reportArgumentType]
        assert f'{pair} [style="invis"]' in drawn.source


def test_the_text_is_a_table_of_rules_and_one_of_parts() -> None:
    rules, parts = task_incremental().drawn("adaptation").text.split("\n\n")[1:]
    assert [line.split()[0] for line in rules.splitlines()] == ["rule", "R1", "R2", "R3", "R4"]
    assert "R4    when a new task arrives  freeze  heads[:-1]          line 15" in rules
    assert [line.split()[0] for line in parts.splitlines()] == ["part", "trunk", "heads"]
    assert parts.splitlines()[1].endswith("PART FROZEN · R3")
