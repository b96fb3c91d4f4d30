"""What is said of a state dict without torch is what a compiled model saves, as born and after every experience."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch.utils.data import TensorDataset

import clspec
from clspec.analyses.streams import choose_stream
from clspec.comparison.keys import holders
from clspec.components import registry
from clspec.driver import analyse

torch.set_num_threads(1)
TESTS = Path(__file__).parents[1]
SPECS = [*TESTS.glob("cases/*/spec.clspec"), *(TESTS.parent / "specs").glob("[!b]*/*.clspec")]
ONLY_TORCH = {"pytorchcv", "torchvision", "timm", "module"}
"""Kinds of which only torch tells what is in them."""


def told(analysis) -> dict[str, tuple]:
    """The sizes of every key, a star for each number that growth makes."""
    return {
        f"{path}.{tensor.name}".lstrip("."): tensor.sizes
        for path, holder in holders(analysis).items()
        for tensor in holder.tensors()
    }


def pattern(key: str) -> str:
    return re.sub(r"\b(generations|laterals|members|columns)\.\d+", r"\1.*", key.replace(".extra_", "."))


def fits(shape: tuple[int, ...], sizes: tuple) -> bool:
    """Whether a tensor is as large as was said, but for what growth decides; logs have any length."""
    if sizes and str(sizes[0]).startswith("log"):
        return True
    told = [own if isinstance(size, str) else size for own, size in zip(shape, sizes, strict=False)]
    return (*told,) == shape and len(shape) == len(sizes)


@pytest.mark.parametrize("spec", sorted(SPECS), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_keys_and_sizes_are_those_of_the_saved_state(spec) -> None:
    analysis = analyse(spec)
    model, said = clspec.compile(analysis.spec), told(analysis)
    inputs = [torch.randn(4, *analysis.flow.outputs[name].sizes) for name in analysis.wiring.inputs[""]]
    met: set[str] = set()
    for arriving in [None, *choose_stream(analysis.spec, None)[:3]]:
        if arriving is not None:
            targets = torch.tensor([*arriving.classes] * 4)[:4]
            labels = torch.full_like(targets, arriving.task_labels[0])
            experience = replace(arriving, dataset=TensorDataset(inputs[0], targets, labels))
            model.adaptation(experience)
            model.post_adaptation(experience)
        for key, tensor in model.state_dict().items():
            assert pattern(key) in said, key
            assert fits(tuple(tensor.shape), said[pattern(key)]), key
            met.add(pattern(key))
    assert met == set(said)


def test_torch_is_asked_for_library_networks_alone() -> None:
    """Every kind says without torch what a state dict has of it, by what its size is made of."""
    asked: set[str] = set()
    seen: set[str] = set()
    for spec in [*SPECS, *TESTS.glob("constructs/*.clspec")]:
        for model in clspec.parse(spec).models:
            try:
                known = holders(analyse(spec, model.name.text))
            except clspec.SpecError:  # a part that is sized where it is used
                continue
            kinds = {holder.component.kind: holder.known for holder in known.values() if holder.component}
            seen |= kinds.keys()
            asked |= {kind for kind, tensors in kinds.items() if tensors is None}
    assert asked <= ONLY_TORCH
    heads = {name for name, kind in registry().items() if kind.roles == ("head",)} - {"train_eval"}
    assert heads <= seen
