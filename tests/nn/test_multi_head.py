import copy
import pickle
from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from clspec.experience import Experience
from clspec.nn import IncrementalClassifier, MultiHeadClassifier, MultiTaskModule, PerTask, UnknownTaskError
from clspec.streams import split


def three_tasks():
    head = MultiHeadClassifier(4)
    for experience in split(6, 3, task_labels=True):
        head.adaptation(experience)
    return head


def test_a_mixed_batch_gives_each_sample_its_own_tasks_answer():
    head = three_tasks()
    x, labels = torch.randn(9, 4), torch.tensor([2, 0, 1, 1, 0, 2, 2, 0, 1])
    mixed = head(x, labels)
    assert mixed.shape == (9, 6)
    for row, task in enumerate(labels.tolist()):
        own = head(x[row : row + 1], task)[0]
        torch.testing.assert_close(mixed[row, : len(own)], own, atol=1e-6, rtol=0)
        assert (mixed[row, len(own) :] == -1000).all()


def test_widths_by_kind_of_label():
    head = three_tasks()
    x = torch.randn(3, 4)
    assert [head(x, task).shape[1] for task in range(3)] == [2, 4, 6]
    assert head(x, torch.zeros(3, dtype=torch.long)).shape == (3, 6)
    assert {task: answer.shape[1] for task, answer in head(x, None).items()} == {0: 2, 1: 4, 2: 6}
    assert head(x[:0], torch.zeros(0, dtype=torch.long)).shape == (0, 6)


def test_only_present_heads_get_gradients():
    head = three_tasks()
    head(torch.randn(4, 4), torch.tensor([2, 0, 2, 0])).clamp(min=-50).sum().backward()
    have = [all(p.grad is not None for p in member.parameters()) for member in head.members]
    lack = [all(p.grad is None for p in member.parameters()) for member in head.members]
    assert (have, lack) == ([True, False, True], [False, True, False])


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_the_answer_has_the_heads_dtype(dtype):
    head = three_tasks().to(dtype)
    head.adaptation(Experience([6, 7], task_labels=[3]))
    assert {p.dtype for p in head.parameters()} == {dtype}
    assert head(torch.randn(2, 4, dtype=dtype), torch.tensor([3, 0])).dtype == dtype


def test_under_autocast():
    head = three_tasks()
    head.eval().adaptation(Experience([9], task_labels=[5]))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert head(torch.randn(3, 4), torch.tensor([2, 0, 5])).dtype == torch.bfloat16


def test_an_unknown_task_is_an_error_that_names_the_known_ones():
    head = three_tasks()
    for labels in (7, torch.tensor([0, 7])):
        with pytest.raises(UnknownTaskError, match="task 7; the known tasks are 0, 1, 2"):
            head(torch.randn(2, 4), labels)
    assert issubclass(UnknownTaskError, ValueError)


def test_a_task_announced_in_eval_answers_with_the_mask_value():
    head = three_tasks()
    before = copy.deepcopy(head.state_dict())
    head.eval().adaptation(Experience([6, 7], task_labels=[3]))
    x = torch.randn(2, 4)
    assert torch.equal(head(x, 3), torch.full((2, 8), -1000.0))
    mixed = head(x, torch.tensor([3, 0]))
    assert mixed.shape == (2, 8)
    assert (mixed[0] == -1000).all()
    assert (mixed[1, :2] > -100).all()
    assert set(head(x, None)) == {0, 1, 2}
    assert all(torch.equal(before[name], value) for name, value in head.state_dict().items())


def test_before_any_adaptation_the_born_member_is_task_0():
    head = MultiHeadClassifier(4)
    assert head(torch.randn(2, 4), 0).shape == (2, 2)
    with pytest.raises(UnknownTaskError):
        head(torch.randn(2, 4), 1)
    report = head.adaptation(Experience([5, 7], task_labels=[3]))
    assert report.changes == ("self: member 0 for task 3", "self: member 0: rows 0, 1 for classes 5, 7")
    assert len(head.members) == 1
    assert head(torch.randn(2, 4), 3).shape == (2, 8)


def test_several_tasks_in_one_experience():
    head = MultiHeadClassifier(4)
    report = head.adaptation(Experience([0, 1, 2, 3], [0, 1], classes_by_task={0: [0, 1], 1: [2, 3]}))
    assert report.changes == (
        "self: member 0 for task 0",
        "self: + member 1 for task 1 with 2 rows for classes 2, 3",
        "self: member 0: rows 0, 1 for classes 0, 1",
    )
    assert head.class_map() == [("", 0, 0, 0), ("", 0, 1, 1), ("", 1, 2, 0), ("", 1, 3, 1)]


