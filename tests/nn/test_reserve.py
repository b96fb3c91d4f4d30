"""`reserve`: one shape, and so one compiled graph, for all growth up to so many classes."""

import copy
import pickle

import pytest
import torch
from torch import nn
from torch._dynamo.testing import CompileCounterWithBackend

import clspec
from clspec.experience import Experience
from clspec.nn import CosineClassifier, IncrementalClassifier, MultiHeadClassifier, adapt, as_multitask

STREAM = [Experience(own, index=at) for at, own in enumerate([[0, 1], [5, 3], [2], [7, 4, 6]])]


@pytest.fixture(autouse=True)
def _fresh_compiler():
    torch._dynamo.reset()


def net(**settings):
    return nn.Sequential(nn.Linear(4, 6), IncrementalClassifier(6, **settings))


def gradients(model, answer):
    model.zero_grad()
    answer.clamp(min=-5).square().mean().backward()
    return {name: None if each.grad is None else each.grad.clone() for name, each in model.named_parameters()}


def agree(model, compiled):
    """The compiled answer and its gradients are the plain ones."""
    x = torch.randn(5, 4)
    plain, other = model(x), compiled(x)
    torch.testing.assert_close(other, plain, atol=1e-5, rtol=1e-5)
    wanted, found = gradients(model, plain), gradients(model, other)
    assert wanted.keys() == found.keys()
    for name, gradient in wanted.items():
        if gradient is None:
            assert found[name] is None, name
        else:
            torch.testing.assert_close(found[name], gradient, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("backend", ["eager", "aot_eager"])
@pytest.mark.parametrize("settings", [{}, {"bias": False}, {"index": "compact"}, {"masking": False}], ids=str)
def test_growth_up_to_the_reserve_compiles_once(backend, settings):
    model = net(reserve=8, **settings)
    counter = CompileCounterWithBackend(backend)
    compiled = torch.compile(model, fullgraph=True, backend=counter)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    agree(model, compiled)
    for experience in STREAM:
        adapt(model, experience, optimizer)
        for _ in range(2):
            agree(model, compiled)
            optimizer.step()
        assert compiled(torch.zeros(5, 4)).shape == (5, 8)
    assert len(optimizer.state) == len(list(model.parameters()))
    assert counter.frame_count == 1


def test_without_a_reserve_every_growth_compiles():
    model = net()
    counter = CompileCounterWithBackend("eager")
    compiled = torch.compile(model, fullgraph=True, backend=counter)
    for experience in STREAM:
        adapt(model, experience)
        compiled(torch.zeros(5, 4))
    assert counter.frame_count == len(STREAM)


def test_fifty_growths_within_the_reserve_cause_no_recompilation():
    model = clspec.compile(
        clspec.parse_string("clspec 1\nmodel Net { input features(4)\n head h = incremental(reserve=64) }")
    )
    counter = CompileCounterWithBackend("aot_eager")
    compiled = torch.compile(model, fullgraph=True, backend=counter)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for number in range(51):
        model.adaptation(Experience([number], index=number), optimizer)
        compiled(torch.zeros(5, 4)).square().mean().backward()
        optimizer.step()
    assert len(model.h.generations) == 51 and counter.frame_count == 1


@pytest.mark.parametrize("part", [IncrementalClassifier, CosineClassifier])
def test_a_head_without_a_reserve_says_so_before_torch_gives_up(part):
    model = nn.Sequential(nn.Linear(4, 6), part(6))
    counter = CompileCounterWithBackend("eager")
    compiled = torch.compile(model, fullgraph=True, backend=counter)
    limit = torch._dynamo.config.recompile_limit
    for number in range(limit):
        adapt(model, Experience([number], index=number))
        compiled(torch.zeros(5, 4))
    assert counter.frame_count == limit == 8
    with pytest.warns(UserWarning, match=r"8 graphs.*reserve=N"):
        adapt(model, Experience([limit], index=limit))
    with pytest.raises(torch._dynamo.exc.FailOnRecompileLimitHit):
        compiled(torch.zeros(5, 4))
    assert model(torch.zeros(5, 4)).shape == (5, limit + 1)


def test_beyond_the_reserve_it_grows_to_the_next_multiple():
    model = net(reserve=4)
    counter = CompileCounterWithBackend("eager")
    compiled = torch.compile(model, fullgraph=True, backend=counter)
    widths = []
    for experience in STREAM:
        before = dict(model.named_parameters())
        adapt(model, experience)
        assert all(parameter is before.get(name, parameter) for name, parameter in model.named_parameters())
        agree(model, compiled)
        widths.append(compiled(torch.zeros(5, 4)).shape[1])
    assert widths == [4, 8, 8, 8]
    assert counter.frame_count == 2


def test_columns_without_a_row_hold_the_mask_value():
    head = IncrementalClassifier(6, reserve=6, mask_value=-50)
    x = torch.randn(3, 6)
    assert (head(x)[:, 2:] == -50).all() and (head(x)[:, :2] != -50).all()
    head.adaptation(Experience([4, 1]))
    assert ((head(x) != -50).all(0).nonzero().squeeze(1)).tolist() == [1, 4]


def test_evaluating_on_classes_to_come_recompiles_only_beyond_the_reserve():
    model = net(reserve=8)
    adapt(model, STREAM[0])
    counter = CompileCounterWithBackend("eager")
    compiled = torch.compile(model.eval(), fullgraph=True, backend=counter)
    for classes, width in (([7], 8), ([3], 8), ([9], 16)):
        adapt(model, Experience(classes))
        assert compiled(torch.zeros(5, 4)).shape == (5, width)
    assert counter.frame_count == 2


def test_what_is_frozen_and_let_go_again_needs_no_other_graph():
    model = net(reserve=8)
    counter = CompileCounterWithBackend("aot_eager")
    compiled = torch.compile(model, fullgraph=True, backend=counter)
    for experience in STREAM[:2]:
        adapt(model, experience)
    for frozen in (False, True, False):
        for parameter in model[1].generations[0].parameters():
            parameter.requires_grad_(not frozen)
        agree(model, compiled)
    assert counter.frame_count == 1


def grown():
    model = net(reserve=8)
    for experience in STREAM[:3]:
        adapt(model, experience)
    return model


def compiled_agrees(model):
    torch._dynamo.reset()
    agree(model, torch.compile(model, fullgraph=True, backend="eager"))


def double(model):
    model.double().float()


def loaded(model):
    model.load_state_dict({name: value + 0 for name, value in grown().state_dict().items()}, assign=True)


def data(model):
    for parameter in model.parameters():
        parameter.data = torch.randn_like(parameter)
    model.train()


def merged(model):
    model[1].merge_generations()


def failed(model):
    other = torch.optim.Adam(nn.Linear(2, 2).parameters())
    with pytest.raises(ValueError, match="holds none"):
        adapt(model, Experience([30], index=9), other)


def failed_merge(model):
    class Broken(torch.optim.SGD):
        @property
        def param_groups(self):
            if self.__dict__.get("asked", 0) > 1:
                raise RuntimeError("broken")
            self.__dict__["asked"] = self.__dict__.get("asked", 0) + 1
            return self.__dict__["param_groups"]

        @param_groups.setter
        def param_groups(self, groups):
            self.__dict__["param_groups"] = groups

    optimizer = Broken(model.parameters(), lr=0.1)
    optimizer.__dict__["asked"] = 1
    with pytest.raises(RuntimeError, match="broken"):
        model[1].merge_generations(optimizer)


@pytest.mark.parametrize("change", [double, loaded, data, merged, failed, failed_merge, nn.Module.share_memory])
def test_the_compiled_forward_follows_what_is_done_to_the_parameters(change):
    model = grown()
    change(model)
    compiled_agrees(model)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter))  # as an optimizer steps
    compiled_agrees(model)
    adapt(model, STREAM[3])
    compiled_agrees(model)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_a_copy_has_rows_of_its_own(copied):
    model = grown()
    other = copied(model)
    before = other(torch.ones(2, 4))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
    assert torch.equal(other(torch.ones(2, 4)), before)
    compiled_agrees(model)
    compiled_agrees(other)


