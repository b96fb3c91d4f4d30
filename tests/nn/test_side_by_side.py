"""Linear heads of many tasks answer a batch of mixed labels in one product: what they say, and when they are asked."""

from __future__ import annotations

import copy
import pickle

import pytest
import torch
from torch import nn

from clspec.experience import Experience
from clspec.nn import IncrementalClassifier, MultiHeadClassifier, PerTask

TASKS, FEATURES = 6, 12
CLASSES = {
    "the same for all": lambda task: range(4),
    "one range each": lambda task: range(4 * task, 4 * task + 4),
    "in no order": lambda task: [31 - task, task, 17 + task],
    "more and more": lambda task: range(task + 2),
}


def arriving(classes, task, index):
    return Experience(list(classes), [task], index)


def grown(classes=CLASSES["one range each"], **options) -> MultiHeadClassifier:
    torch.manual_seed(0)
    heads = MultiHeadClassifier(FEATURES, **options)
    for task in range(TASKS):
        heads.adaptation(arriving(classes(task), task, task))
    return heads


def batch(dtype=torch.float32):
    torch.manual_seed(1)
    return torch.randn(40, FEATURES, dtype=dtype, requires_grad=True), torch.randint(TASKS - 1, (40,))


@pytest.fixture
def called(monkeypatch) -> list[nn.Module]:
    """The heads that are run as modules."""
    called: list[nn.Module] = []
    forward = IncrementalClassifier.forward
    monkeypatch.setattr(IncrementalClassifier, "forward", lambda self, x: called.append(self) or forward(self, x))
    return called


def by_hand(heads, x, labels):
    """Each sample by its own head, in the width of the widest."""
    answers = torch.full((len(x), heads.widest()), float(heads.mask_value), dtype=x.dtype)
    rows = [heads(x[at : at + 1], int(task))[0] for at, task in enumerate(labels)]
    return torch.stack([torch.cat([row, answer[len(row) :]]) for row, answer in zip(rows, answers, strict=True)])


@pytest.mark.parametrize("classes", CLASSES.values(), ids=CLASSES)
@pytest.mark.parametrize("options", [{}, {"bias": False}, {"index": "compact"}], ids=str)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_each_sample_gets_what_its_own_head_gives_and_no_head_is_called(classes, options, dtype, called):
    heads, (x, labels) = grown(classes, **options).to(dtype), batch(dtype)
    expected = by_hand(heads, x, labels)
    called.clear()
    answer = heads(x, labels)
    assert called == []
    torch.testing.assert_close(answer, expected)
    assert answer.is_contiguous()


@pytest.mark.parametrize("classes", CLASSES.values(), ids=CLASSES)
def test_gradients_are_those_of_the_heads_one_by_one_and_absent_heads_have_none(classes):
    heads, (x, labels) = grown(classes), batch()
    weights = torch.rand(len(x), heads.widest())
    expected = torch.autograd.grad((by_hand(heads, x, labels) * weights).sum(), [x, *heads.members[2].parameters()])
    (heads(x, labels) * weights).sum().backward()
    torch.testing.assert_close([x.grad, *(each.grad for each in heads.members[2].parameters())], list(expected))
    assert all(each.grad is None for each in heads.members[TASKS - 1].parameters())
    assert all(each.grad is not None for head in heads.members[: TASKS - 1] for each in head.parameters())


def test_what_is_infinite_in_one_sample_reaches_no_head_but_its_own():
    heads, (x, labels) = grown(), batch()
    wild = x.detach().clone()
    wild[0] = torch.inf
    answer = heads(wild, labels)
    others = labels != labels[0]
    answer[others].sum().backward()
    tame = [each.grad for task, head in enumerate(heads.members) if task != labels[0] for each in head.parameters()]
    assert all(torch.isfinite(grad).all() for grad in tame if grad is not None)