def test_later_classes_go_to_the_member_of_their_task():
    head = three_tasks()
    report = head.adaptation(Experience([8], task_labels=[1]))
    assert report.changes == ("self: member 1: +1 row for class 8",)
    assert list(report.new_parameters) == ["members.1.generations.1.weight", "members.1.generations.1.bias"]


@pytest.mark.parametrize(
    ("labels", "error"),
    [
        (True, TypeError),
        (0.0, TypeError),
        ("0", TypeError),
        (torch.zeros(2), TypeError),
        (torch.zeros(2, dtype=torch.bool), TypeError),
        (torch.zeros(3, dtype=torch.long), ValueError),
        (torch.tensor(0), ValueError),
    ],
)
def test_labels_of_a_wrong_kind(labels, error):
    with pytest.raises(error, match="task_labels must"):
        MultiHeadClassifier(4)(torch.randn(2, 4), labels)


def test_a_plain_layer_for_each_task():
    part = PerTask(partial(nn.Linear, 4, 3))
    part.adaptation(Experience(None, [0]))
    part.adaptation(Experience(None, [1]))
    x = torch.randn(2, 4)
    mixed = part(x, torch.tensor([1, 0]))
    torch.testing.assert_close(mixed, torch.stack([part.members[1](x[0]), part.members[0](x[1])]))
    assert not torch.equal(part.members[0].weight, part.members[1].weight)
    assert pickle.loads(pickle.dumps(part))(x, 1).shape == (2, 3)


def test_another_kind_of_head():
    head = MultiHeadClassifier(4, head=partial(IncrementalClassifier, 4, bias=False, mask_value=-7), mask_value=-7)
    head.adaptation(Experience([0, 1], [0]))
    head.adaptation(Experience([3], [1]))
    assert head.members[1].bias is None
    assert head(torch.randn(1, 4), torch.tensor([0]))[0, 2:].tolist() == [-7, -7]


def test_a_module_of_ones_own():
    class Scaled(MultiTaskModule):
        def __init__(self):
            super().__init__()
            self.body = nn.Linear(4, 4)
            self.head = MultiHeadClassifier(4)

        def forward_single_task(self, x, task_label):
            return self.head(self.body(x) * (1 + task_label), task_label)

    model = Scaled()
    for experience in split(6, 3, task_labels=True):
        model.adaptation(experience)
    x = torch.randn(3, 4)
    mixed = model(x, torch.tensor([2, 1, 0]))
    assert mixed.shape == (3, 6)
    torch.testing.assert_close(mixed[1, :4], model(x, 1)[1])
    assert (mixed[1, 4:] == -1000).all()
    assert set(model(x, None)) == {0, 1, 2}
    with pytest.raises(UnknownTaskError):
        model(x, 9)


@pytest.mark.parametrize(
    "graph",
    [
        lambda head, x, labels: torch.export.export(head, (x, labels)).module(),
        lambda head, x, labels: torch.compile(head, fullgraph=True, backend="eager"),
    ],
)
def test_a_mixed_batch_in_a_graph(graph):
    head = three_tasks().eval()
    x, labels = torch.randn(4, 4), torch.tensor([2, 0, 1, 1])
    inside = graph(head, x, labels)
    torch.testing.assert_close(inside(x, labels), head(x, labels))
    other = labels.flip(0)
    torch.testing.assert_close(inside(x, other), head(x, other))
    with pytest.raises(RuntimeError, match="no adaptation ever announced"):
        inside(x, labels + 1)


@pytest.mark.parametrize("label", [np.int64(1), np.uint8(1)])
def test_any_integer_is_a_label(label):
    part = MultiHeadClassifier(4)
    for task in (0, 1):
        part.adaptation(Experience([0, 1], [task]))
    x = torch.randn(3, 4)
    assert torch.equal(part(x, label), part(x, 1))


@pytest.mark.parametrize("label", [True, np.bool_(True), 1.0, np.array([0, 1, 0]), "0"])
def test_nothing_else_is(label):
    with pytest.raises(TypeError, match="task_labels must be an int, an integer tensor or None, not"):
        MultiHeadClassifier(4)(torch.randn(3, 4), label)
