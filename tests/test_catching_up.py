"""`expand` grows to the classes seen, `branch` to the tasks seen, whenever a rule lets them."""

from __future__ import annotations

import pytest
import torch

import clspec
from clspec.experience import Experience

X = torch.randn(8, 6)
STREAM = Experience([3, 4], [0], 0), Experience([5], [1], 1), Experience([0, 6], [0], 2)


def parsed(head: str, rules: str):
    body = f"input features(6)\n backbone b = simple_mlp(hidden=8)\n head h = {head}\n {rules}"
    return clspec.parse_string(f"clspec 1\nmodel M {{ {body} }}")


def adapted(head: str, rules: str, *stream: Experience):
    """The model after the stream, at every step as forecast."""
    spec = parsed(head, rules)
    model = clspec.compile(spec)
    for row, experience in zip(clspec.simulate(spec, stream=stream).rows, stream, strict=True):
        assert model.adaptation(experience).changes == row.changes
        assert {path: model.describe()[path] for path in row.states} == row.states
        assert model.post_adaptation(experience).changes == row.after
    return model


@pytest.mark.parametrize("head", ["incremental(auto=false)", "cosine(auto=false)", "nearest_mean(auto=false)"])
def test_classes_of_earlier_experiences_get_their_rows(head):
    model = adapted(head, "when experience 1 { expand h }", STREAM[0], Experience([5], [0], 1))
    assert [class_id for _, _, class_id, _ in model.class_map()] == [3, 4, 5]


def test_those_of_earlier_tasks_too():
    one = adapted("incremental(auto=false)", "when new_task { expand h }", *STREAM[:2])
    assert [class_id for _, _, class_id, _ in one.class_map()] == [3, 4, 5]
    each = adapted("per_task(incremental(auto=false))", "when experience 2 { expand h }", *STREAM)
    assert [(task, class_id) for _, task, class_id, _ in each.class_map()] == [(0, 0), (0, 3), (0, 4), (0, 6), (1, 5)]


@pytest.mark.parametrize("first", [0, 7])
def test_an_earlier_task_keeps_the_member_that_was_trained_for_it(first):
    stream = Experience([3, 4], [first], 0), Experience([5], [1], 1)
    model = adapted("per_task(incremental(), auto=false)", "when experience 1 { branch h }", *stream)
    assert model.h.tasks.tasks == [first, 1]
    assert model.h.members[1].rows.classes == [5]
    if first == 0:  # the member answered as task 0 from birth, so it has been trained
        assert model.h.members[0].rows.classes == [3, 4]
        assert model(X, torch.tensor([0, 1] * 4)).shape == (8, 6)


def test_columns_do_so_too():
    growing = "backbone columns = progressive(hidden=3, auto=false) from x"
    model = adapted(f"linear(2)\n {growing}\n head k = linear(2)", "when experience 1 { branch columns }", *STREAM[:2])
    assert model.columns.tasks.tasks == [0, 1]


def test_after_loading_as_without():
    model = adapted("incremental(auto=false)", "when experience 1 { expand h }", STREAM[0])
    other = clspec.compile(parsed("incremental(auto=false)", "when experience 1 { expand h }"))
    other.load_state_dict(model.state_dict())
    other.adaptation(Experience([5], [0], 1))
    assert [class_id for _, _, class_id, _ in other.class_map()] == [3, 4, 5]