def test_heads_that_have_grown_answer_as_they_are_now():
    heads, (x, labels) = grown(), batch()
    heads(x, labels)
    heads.adaptation(arriving([50, 51], 2, TASKS))
    torch.testing.assert_close(heads(x, labels), by_hand(heads, x, labels))
    assert heads(x, labels).shape[1] == 52
    heads.eval().adaptation(arriving([60], 3, TASKS + 1))  # announced only
    assert heads(x, labels).shape[1] == 61
    with torch.no_grad():
        heads.members[1].generations[0].weight.data = torch.ones(4, FEATURES)
    torch.testing.assert_close(heads(x, labels), by_hand(heads, x, labels))


def test_a_state_with_fewer_rows_brings_their_number_back():
    small, heads, (x, labels) = grown(), grown(), batch()
    heads.adaptation(arriving([50, 51], 2, TASKS))
    heads(x, labels)
    heads.load_state_dict(small.state_dict())
    assert heads(x, labels).shape[1] == 4 * TASKS


@pytest.mark.parametrize(
    "twin", [copy.deepcopy, lambda heads: pickle.loads(pickle.dumps(heads))], ids=["copy", "pickle"]
)
def test_a_twin_answers_with_its_own_rows(twin):
    heads, (x, labels) = grown(), batch()
    before = heads(x, labels)
    other = twin(heads)
    torch.testing.assert_close(other(x, labels), before)
    with torch.no_grad():
        for parameter in other.parameters():
            parameter.zero_()
    assert other(x, labels)[0, 4 * labels[0]] == 0
    torch.testing.assert_close(heads(x, labels), before)


def test_functional_call_reaches_the_rows():
    heads, (x, labels) = grown(), batch()
    zeros = {name: torch.zeros_like(value) for name, value in heads.named_parameters()}
    answer = torch.func.functional_call(heads, zeros, (x, labels))
    assert set(answer.unique().tolist()) == {0.0, -1000.0}
    grads = torch.func.grad(lambda state: torch.func.functional_call(heads, state, (x, labels)).sum())(zeros)
    assert grads["members.2.generations.0.weight"].abs().sum() > 0


@pytest.mark.parametrize("watch", ["a head", "every module"])
def test_hooks_see_each_head(watch):
    heads, (x, labels) = grown(), batch()
    heads(x, labels)
    seen: list[nn.Module] = []

    def hook(module, *_):
        if isinstance(module, IncrementalClassifier):
            seen.append(module)

    if watch == "a head":
        handle = heads.members[2].register_forward_hook(hook)
    else:
        handle = nn.modules.module.register_module_forward_hook(hook)
    try:
        heads(x, labels)
    finally:
        handle.remove()
    assert heads.members[2] in seen
    seen.clear()
    heads(x, labels)
    assert seen == []


class Louder(IncrementalClassifier):
    def forward(self, x):
        return 2 * super().forward(x)


def test_heads_of_a_kind_of_their_own_are_asked(called):
    heads, (x, labels) = PerTask(lambda: Louder(FEATURES, 2)), batch()
    for task in range(TASKS):
        heads.adaptation(arriving(range(2), task, task))
    answer = heads(x, labels)
    assert len(called) == len(labels.unique())
    torch.testing.assert_close(answer, by_hand(heads, x, labels))


class Shifted(PerTask):
    def forward_single_task(self, x, task_label):
        return super().forward_single_task(x, task_label) + 1


def test_what_a_subclass_or_somebody_writes_over_is_what_answers():
    heads, (x, labels) = Shifted(lambda: IncrementalClassifier(FEATURES, 2)), batch()
    for task in range(TASKS):
        heads.adaptation(arriving(range(2), task, task))
    torch.testing.assert_close(heads(x, labels), by_hand(heads, x, labels))
    heads, _ = grown(), None
    heads(x, labels)
    heads.members[int(labels[0])].forward = lambda x: torch.zeros(len(x), heads.widest())
    assert heads(x, labels)[0].eq(0).all()


def test_pruned_and_normalized_rows_are_those_that_answer():
    heads, (x, labels) = grown(), batch()
    heads(x, labels)
    generation = heads.members[2].generations[0]
    nn.utils.parametrizations.weight_norm(generation, "weight")
    with torch.no_grad():
        generation.parametrizations.weight.original0.zero_()
        generation.bias.zero_()
    labels = torch.where(torch.arange(len(labels)) == 0, 2, labels)
    torch.testing.assert_close(heads(x, labels), by_hand(heads, x, labels))
    assert heads(x, labels)[0, 8] == 0


