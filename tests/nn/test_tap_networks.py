"""Taps into networks of a library and built in, two at once, frozen up to one of them: copied and exported alike."""

import copy

import pytest
import torch

import clspec

torch.set_num_threads(1)
TEXT = """clspec 1
model Net {{
    input image(3, 32, 32)
    backbone trunk = {backbone}
    neck early = [avg_pool(), flatten()] from trunk.{early}
    neck late = [max_pool(), flatten()] from trunk.{late}
    neck both = concat() from early, late, trunk
    head labels = incremental()
    freeze trunk until {early}
}}
"""
X = torch.randn(4, 3, 32, 32, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    ("backbone", "early", "late"),
    [
        ('pytorchcv("resnet20_cifar10")', "stage1", "stage2"),
        ('pytorchcv("densenet40_k12_cifar10")', "stage1", "stage2"),
        ("slim_resnet18()", "stage2", "stage3"),
        ("mobilenet_v1()", "features.3", "features.7"),
    ],
)
def test_copies_and_exports_answer_alike_and_what_is_frozen_keeps_its_statistics(backbone, early, late) -> None:
    model = clspec.compile(clspec.parse_string(TEXT.format(backbone=backbone, early=early, late=late)), seed=0)
    model.adaptation(clspec.Experience([0, 1, 2]))
    before = {name: value.clone() for name, value in model.named_buffers()}
    model(X).square().sum().backward()
    inside = next(path for path, _ in model.trunk.named_modules() if path.endswith(early))
    trunk = {f"trunk.{name}" for name, _ in model.trunk.named_buffers() if "running" in name}
    moved = {name for name in trunk if not torch.equal(dict(model.named_buffers())[name], before[name])}
    frozen = {f"trunk.{name}" for name, each in model.trunk.named_parameters() if not each.requires_grad}
    assert any(name.startswith(f"trunk.{inside}.") for name in frozen)
    assert moved == {name for name in trunk if f"{name.rpartition('.')[0]}.weight" not in frozen} != trunk
    model.eval()
    expected = model(X)
    torch.testing.assert_close(copy.deepcopy(model)(X), expected, rtol=0, atol=0)
    torch.testing.assert_close(torch.export.export(model, (X,)).module()(X), expected)