def test_a_twin_that_shares_the_parameters_shares_the_rows():
    model = nn.Sequential(nn.Linear(4, 6), nn.Linear(6, 6), IncrementalClassifier(6, reserve=8))
    twin = as_multitask(model, "1").model
    with torch.no_grad():
        model[2].generations[0].weight.add_(1)
    assert twin[2].generations[0].weight is model[2].generations[0].weight
    compiled_agrees(model)


def test_a_head_a_task_has_the_reserve_in_each():
    heads = MultiHeadClassifier(6, reserve=5)
    for task, experience in enumerate(STREAM[:2]):
        heads.adaptation(Experience(experience.classes, [task], index=task))
    x = torch.randn(2, 6)
    assert {task: tuple(answer.shape) for task, answer in heads(x, None).items()} == {0: (2, 5), 1: (2, 10)}
    heads.eval().adaptation(Experience([3], [7]))
    assert heads(x, 7).shape == (2, 5)


def test_a_compiled_model_of_a_spec_compiles_once():
    spec = clspec.parse_string("clspec 1\nmodel Net { input features(4)\n head h = incremental(reserve=8) }")
    model = clspec.compile(spec)
    counter = CompileCounterWithBackend("aot_eager")
    compiled = torch.compile(model, fullgraph=True, backend=counter)
    for experience in STREAM:
        model.adaptation(experience)
        agree(model, compiled)
    assert counter.frame_count == 1


def test_it_is_exported_with_its_parameters():
    model = grown().eval()
    x = torch.randn(5, 4)
    program = torch.export.export(model, (x,))
    torch.testing.assert_close(program.module()(x), model(x))
    assert {name for name, _ in model.named_parameters()} == set(program.graph_signature.parameters)


def test_autocast():
    model = grown()
    compiled = torch.compile(model, fullgraph=True, backend="eager")
    with torch.autocast("cpu", dtype=torch.bfloat16):
        x = torch.randn(5, 4)
        assert compiled(x).dtype == torch.bfloat16
        torch.testing.assert_close(compiled(x), model(x))


@pytest.mark.parametrize("reserve", [0, -1, True])
def test_a_reserve_is_a_number_of_columns(reserve):
    with pytest.raises(ValueError, match="reserve must be at least 1"):
        IncrementalClassifier(6, reserve=reserve)
