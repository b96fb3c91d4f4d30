"""Whole specs with what is made of them, side by side as files: `pytest --update-golden` writes them anew."""

from __future__ import annotations

import ast
import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch.utils.data import TensorDataset

import clspec
from clspec.analyses.streams import choose_stream
from clspec.driver import analyse, show

torch.set_num_threads(1)
CASES = sorted(path for path in (Path(__file__).parent / "cases").iterdir() if path.is_dir())
SEEDS = {"seed": 7}
each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@each_case
def test_both_syntaxes_say_the_same(case: Path) -> None:
    written, yaml = clspec.parse(case / "spec.clspec"), clspec.parse(case / "spec.yaml")
    assert {finding.code for finding in clspec.check(written)} <= {"CL308"}  # a warning, meant in two cases
    assert written == yaml


@each_case
def test_plan(case: Path, golden) -> None:
    plan = str(clspec.plan(case / "spec.clspec")).replace(f"{case}/", "")
    golden(plan + "\n", case / "plan.txt")


STAGES = {"document": "document.txt", "ir": "ir.json", "shapes": "shapes.txt"}


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("name", ["doc_strings", "groups_in_groups", "slices"])
def test_stages_before_the_source(name: str, stage: str, golden) -> None:
    case = Path(__file__).parent / "cases" / name
    golden(show(case / "spec.clspec", stage), case / STAGES[stage])
    if stage != "document":  # from then on the two syntaxes are one
        assert show(case / "spec.yaml", stage) == (case / STAGES[stage]).read_text()


@each_case
def test_every_stage_can_be_shown(case: Path) -> None:
    """The tree has a line for each statement at its place, the JSON no place, the table a line for each part."""
    path = case / "spec.clspec"
    assert show(path, "document").count(" ModelStatement") == len(clspec.parse(path).models)
    data = json.loads(show(path, "ir"))
    assert [model["name"]["text"] for model in data["models"]] == [m.name.text for m in clspec.parse(path).models]
    assert "span" not in show(path, "ir") and str(case) not in show(path, "ir")
    paths = [line.split()[0] for line in show(path, "shapes").splitlines()[1:]]
    assert {part.path for part in analyse(path).model.walk()} <= set(paths)
    assert show(path, "plan") == f"{clspec.plan(path)}\n"


@each_case
def test_source(case: Path, golden) -> None:
    text = clspec.emit(case / "spec.clspec", seed=SEEDS.get(case.name))
    golden(text, case / "model.py")
    written, _, _ = text.partition(".SPEC = ")  # what follows is the spec's own text
    assert max(map(len, written.splitlines())) <= 120


@each_case
def test_the_two_syntaxes_give_the_same_code(case: Path) -> None:
    """But for the header and the end, which hold the file's name and text, and the lines that rules stand on."""
    trees = [ast.parse(clspec.emit(case / name)) for name in ("spec.clspec", "spec.yaml")]
    assert ast.dump(ast.Module(trees[0].body[1:-1], [])) == ast.dump(ast.Module(trees[1].body[1:-1], []))


@each_case
def test_pictures(case: Path, golden) -> None:
    golden(clspec.render(case / "spec.clspec").source, case / "model.dot")
    golden(clspec.render(case / "spec.clspec", view="evolution").source, case / "evolution.dot")


@each_case
def test_it_trains(case: Path) -> None:
    """Every case is a model: it adapts over its stream as forecast, and a step moves what is not frozen."""
    analysis = analyse(case / "spec.clspec")
    stream = choose_stream(analysis.spec, None)
    inputs = [torch.randn(4, *analysis.flow.outputs[name].sizes) for name in analysis.wiring.inputs[""]]
    model = clspec.compile(analysis.spec)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for arriving, row in zip(stream, clspec.simulate(analysis.spec).rows, strict=True):
        targets = torch.tensor([*arriving.classes] * 4)[:4]
        samples = TensorDataset(inputs[0], targets, torch.full_like(targets, arriving.task_labels[0]))
        experience = replace(arriving, dataset=samples)  # for what fits statistics
        assert model.adaptation(experience, optimizer=optimizer).changes == row.changes
        task = [row.task_labels[0]] if model.NEEDS_TASK_LABELS else []
        answer = model(*inputs, *task)
        answers = answer.values() if isinstance(answer, dict) else [answer]
        loss = sum(each.clamp(min=-5).square().mean() for each in answers)
        if loss.requires_grad:
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        assert model.post_adaptation(experience).changes == row.after
