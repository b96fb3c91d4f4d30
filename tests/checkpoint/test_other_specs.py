"""A checkpoint put into another spec: what moved is carried along, and what is lost is told as `breaking` tells it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch.utils.data import TensorDataset

import clspec
from clspec.analyses.streams import choose_stream
from clspec.comparison.carrying import Names
from clspec.comparison.verdict import loss_lines
from clspec.driver import analyse

torch.set_num_threads(1)
PAIRS = sorted(path for path in (Path(__file__).parents[1] / "pairs").iterdir() if path.is_dir())
each_pair = pytest.mark.parametrize("pair", PAIRS, ids=lambda path: path.name)


def specs(pair: Path) -> tuple[Path, Path]:
    return pair / "old.clspec", next(pair / name for name in ("new.yaml", "new.clspec") if (pair / name).exists())


def trained(spec: Path, experiences: int, path: Path) -> tuple[torch.nn.Module, dict]:
    """A model that learnt, saved with its optimizer, whose state comes with it."""
    analysis = analyse(spec)
    model = clspec.compile(analysis.spec)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    sizes = [analysis.flow.outputs[name].sizes for name in analysis.wiring.inputs[""]]
    for arriving in choose_stream(analysis.spec, "tasks")[:experiences]:
        inputs = [torch.randn(4, *each) for each in sizes]
        targets = torch.tensor([*arriving.classes] * 4)[:4]
        samples = TensorDataset(inputs[0], targets, torch.full_like(targets, arriving.task_labels[0]))
        experience = replace(arriving, dataset=samples)
        model.adaptation(experience, optimizer)
        answer = model(*inputs, *([arriving.task_labels[0]] if model.NEEDS_TASK_LABELS else []))
        answers = answer.values() if isinstance(answer, dict) else [answer]
        loss = sum(each.clamp(min=-9).square().mean() for each in answers)
        if loss.requires_grad:
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
        model.post_adaptation(experience, optimizer)
    clspec.save_checkpoint(model, path, optimizer)
    return model, clspec.optimizer_state(optimizer, model)["state"]


@each_pair
@pytest.mark.parametrize("strictness", ["weights", "heads", "names"])
def test_a_checkpoint_goes_into_another_spec_where_nothing_that_counts_is_lost(pair, strictness, tmp_path) -> None:
    old, new = specs(pair)
    path = tmp_path / "model.safetensors"
    model, before = trained(old, 2, path)
    judged = clspec.breaking(old, new, strictness=strictness)
    if judged.losses:
        with pytest.raises(clspec.CheckpointError) as caught:
            clspec.load_checkpoint(path, spec=new, strictness=strictness)
        assert str(caught.value).startswith(f"{path}: it does not fit {new}: ")
        assert str(caught.value).splitlines()[1:] == [f"  {line}" for line in loss_lines(judged)]
        return
    loaded, optimizer = clspec.load_checkpoint(path, spec=new, strictness=strictness)
    names, after = Names(judged.keys), loaded.state_dict()
    for key, tensor in model.state_dict().items():
        if not key.endswith("_extra_state"):
            assert torch.equal(after[names.of(key)], tensor), key
    parts = {placed[0] for placed in model.class_map()}
    moved = {part: names.below(part, model.state_dict()) for part in parts}
    assert {(moved[part], *rest) for part, *rest in model.class_map()} <= set(loaded.class_map())
    held = clspec.optimizer_state(optimizer, loaded)
    assert held["state"].keys() == {names.of(name) for name in before}
    for name, entry in before.items():
        assert all(torch.equal(value, held["state"][names.of(name)][key]) for key, value in entry.items())
    in_groups = {name for group in held["param_groups"] for name in group["params"]}
    assert in_groups == {name for name, _ in loaded.named_parameters()}
    (coming,) = choose_stream(clspec.parse(new), "tasks")[2:3]
    x = [torch.randn(4, *loaded.INPUTS[name]) for name in loaded.INPUTS]
    targets = torch.tensor([*coming.classes] * 4)[:4]
    samples = TensorDataset(x[0], targets, torch.full_like(targets, coming.task_labels[0]))
    loaded.adaptation(replace(coming, dataset=samples), optimizer)  # it goes on learning


TEXT = """clspec 1
model Net {{
    input features(4)
    neck {neck} = [linear(4), relu(), linear(4)]
    head a = incremental()
    {rules}
}}
"""


def through(before: str, after: str, path: Path, strictness="weights", name="body", finished=True):
    """A model of one spec that met an experience, saved, and what comes of it in another."""
    model = clspec.compile(clspec.parse_string(before))
    model.adaptation(clspec.Experience([0, 1], index=0))
    if finished:
        model.post_adaptation()
    clspec.save_checkpoint(model, path)
    return model, clspec.load_checkpoint(path, spec=clspec.parse_string(after), strictness=strictness)[0]


def frozen(model) -> set[str]:
    return {name for name, parameter in model.named_parameters() if not parameter.requires_grad}


def test_what_stood_still_does_so_under_its_other_name(tmp_path) -> None:
    before = TEXT.format(neck="body", rules="after experience { freeze body, a[0] }")
    after = TEXT.format(neck="hidden", rules="after experience { freeze hidden, a[0] }")
    model, loaded = through(before, after, tmp_path / "m.safetensors")
    assert (
        frozen(loaded)
        == {name.replace("body", "hidden") for name in frozen(model)}
        == frozen(model.__class__())
        | {f"hidden.{layer}.{name}" for layer in (0, 2) for name in ("weight", "bias")}
        | {f"a.generations.0.{name}" for name in ("weight", "bias")}
    )
    loaded.train()
    loaded.adaptation(clspec.Experience([2], index=1))
    assert "a.generations.1.weight" not in frozen(loaded)


def test_rules_that_hold_from_the_start_are_those_of_the_other_spec(tmp_path) -> None:
    plain, still = TEXT.format(neck="body", rules=""), TEXT.format(neck="body", rules="freeze body")
    assert frozen(through(plain, still, tmp_path / "m.safetensors")[1]) == frozen(
        clspec.compile(clspec.parse_string(still))
    )
    assert frozen(through(still, plain, tmp_path / "m.safetensors")[1]) == set()
    also = TEXT.format(neck="body", rules="freeze body until 1\n after experience { freeze body }")
    kept = TEXT.format(neck="body", rules="after experience { freeze body }")
    model, loaded = through(also, kept, tmp_path / "m.safetensors")
    assert frozen(loaded) == frozen(model) != set()


def test_rules_that_wait_are_found_in_the_other_plan(tmp_path) -> None:
    before = TEXT.format(neck="body", rules="after experience { reset body }\n after experience { freeze body }")
    after = TEXT.format(neck="body", rules="when new_task { reset a }\n after experience { freeze body }")
    with pytest.raises(clspec.CheckpointError, match="rule lost: after experience: reset body"):
        through(before, after, tmp_path / "m.safetensors", "names", finished=False)
    _, loaded = through(before, after, tmp_path / "m.safetensors", finished=False)
    assert loaded.post_adaptation().changes == ("body: frozen",)


def test_what_cannot_be_put_into_another_spec(saved) -> None:
    with pytest.raises(ValueError, match='unknown strictness "all"; one of: weights, heads, names'):
        clspec.load_checkpoint(saved, spec=clspec.parse_string(TEXT.format(neck="body", rules="")), strictness="all")
    with pytest.raises(clspec.SpecError, match=r'CL106\]: the file has no model "Small"'):
        clspec.load_checkpoint(saved, spec=clspec.parse_string(TEXT.format(neck="body", rules="")))
    with pytest.raises(clspec.SpecError, match="CL401"):
        clspec.load_checkpoint(
            saved, spec=clspec.parse_string(TEXT.format(neck="body", rules="freeze it")), model="Net"
        )
