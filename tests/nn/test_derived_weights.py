"""What a forward makes of frozen Parameters is made once, and never out of date."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode

from clspec.experience import Experience
from clspec.nn import ProgressiveNetwork
from clspec.nn.derived_weights import DerivedWeights


@pytest.fixture(params=["linear", "mlp"])
def network(request) -> ProgressiveNetwork:
    torch.manual_seed(0)
    network = ProgressiveNetwork(7, hidden=5, adapter=request.param)
    for task in range(4):
        network.adaptation(Experience([task], [task], task))
    return network


@pytest.fixture
def made(monkeypatch) -> list[int]:
    """How many Parameters each derivation read."""
    made: list[int] = []
    of = DerivedWeights.of

    def counted(self, given, make):
        return of(self, given, lambda: (made.append(len(given)), make())[1])

    monkeypatch.setattr(DerivedWeights, "of", counted)
    return made


def fresh(network: ProgressiveNetwork, x: torch.Tensor) -> torch.Tensor:
    """The newest column's features with nothing kept."""
    return copy.deepcopy(network)(x, 3)


def test_frozen_columns_are_worked_out_once(network, made):
    x = torch.randn(3, 7)
    one_by_one = [network.columns[at].layers[0].of_one_input(x) for at in range(3)]
    torch.testing.assert_close(network._frozen.answer(list(network.columns)[:-1], 3, x), one_by_one)
    for task in (3, 2, 1, 3):
        network(x, task)
    assert len(made) == 1
    network.adaptation(Experience([9], [9], 9))
    network(x, 9)
    assert len(made) == 2


def test_what_is_written_moved_or_replaced_is_seen(network):
    x = torch.randn(3, 7)
    adapter = network.columns[2].layers[0].adapter
    network(x, 3)
    with torch.no_grad():
        for parameter in adapter.parameters():
            parameter.mul_(2)
    torch.testing.assert_close(network(x, 3), fresh(network, x))
    network.load_state_dict({k: v * 3 if v.is_floating_point() else v for k, v in network.state_dict().items()})
    torch.testing.assert_close(network(x, 3), fresh(network, x))
    for parameter in adapter.parameters():
        parameter.data = torch.ones_like(parameter)
    torch.testing.assert_close(network(x, 3), fresh(network, x))
    network.double()
    torch.testing.assert_close(network(x.double(), 3), fresh(network, x.double()))


def test_a_change_of_mode_takes_up_what_torch_does_not_count(network):
    x = torch.randn(3, 7)
    network(x, 3)
    for parameter in network.columns[2].layers[0].adapter.parameters():
        parameter.data.mul_(2)
    torch.testing.assert_close(network.eval()(x, 3), fresh(network, x))


def test_what_was_first_made_under_inference_mode_takes_part_in_gradients(network):
    x = torch.randn(3, 7, requires_grad=True)
    with torch.inference_mode():
        network(x, 3)
    network(x, 3).sum().backward()
    assert x.grad is not None


def test_functional_call_reaches_frozen_columns(network):
    x = torch.randn(3, 7)
    before = network(x, 3)
    state = {name: torch.zeros_like(value) for name, value in network.named_parameters()}
    assert torch.func.functional_call(network, state, (x, 3)).abs().sum() == 0
    torch.testing.assert_close(network(x, 3), before)


def test_what_thaws_learns_again(network):
    x = torch.randn(3, 7)
    network(x, 3)
    for parameter in network.columns[2].parameters():
        parameter.requires_grad_(True)
    network(x, 3).sum().backward()
    assert all(each.grad is not None for each in network.columns[2].layers[0].adapter.parameters())


def test_hooks_in_frozen_columns_are_called(network):
    x, seen = torch.randn(3, 7), []
    network(x, 3)
    network.columns[1].layers[0].linear.register_forward_hook(lambda *_: seen.append(1))
    network(x, 3)
    assert seen == [1]


def test_backward_hooks_and_what_is_written_over_are_called(network):
    x, seen = torch.randn(3, 7, requires_grad=True), []
    network(x, 3)
    linear = network.columns[1].layers[0].linear
    handle = linear.register_full_backward_hook(lambda *_: seen.append(1))
    network(x, 3).sum().backward()
    assert seen == [1]
    handle.remove()
    linear.forward = lambda x: seen.append(2) or torch.zeros(len(x), 5)
    network(x, 3)
    assert seen == [1, 2]


def test_a_layer_that_wraps_the_same_weights_is_called(network):
    class Adapted(nn.Linear):
        def forward(self, x):
            return super().forward(x) + self.delta

    x, layer = torch.randn(3, 7), network.columns[1].layers[0]
    network(x, 3)
    wrapped = Adapted(7, 5)
    wrapped.weight, wrapped.bias, wrapped.delta = layer.linear.weight, layer.linear.bias, nn.Parameter(torch.ones(5))
    layer.linear = wrapped
    network(x, 3).sum().backward()
    assert wrapped.delta.grad is not None


def test_what_is_moved_in_place_is_seen(network):
    x = torch.randn(3, 7)
    network(x, 3)
    network._apply(lambda each: each.data.mul_(2))
    torch.testing.assert_close(network(x, 3), fresh(network, x))


@pytest.mark.parametrize("first", ["fake", "grad"])
def test_what_was_made_inside_a_mode_is_not_kept(network, first):
    x = torch.randn(3, 7)
    expected = fresh(network, x)
    if first == "fake":
        with FakeTensorMode(allow_non_fake_inputs=True) as mode:
            network(mode.from_tensor(x), 3)
    else:
        torch.func.grad(lambda x: network(x, 3).sum())(x)
    answer = network(x, 3)
    torch.testing.assert_close(answer, expected)
    assert type(answer) is torch.Tensor
    assert not any(torch._C._functorch.is_functorch_wrapped_tensor(each) for each in network._frozen.weights._kept)


def test_older_columns_answer_by_themselves(network):
    x = torch.randn(5, 7)
    mixed = network(x, torch.tensor([3, 1, 0, 2, 1]))
    for at, task in enumerate([3, 1, 0, 2, 1]):
        hidden = [layer.of_one_input(x) for layer in network._asked(0, task)]
        (top,) = network._asked(1, task)
        torch.testing.assert_close(mixed[at], top(hidden[task], hidden[:task])[at])
