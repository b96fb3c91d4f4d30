import copy
import pickle

import pytest
import torch
from torch.nn import functional

from clspec.experience import Experience
from clspec.nn import DynamicModule, MultiHeadClassifier, ProgressiveNetwork, Rule, UnknownTaskError, on
from clspec.nn.progressive_column import ADAPTERS, LinearAdapter


def columns(adapter="mlp", layers=2, tasks=(0, 1, 2), **arguments):
    network = ProgressiveNetwork(6, hidden=5, layers=layers, adapter=adapter, **arguments)
    for task in tasks:
        network.adaptation(Experience([0, 1], [task]))
    return network


def features_by_the_paper(network, x, position):
    """h[i][k] = relu(W x + lateral(h[i-1][<k])), written as the paper has it, with nothing left out or gathered."""
    hidden = [x] * (position + 1)
    for depth in range(network.layers):
        above = []
        for k in range(position + 1):
            layer = network.columns[k].layers[depth]
            total = layer.linear(hidden[k])
            if k and isinstance(layer.adapter, LinearAdapter):
                for j in range(k):
                    total = total + layer.adapter.laterals[j](hidden[j])
            elif k:
                scaled = [layer.adapter.scales[j] * hidden[j] for j in range(k)]
                inner = functional.relu(layer.adapter.reduce(torch.cat(scaled, dim=1)))
                total = total + layer.adapter.project(inner)
            above.append(functional.relu(total))
        hidden = above
    return hidden[position]


