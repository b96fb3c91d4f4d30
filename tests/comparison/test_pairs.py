"""Pairs of specs with what `clspec diff` and `clspec breaking` say of them, held against what torch does."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch.utils.data import TensorDataset

import clspec
from clspec.analyses.streams import choose_stream
from clspec.comparison.answers import pair_answers
from clspec.comparison.matching import match
from clspec.comparison.state import Key
from clspec.driver import analyse
from tests.comparison.test_keys import pattern

torch.set_num_threads(1)
PAIRS = sorted(path for path in (Path(__file__).parents[1] / "pairs").iterdir() if path.is_dir())
each_pair = pytest.mark.parametrize("pair", PAIRS, ids=lambda path: path.name)


@pytest.fixture
def specs(pair: Path, monkeypatch) -> tuple[str, str]:
    """OLD and NEW, called as somebody would who stands in their folder."""
    monkeypatch.chdir(pair)
    return "old.clspec", "new.yaml" if Path("new.yaml").exists() else "new.clspec"


@each_pair
def test_what_changed(pair, specs, golden) -> None:
    changed = [clspec.diff(*specs), clspec.diff(*specs, at=1, stream="tasks")]
    golden("\n\n".join(map(str, changed)) + "\n", pair / "diff.txt")
    assert json.loads(json.dumps(changed[1].to_dict())) == changed[1].to_dict()
    assert clspec.diff(specs[0], specs[0], at=1, stream="tasks").same


@each_pair
def test_what_breaks(pair, specs, golden) -> None:
    judged = [clspec.breaking(*specs, strictness=each) for each in ("names", "heads", "weights")]
    verdicts = [str(each).partition("\n")[0] for each in judged[1:]]
    golden("\n".join([str(judged[0]), "", *verdicts]) + "\n", pair / "breaking.txt")
    assert json.loads(json.dumps(judged[0].to_dict())) == judged[0].to_dict()
    assert not clspec.breaking(specs[1], specs[1]).losses


# ---- against torch


def grown(spec: str, experiences: int) -> torch.nn.Module:
    analysis = analyse(spec)
    model = clspec.compile(analysis.spec)
    sizes = analysis.flow.outputs[analysis.wiring.inputs[""][0]].sizes
    for arriving in choose_stream(analysis.spec, "tasks")[:experiences]:
        targets = torch.tensor([*arriving.classes] * 4)[:4]
        samples = TensorDataset(torch.randn(4, *sizes), targets, torch.full_like(targets, arriving.task_labels[0]))
        experience = replace(arriving, dataset=samples)
        model.adaptation(experience)
        model.post_adaptation(experience)
    return model


def refusal(model: torch.nn.Module, state: dict) -> str:
    """Why a model does not take a state; "" where it does."""
    try:
        model.load_state_dict(state)
    except (RuntimeError, ValueError) as error:
        return str(error)
    return ""


def named_in(said: str, lead: str) -> set[str]:
    """The keys that torch lists behind these words, those of one part of growth as one."""
    listed = re.search(rf"{lead} key\(s\) in state_dict: (.*?)\. ?\n", said + "\n")
    return {pattern(key) for key in re.findall(r'"([^"]+)"', listed[1])} if listed else set()


def covers(told: set[str], keys: set[str]) -> bool:
    """Whether what was told is just these keys; `trunk.*` stands for all that begin so."""
    whole = tuple(key.removesuffix("*") for key in told if key.endswith(".*"))
    exact = {key for key in told if not key.endswith(".*")}
    return exact <= keys and all(key in exact or (whole and key.startswith(whole)) for key in keys)


@each_pair
@pytest.mark.parametrize("experiences", [0, 2])
def test_load_state_dict_refuses_what_was_said_to_break(pair, specs, experiences) -> None:
    """Grown or not, OLD's state loads into NEW where nothing of it moves, is lost or new; else torch names these."""
    keys = clspec.breaking(*specs).keys
    state = grown(specs[0], experiences).state_dict()
    before, after = {pattern(key) for key in state}, grown(specs[1], experiences)
    said = refusal(after, state)
    broken = [key for key in keys if key.fate not in ("stays", "grows") and occurs(key, before, after)]
    assert bool(said) == bool(broken), (said, broken)
    if "saved growth is not that of" in said:  # it stops at the first log
        assert any(key.fate == "lost" and key.into_sizes and "log" in str(key.sizes) for key in keys)
        return
    here = {key.key for key in keys if key.fate != "new"}
    there = {key.key for key in keys if key.fate == "new"} | {key.into for key in keys if key.into}
    assert covers({key for key in here - there if occurs_in(key, before)}, named_in(said, "Unexpected"))
    # Torch never misses a batch-norm's count, for the sake of states from before there was one.
    new = {pattern(key) for key in after.state_dict() if not key.endswith("num_batches_tracked")}
    assert covers({key for key in there - here if occurs_in(key, new)}, named_in(said, "Missing"))
    resized = {pattern(key) for key in re.findall(r"size mismatch for (\S+):", said)}
    same_place = {key.key: key for key in keys if key.fate == "lost" and key.into == key.key}
    assert resized == {
        key for key, each in same_place.items() if occurs_in(key, before) and each.sizes != each.into_sizes
    }


@each_pair
def test_where_heads_loses_nothing_the_answers_are_those_of_old(pair, specs, tmp_path) -> None:
    """What OLD learnt, carried along into NEW, answers the same, whatever has another name by then."""
    if clspec.breaking(*specs, strictness="heads").losses:
        return
    before, after = analyse(specs[0]), analyse(specs[1])
    model = grown(specs[0], 2)
    clspec.save_checkpoint(model, tmp_path / "model.safetensors")
    loaded, _ = clspec.load_checkpoint(tmp_path / "model.safetensors", spec=specs[1], strictness="heads")
    inputs = [torch.randn(5, *before.flow.outputs[name].sizes) for name in before.wiring.inputs[""]]
    labels = [torch.tensor([0, 1, 1, 0, 1])] if model.NEEDS_TASK_LABELS else []
    with torch.no_grad():
        old, new = (each.eval()(*inputs, *labels) for each in (model, loaded))
    for one, other in pair_answers(before, after, match(before, after)):
        if one is not None and "train" not in (one.mode, other.mode):
            assert torch.allclose(old[one.key] if one.key else old, new[other.key] if other.key else new, atol=1e-5)


def occurs(key: Key, before: set[str], after: torch.nn.Module) -> bool:
    new = {pattern(name) for name in after.state_dict()}
    return occurs_in(key.key, new if key.fate == "new" else before)


def occurs_in(key: str, patterns: set[str]) -> bool:
    return key in patterns or (key.endswith(".*") and any(each.startswith(key.removesuffix("*")) for each in patterns))
