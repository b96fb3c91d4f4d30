"""The specs that we ship: each checks, compiles, adapts, trains and is drawn; those of the tutorial do as it says."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import clspec
from clspec.analyses.streams import choose_stream
from clspec.driver import analyse

from .samples import with_samples

torch.set_num_threads(1)
SPECS = Path(__file__).parent.parent / "specs"
BLOCKS = sorted(SPECS.glob("blocks/*.clspec"))
FILES = sorted({*SPECS.glob("**/*.clspec")} - {*BLOCKS})
TUTORIAL = SPECS / "tutorial"
each_spec = pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")


def batch(path: Path, size: int = 4) -> list[torch.Tensor]:
    analysis = analyse(path)
    return [torch.randn(size, *analysis.flow.outputs[name].sizes) for name in analysis.wiring.inputs[""]]


def answers(model, inputs, task=None) -> dict[str, torch.Tensor]:
    answer = model(*inputs, *([task] if model.NEEDS_TASK_LABELS else []))
    return answer if isinstance(answer, dict) else {"": answer}


@pytest.mark.parametrize("path", BLOCKS, ids=lambda path: path.stem)
def test_parts_for_others_check_and_have_an_equal_twin_in_yaml(path) -> None:
    assert clspec.check(path) == []
    assert clspec.parse(path) == clspec.parse(path.with_suffix(".yaml"))


@each_spec
def test_it_checks_and_has_an_equal_twin_in_yaml(path) -> None:
    assert clspec.check(path) == []
    assert clspec.parse(path) == clspec.parse(path.with_suffix(".yaml"))


@each_spec
def test_it_grows_as_forecast_and_every_step_trains(path) -> None:
    torch.manual_seed(0)
    model = clspec.compile(path)
    inputs = batch(path)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    for arriving, row in zip(choose_stream(clspec.parse(path), None), clspec.simulate(path).rows, strict=True):
        experience = with_samples(arriving, inputs[0])
        assert model.adaptation(experience, optimizer=optimizer).changes == row.changes
        before = {name: parameter.clone() for name, parameter in model.named_parameters()}
        trainable = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
        targets = experience.dataset.tensors[1]
        outputs = answers(model, inputs, next(iter(experience.task_labels)))
        loss = sum(torch.nn.functional.cross_entropy(each, targets) for each in outputs.values())
        assert torch.isfinite(loss)
        if trainable:  # nothing is where a frozen network's features are fitted
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        moved = {name for name, parameter in model.named_parameters() if not torch.equal(parameter, before[name])}
        assert moved <= trainable and bool(moved) == bool(trainable)
        assert model.post_adaptation(experience).changes == row.after
        assert sum(parameter.numel() for parameter in model.parameters()) == row.parameters


@each_spec
def test_it_is_drawn_in_both_views(path) -> None:
    for view in ("architecture", "evolution"):
        source = clspec.render(path, view=view).source
        assert "digraph" in source and clspec.plan(path).model in source
    for at in range(len(choose_stream(clspec.parse(path), None))):
        assert "digraph" in clspec.render(path, at=at).source


@each_spec
def test_the_architecture_is_an_image_where_an_engine_is(path, tmp_path) -> None:
    target = tmp_path / "model.svg"
    clspec.render(path).save(target)
    assert "<svg" in target.read_text("utf-8")


# ---- as in Avalanche's Models tutorial: five experiences of two classes


@pytest.mark.parametrize("name", ["incremental_classifier", "incremental_cnn"])
def test_a_single_head_grows_two_columns_an_experience(name) -> None:
    path = TUTORIAL / f"{name}.clspec"
    model, inputs = clspec.compile(path), batch(path, 2)
    widths = []
    for experience in choose_stream(clspec.parse(path), None):
        model.adaptation(experience)
        widths.append(model(*inputs).shape[1])
    assert widths == [2, 4, 6, 8, 10]
    assert [row.widths for row in clspec.simulate(path).rows] == [{"classifier": width} for width in widths]


@pytest.mark.parametrize("name", ["multi_head_classifier", "multi_task_cnn", "pytorchcv_backbone"])
def test_a_multi_head_model_ends_with_five_heads_of_two(name) -> None:
    path = TUTORIAL / f"{name}.clspec"
    model, inputs = clspec.compile(path).eval(), batch(path, 5)
    model.train()
    for experience in choose_stream(clspec.parse(path), None):
        model.adaptation(experience)
    model.eval()
    each = model(*inputs, None)
    assert list(each) == [0, 1, 2, 3, 4]
    assert all(answer.shape == (5, 2) for answer in each.values())
    mixed = model(*inputs, torch.arange(5))
    for task in range(5):
        assert torch.allclose(mixed[task], each[task][task], atol=1e-5)
    assert len(model.classifier.members) == 5


def test_one_call_on_the_whole_reaches_every_nested_head() -> None:
    path = TUTORIAL / "nested_modules.clspec"
    model = clspec.compile(path)
    stream = choose_stream(clspec.parse(path), None)
    for experience in stream:
        assert {words.partition(":")[0] for words in model.adaptation(experience).changes} >= {
            "coarse.labels",
            "fine.labels",
        }
    outputs = answers(model.eval(), batch(path), 4)
    assert {name: tuple(each.shape) for name, each in outputs.items()} == {"coarse": (4, 10), "fine": (4, 10)}
    assert [row[1] for row in model.class_map() if row[0].startswith("fine")] == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    with pytest.raises(RuntimeError, match="only through its root"):
        model.coarse.adaptation(stream[0])
    assert not any(parameter.requires_grad for parameter in model.features.parameters())


def test_the_tutorials_reading_order_names_every_spec() -> None:
    text = (TUTORIAL / "README.md").read_text("utf-8")
    assert all(f"{path.stem}" in text for path in FILES if path.parent == TUTORIAL)
