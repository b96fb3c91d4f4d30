"""Pictures of models as they have grown."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

import clspec

ROOT = Path(__file__).parents[2]
SPECS = [*sorted((ROOT / "specs" / "tutorial").glob("*.clspec")), ROOT / "specs" / "two_heads.clspec"]


def grown(spec: Path, experiences: int) -> nn.Module:
    """The model after so many experiences of its spec's stream."""
    forecast = clspec.simulate(spec)
    model = clspec.compile(spec, seed=0)
    for row in forecast.rows[:experiences]:
        model.adaptation(  # pyright: ignore[reportCallIssue]
            clspec.Experience(classes=list(row.classes), task_labels=list(row.task_labels), index=row.experience)
        )
    return model


@pytest.mark.parametrize("spec", SPECS[:-1], ids=lambda path: path.stem)
def test_a_new_model_is_drawn_as_its_spec_without_a_stream(spec: Path, tmp_path: Path) -> None:
    text = "\n".join(line for line in spec.read_text("utf-8").splitlines() if not line.startswith("stream"))
    alone = tmp_path / spec.name
    alone.write_text(text)
    drawn, expected = clspec.render(clspec.compile(alone)), clspec.render(alone)
    assert drawn.source == expected.source
    assert (drawn.text, drawn.mermaid) == (expected.text, expected.mermaid)


@pytest.mark.parametrize("spec", SPECS, ids=lambda path: path.stem)
def test_a_grown_model_is_drawn_with_the_states_that_its_forecast_tells(spec: Path) -> None:
    model = grown(spec, 3)
    text = clspec.render(model).text
    whole = clspec.simulate(spec).rows[2]
    assert f"{whole.parameters:,} params, {whole.trainable:,} train" in text
    assert "to come" not in text and "LATER" not in text and "not claimed" not in text


def test_what_was_frozen_by_hand_is_drawn_frozen() -> None:
    model = clspec.compile(ROOT / "specs" / "tutorial" / "nested_modules.clspec")
    model.get_submodule("features").requires_grad_(False)
    lines = clspec.render(model).text.splitlines()
    assert [line.endswith("FROZEN · R4") for line in lines if line.startswith("├─ features")] == [True]


def test_a_model_from_a_checkpoint_is_drawn_as_the_one_saved(tmp_path: Path) -> None:
    model = grown(SPECS[0], 2)
    clspec.save_checkpoint(model, tmp_path / "m.safetensors")
    loaded, _ = clspec.load_checkpoint(tmp_path / "m.safetensors")
    assert clspec.render(loaded).source == clspec.render(model).source


def test_drawing_changes_nothing_in_the_model() -> None:
    model = grown(SPECS[0], 1)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items() if isinstance(tensor, torch.Tensor)}
    generator = torch.get_rng_state()
    clspec.render(model)
    assert torch.equal(torch.get_rng_state(), generator)
    assert all(torch.equal(model.state_dict()[name], tensor) for name, tensor in before.items())


def test_a_used_file_goes_with_the_model() -> None:
    spec = ROOT / "tests" / "cases" / "uses" / "spec.clspec"
    assert "blocks/heads.yaml" in clspec.render(clspec.compile(spec)).source


@pytest.mark.parametrize(
    "thing", [nn.Linear(2, 2), nn.Sequential(nn.ReLU()), 5, None, object()], ids=lambda each: type(each).__name__
)
def test_what_was_not_compiled_from_a_spec_says_so(thing: object) -> None:
    with pytest.raises(TypeError, match="is neither a spec nor a model that was compiled from one"):
        clspec.render(thing)  # pyright: ignore[reportArgumentType]


def test_a_model_has_neither_stream_nor_parameters_to_set() -> None:
    model = clspec.compile(SPECS[0])
    with pytest.raises(ValueError, match="at, params can be told of a spec only"):
        clspec.render(model, at=1, params={"width": 3})
    with pytest.raises(ValueError, match="draw its spec"):
        clspec.render(model, "evolution")