@pytest.mark.parametrize("adapter", ADAPTERS)
@pytest.mark.parametrize("layers", [1, 2, 3])
def test_every_task_is_answered_as_the_paper_says(adapter, layers):
    network = columns(adapter, layers, tasks=(4, 2, 9))
    x = torch.randn(7, 6)
    for position, task in enumerate((4, 2, 9)):
        torch.testing.assert_close(network(x, task), features_by_the_paper(network, x, position), atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_a_mixed_batch_gives_each_sample_its_own_tasks_column(adapter):
    network = columns(adapter)
    x, labels = torch.randn(8, 2, 3), torch.tensor([2, 0, 1, 1, 0, 2, 2, 0])
    mixed = network(x, labels)
    assert mixed.shape == (8, 5)
    for row, task in enumerate(labels.tolist()):
        torch.testing.assert_close(mixed[row], network(x[row : row + 1], task)[0], atol=1e-6, rtol=0)
    assert {task: answer.shape for task, answer in network(x, None).items()} == dict.fromkeys(range(3), (8, 5))
    assert network(x[:0], labels[:0]).shape == (0, 5)


def test_the_born_column_answers_as_task_0_until_it_is_claimed():
    network = ProgressiveNetwork(6, hidden=5)
    x = torch.randn(2, 6)
    before = network(x, 0)
    with pytest.raises(UnknownTaskError):
        network(x, 7)
    report = network.adaptation(Experience([0, 1], [7]))
    assert report.changes == ("self: column 0 for task 7",)
    assert dict(report.new_parameters) == {}
    assert torch.equal(network(x, 7), before)
    assert network.adaptation(Experience(None, [3])).changes[0] == "self: + column 1 for task 3"
    assert network.adaptation(Experience([5], [7])).changes == ()
    with pytest.raises(UnknownTaskError, match="task 0; the known tasks are 3, 7"):
        network(x, 0)


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_earlier_columns_stand_still_and_record_nothing(adapter):
    network = columns(adapter, tasks=(0,))
    optimizer = torch.optim.Adam(network.parameters(), lr=0.1, weight_decay=0.1)
    x = torch.randn(4, 6)
    for task in (1, 2):
        network.adaptation(Experience([0], [task]), optimizer)
        before = copy.deepcopy(network.columns[:-1].state_dict())
        answers = {old: network(x, old) for old in range(task)}
        for _ in range(3):
            optimizer.zero_grad(set_to_none=False)
            network(x, task).square().sum().backward()
            optimizer.step()
        assert all(torch.equal(value, before[name]) for name, value in network.columns[:-1].state_dict().items())
        assert all(parameter.grad is None for parameter in network.columns[:-1].parameters())
        assert all(torch.equal(network(x, old), answer) for old, answer in answers.items())
        assert network(x, task).requires_grad
        assert not network(x, task - 1).requires_grad
        held = [id(p) for group in optimizer.param_groups for p in group["params"]]
        assert sorted(held) == sorted(map(id, network.parameters()))


def test_what_trains_before_it_gets_its_gradient_through_frozen_columns():
    network = columns()
    x = torch.randn(4, 6, requires_grad=True)
    network(x, 0).sum().backward()
    assert x.grad is not None
    assert x.grad.abs().sum() > 0


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_new_parameters_join_the_group_of_their_kind(adapter):
    network = columns(adapter, tasks=(0,))
    named = list(network.named_parameters())
    optimizer = torch.optim.SGD(
        [
            {"params": [p for n, p in named if n.endswith("weight")], "weight_decay": 0.1},
            {"params": [p for n, p in named if n.endswith("bias")]},
        ],
        lr=0.1,
    )
    for task in (1, 2, 3):
        network.adaptation(Experience([0], [task]), optimizer)
    names = {id(p): n for n, p in network.named_parameters()}
    for index, kind in enumerate(("weight", "bias")):
        held = {names[id(p)] for p in optimizer.param_groups[index]["params"]}
        assert held >= {name for name in names.values() if name.endswith(kind)}
    assert sum(len(group["params"]) for group in optimizer.param_groups) == len(names)


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_saved_state_grows_a_fresh_one(adapter):
    network = columns(adapter, tasks=(3, 1))
    fresh = ProgressiveNetwork(6, hidden=5, adapter=adapter)
    generator = torch.random.get_rng_state()
    fresh.load_state_dict(network.state_dict())
    assert torch.equal(torch.random.get_rng_state(), generator)
    x = torch.randn(3, 6)
    for one in (fresh, copy.deepcopy(network), pickle.loads(pickle.dumps(network))):
        assert torch.equal(one(x, torch.tensor([3, 1, 3])), network(x, torch.tensor([3, 1, 3])))
        assert [p.requires_grad for p in one.parameters()] == [p.requires_grad for p in network.parameters()]
        assert one.adaptation(Experience([0], [8])).changes[0] == "self: + column 2 for task 8"
    assert next(name for name, _ in network.named_parameters()) == "columns.0.layers.0.linear.weight"


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_a_state_with_fewer_columns_takes_the_others_away(adapter):
    shorter, network = columns(adapter, tasks=(3, 1)), columns(adapter, tasks=(3, 1, 4, 2))
    network.load_state_dict(shorter.state_dict())
    x = torch.randn(3, 6)
    assert torch.equal(network(x, torch.tensor([3, 1, 3])), shorter(x, torch.tensor([3, 1, 3])))
    assert [p.requires_grad for p in network.parameters()] == [p.requires_grad for p in shorter.parameters()]


def test_eval_only_announces_and_an_announced_task_has_zeros():
    network = columns().double().eval()
    before = copy.deepcopy(network.state_dict())
    network.adaptation(Experience([0], [5]))
    x = torch.randn(3, 6, dtype=torch.float64)
    mixed = network(x, torch.tensor([5, 0, 5]))
    assert mixed.dtype == torch.float64
    assert torch.equal(mixed[[0, 2]], torch.zeros(2, 5, dtype=torch.float64))
    assert torch.equal(mixed[1], network(x[1:2], 0)[0])
    assert set(network(x, None)) == {0, 1, 2}
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_new_columns_take_the_dtype_of_the_ones_before(dtype):
    network = columns(tasks=(0,)).to(dtype)
    network.adaptation(Experience([0], [1]))
    assert {p.dtype for p in network.parameters()} == {dtype}
    assert network(torch.randn(2, 6, dtype=dtype), torch.tensor([1, 0])).dtype == dtype


def test_a_wholly_frozen_network_gains_frozen_columns():
    network = columns(tasks=(0,)).requires_grad_(False)
    network.adaptation(Experience([0], [1]))
    assert not any(p.requires_grad for p in network.parameters())


def test_in_front_of_a_head_for_each_task():
    class Net(DynamicModule):
        def __init__(self):
            super().__init__()
            self.trunk = ProgressiveNetwork(6, hidden=5)
            self.head = MultiHeadClassifier(5)

        def forward(self, x, task_labels):
            return self.head(self.trunk(x, task_labels), task_labels)

    model = Net()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for task in range(3):
        model.adaptation(Experience([2 * task, 2 * task + 1], [task]), optimizer)
    x, labels = torch.randn(4, 6), torch.tensor([2, 0, 1, 0])
    mixed = model(x, labels)
    for row, task in enumerate(labels.tolist()):
        own = model(x[row : row + 1], task)[0]
        torch.testing.assert_close(mixed[row, : len(own)], own, atol=1e-6, rtol=0)


@pytest.mark.parametrize(
    "graph",
    [
        lambda part, x, labels: torch.export.export(part, (x, labels)).module(),
        lambda part, x, labels: torch.compile(part, fullgraph=True, backend="eager"),
    ],
)
@pytest.mark.parametrize("adapter", ADAPTERS)
def test_a_mixed_batch_in_a_graph(graph, adapter):
    network = columns(adapter).eval()
    x, labels = torch.randn(4, 6), torch.tensor([2, 0, 1, 1])
    inside = graph(network, x, labels)
    torch.testing.assert_close(inside(x, labels.flip(0)), network(x, labels.flip(0)))


@pytest.mark.parametrize("shape", [(2, 5), (6,), (2, 2, 4)])
def test_an_input_of_another_width_names_the_part(shape):
    with pytest.raises(ValueError, match="ProgressiveNetwork: the input must hold 6 numbers a sample"):
        ProgressiveNetwork(6)(torch.randn(shape), 0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"adapter": "lora"}, "'linear', 'mlp'"), ({"layers": 0}, "layers must be"), ({"hidden": 0}, "hidden must be")],
)
def test_wrong_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        ProgressiveNetwork(6, **arguments)


def test_of_several_tasks_in_one_experience_the_last_column_trains():
    network = columns(tasks=(0,))
    report = network.adaptation(Experience([0, 1], [1, 2]))
    assert report.changes == ("self: + column 1 for task 1", "self: + column 2 for task 2", "self[:-1]: frozen")
    assert [all(p.requires_grad for p in column.parameters()) for column in network.columns] == [False, False, True]


def test_without_its_rules_it_neither_branches_nor_freezes():
    class OnlyBranches(ProgressiveNetwork):
        PLAN = ProgressiveNetwork.PLAN[:1]

    network = OnlyBranches(6, hidden=5)
    for task in range(3):
        network.adaptation(Experience([0], [task]))
    assert len(network.columns) == 3
    assert all(p.requires_grad for p in network.parameters())


def test_reset_draws_the_columns_that_a_slice_picks():
    class ResetsNewest(ProgressiveNetwork):
        PLAN = (*ProgressiveNetwork.PLAN, Rule(on.experience(2), "reset", "[-1]"))

    network = ResetsNewest(6, hidden=5)
    for task in range(2):
        network.adaptation(Experience([0], [task], index=task))
    before = {name: value.clone() for name, value in network.named_parameters()}
    network.adaptation(Experience([7], [1], index=2))
    for name, value in network.named_parameters():
        assert torch.equal(value, before[name]) == name.startswith("columns.0."), name
