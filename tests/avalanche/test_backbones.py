"""The backbones that have Avalanche's layers: the same weights give the same features and gradients."""

from __future__ import annotations

import pytest
import torch
from avalanche.models import (
    IncrementalClassifier,
    LeNet5,
    MTSlimResNet18,
    SimpleMLP_TinyImageNet,
    SlimResNet18,
    make_icarl_net,
)
from avalanche.models.dynamic_modules import avalanche_model_adaptation
from torch import nn

from clspec import nn as cl

from .pairs import CLOSE, both, compiled, copy_features, linear_of, same, stream


def without(theirs, name):
    """Avalanche's model, its classifier replaced by nothing."""
    setattr(theirs, name, nn.Identity())
    return theirs


PAIRS = {
    "simple_mlp_tiny_imagenet()": (lambda: without(SimpleMLP_TinyImageNet(), "classifier"), (3, 64, 64)),
    "lenet5()": (lambda: without(LeNet5(10, 3), "classifier"), (3, 32, 32)),
    "slim_resnet18()": (lambda: without(SlimResNet18(10), "linear"), (3, 32, 32)),
    "slim_resnet18(features=7)": (lambda: without(SlimResNet18(10, nf=7), "linear"), (3, 32, 32)),
    "resnet32()": (lambda: without(make_icarl_net(10), "classifier"), (3, 32, 32)),
}


@pytest.mark.parametrize("kind", PAIRS)
def test_the_same_features_and_gradients(kind):
    made, shape = PAIRS[kind]
    theirs, ours = made(), compiled(f"backbone trunk = {kind}", shape).trunk
    copy_features(theirs, ours)
    x = torch.randn(4, *shape)
    for training in (True, False):
        same(theirs.train(training), ours.train(training), x)
    for name, value in zip(ours.state_dict(), theirs.state_dict().values(), strict=True):  # batch-norm saw the same
        torch.testing.assert_close(ours.state_dict()[name], value, **CLOSE)
    # In float64: behind thirty layers of batch-norm the rounding of float32 shows.
    for answer in both(theirs.double().train(), ours.double().train(), x.double()):
        answer.square().mean().backward()
    for mine, yours in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(mine.grad, yours.grad, **CLOSE)


def test_one_input_channel():
    theirs, ours = without(LeNet5(10, 1), "classifier"), cl.LeNet5(in_channels=1)
    copy_features(theirs, ours)
    same(theirs, ours, torch.randn(2, 1, 35, 33))
    theirs, ours = without(make_icarl_net(10, c=1), "classifier"), cl.ResNet32(in_channels=1)
    copy_features(theirs, ours)
    same(theirs, ours, torch.randn(2, 1, 31, 48))  # odd sizes too


def test_the_slim_resnet_with_a_head_for_each_task():
    theirs = MTSlimResNet18(2)
    ours = compiled("backbone trunk = slim_resnet18()\n head classifier = per_task(incremental())", (3, 32, 32))
    trunk = {name: value for name, value in theirs.state_dict().items() if not name.startswith("linear.")}
    ours.trunk.load_state_dict(dict(zip(ours.trunk.state_dict(), trunk.values(), strict=True)))
    x = torch.randn(2, 3, 32, 32)
    for task, experience in enumerate(stream(experiences=2, tasks=True)):
        avalanche_model_adaptation(theirs, experience)
        ours.adaptation(experience)
        linear, classes = theirs.linear.classifiers[str(task)].classifier, experience.classes_in_this_experience
        rows = ({c: linear.weight[c] for c in classes}, {c: linear.bias[c] for c in classes})
        ours.classifier.members[task].set_rows(*rows)
        for training in (False, True):
            same(theirs.train(training), ours.train(training), x, task)


def test_resnet32_with_a_head_that_grows():
    theirs = make_icarl_net(10)
    theirs.classifier = IncrementalClassifier(64)
    ours = compiled("backbone trunk = resnet32()\n head classifier = incremental()", (3, 32, 32))
    copy_features(theirs.feature_extractor, ours.trunk)
    x = torch.randn(2, 3, 32, 32)
    for experience in stream(experiences=2):
        avalanche_model_adaptation(theirs, experience)
        ours.adaptation(experience)
        linear, classes = linear_of(theirs, None), experience.classes_in_this_experience
        ours.classifier.set_rows({c: linear.weight[c] for c in classes}, {c: linear.bias[c] for c in classes})
        same(theirs.eval(), ours.eval(), x)
        theirs.train(), ours.train()


def test_difference_lenet5_takes_larger_images():
    """Avalanche's flattens what the third convolution gives: from 36 by 36 on that is too much for its linear layer."""
    theirs, ours = LeNet5(10, 1), cl.LeNet5(in_channels=1)
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        theirs(torch.randn(2, 1, 36, 36))
    assert ours(torch.randn(2, 1, 36, 36)).shape == (2, 84)


def test_difference_slim_resnet18_takes_any_image():
    """Avalanche's views every batch as images of 3 by 32 by 32."""
    theirs, ours = without(SlimResNet18(10), "linear"), cl.SlimResNet18(in_channels=1)
    with pytest.raises(RuntimeError):
        theirs(torch.randn(2, 1, 28, 28))
    with pytest.raises(RuntimeError):
        theirs(torch.randn(2, 3, 64, 64))
    assert ours(torch.randn(2, 1, 28, 28)).shape == (2, 160)


def test_difference_the_mlp_takes_any_image():
    """Avalanche's is for images of 64 by 64 pixels."""
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        SimpleMLP_TinyImageNet()(torch.randn(2, 3, 32, 32))
    ours = compiled("backbone trunk = simple_mlp_tiny_imagenet()", (3, 32, 32))
    assert ours(torch.randn(2, 3, 32, 32)).shape == (2, 1024)
