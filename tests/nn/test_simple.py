import torch
from torch import nn

from clspec.nn import MLP, SimpleCNN, SimpleMLP


def test_simple_mlp_is_avalanches_features():
    model = SimpleMLP(784, hidden=50, layers=2)
    assert [type(step) for step in model.features] == [nn.Linear, nn.ReLU, nn.Dropout] * 2
    assert model(torch.randn(2, 1, 28, 28)).shape == (2, 50)


def test_simple_cnn_is_avalanches_features():
    model = SimpleCNN(in_channels=1)
    assert [module.kernel_size for module in model.modules() if isinstance(module, nn.Conv2d)] == [
        (3, 3), (3, 3), (3, 3), (3, 3), (1, 1)
    ]  # fmt: skip
    assert model(torch.randn(2, 1, 28, 28)).shape == (2, 64)


def test_mlp():
    assert MLP(10, [20, 5])(torch.randn(3, 10)).shape == MLP(12, [5])(torch.randn(3, 3, 2, 2)).shape == (3, 5)
    assert sum(isinstance(step, nn.Dropout) for step in MLP(10, [20, 5], dropout=0.1).modules()) == 2