def test_half_precision_by_autocast_is_that_of_a_head():
    heads, (x, labels) = grown(), batch()
    with torch.autocast("cpu", torch.bfloat16):
        answer, alone = heads(x, labels), heads(x[:1], int(labels[0]))
    assert answer.dtype == alone.dtype == torch.bfloat16
    torch.testing.assert_close(answer, by_hand(heads, x, labels).to(torch.bfloat16), rtol=0.05, atol=0.05)


def test_where_one_task_fills_the_batch_the_heads_are_asked(called):
    torch.manual_seed(0)
    heads = MultiHeadClassifier(FEATURES)
    for task in range(12):
        heads.adaptation(arriving(range(3), task, task))
    labels = torch.cat([torch.arange(12), torch.zeros(150, dtype=torch.long)])  # equal room is eleven times the batch
    x = torch.randn(len(labels), FEATURES)
    expected = by_hand(heads, x, labels)
    called.clear()
    torch.testing.assert_close(heads(x, labels), expected)
    assert len(called) == 12


@pytest.mark.parametrize("place", [0, 2])
def test_a_head_without_biases_among_others_answers_without(place):
    heads, (x, labels) = grown(CLASSES["the same for all"]), batch()
    heads.members[place] = IncrementalClassifier(FEATURES, bias=False)
    heads.members[place].adaptation(Experience(range(4)))
    torch.testing.assert_close(heads(x, labels), by_hand(heads, x, labels))


def test_a_head_of_another_width_is_told_by_itself():
    heads, (x, labels) = grown(CLASSES["the same for all"]), batch()
    heads.members[2] = IncrementalClassifier(FEATURES - 1, 4)
    with pytest.raises(ValueError, match=f"the input must be \\(batch, {FEATURES - 1}\\)"):
        heads(x, labels)


def test_what_is_put_in_the_place_of_a_head_unsaid_answers():
    heads, (x, labels) = grown(CLASSES["the same for all"]), batch()
    other = IncrementalClassifier(FEATURES, 4)
    heads(x, labels)
    heads.members._modules["2"] = other  # as torch's quantization does it; nobody is told
    torch.testing.assert_close(heads(x, labels), by_hand(heads, x, labels))


@pytest.mark.parametrize("whose", ["the part's", "a head's"])
def test_a_mask_value_that_is_changed_shows(whose):
    heads, (x, labels) = grown(), batch()
    heads(x, labels)
    (heads if whose == "the part's" else heads.members[2]).mask_value = -5.0
    torch.testing.assert_close(heads(x, labels), by_hand(heads, x, labels))


def test_a_single_task_that_is_written_over_by_hand_is_what_answers():
    heads, (x, labels) = grown(), batch()
    heads(x, labels)
    heads.forward_single_task = lambda x, _: x.new_zeros(len(x), heads.widest())
    assert heads(x, labels).eq(0).all()


@pytest.mark.parametrize("first", ["meta", "grad"])
def test_what_was_found_inside_a_mode_serves_outside_too(first):
    heads, (x, labels) = grown(), batch()
    if first == "meta":
        with torch.device("meta"):
            heads(x, labels)
    else:
        torch.func.grad(lambda x: heads(x, labels).sum())(x.detach())
    torch.testing.assert_close(heads(x, labels), by_hand(heads, x, labels))
    assert not torch._C._functorch.is_functorch_wrapped_tensor(heads._side_by_side._found[1].columns)


def test_an_input_of_another_width_is_told_by_a_head():
    heads, (_, labels) = grown(), batch()
    with pytest.raises(ValueError, match=f"the input must be \\(batch, {FEATURES}\\)"):
        heads(torch.randn(40, FEATURES + 1), labels)
    with pytest.raises(ValueError, match="no adaptation ever announced task 9"):
        heads(torch.randn(2, FEATURES), torch.tensor([0, 9]))
