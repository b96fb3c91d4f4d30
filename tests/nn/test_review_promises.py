"""What a fresh pair of eyes found broken, held from now on."""

import copy

import pytest
import torch
from torch import nn

import clspec
from clspec.experience import Experience, ExperienceError, read_experience
from clspec.nn import DynamicModule, IncrementalClassifier, NearestMeanClassifier, PerTask, TrainEvalClassifier


def make(parts: str, width: int = 6):
    text = f"clspec 1\nmodel M {{ input features(4)\n neck n = [linear({width}), batch_norm(), relu()]\n {parts} }}"
    return clspec.compile(clspec.parse_string(text), seed=1)


def moved(model, before):
    return [name for name, value in model.state_dict().items() if not torch.equal(value, before[name])]


@pytest.mark.parametrize(
    ("x", "labels", "message"),
    [
        (torch.randn(8, 3), 0, r"x: the input must be \(batch, 4\), not \(8, 3\)"),
        (torch.randn(1, 8, 4), 0, r"not \(1, 8, 4\)"),
        (torch.randn(4), 0, r"not \(4,\)"),
        (torch.randn(8, 4), torch.tensor([0, 0]), r"one label a sample, shape \(8,\)"),
        (torch.randn(8, 4), 5, "task 5"),
        (torch.randn(8, 4), torch.tensor([0] * 7 + [9]), "task 9"),
    ],
)
def test_a_refused_batch_moves_nothing(x, labels, message):
    model = make("head h = per_task(incremental())")
    model.adaptation(Experience([0, 1]))
    before = copy.deepcopy(model.state_dict())
    with pytest.raises(ValueError, match=message):
        model(x, labels)
    assert moved(model, before) == []


def test_a_member_that_would_not_grow_is_refused():
    with pytest.raises(ValueError, match="TrainEvalClassifier, whose inner parts grow by themselves"):
        PerTask(lambda: TrainEvalClassifier(IncrementalClassifier(4), NearestMeanClassifier(4)))
    with pytest.raises(ValueError, match="Sequential"):
        PerTask(lambda: nn.Sequential(nn.Linear(4, 4), IncrementalClassifier(4)))


@pytest.mark.parametrize("parts", ["head h = incremental()", "head h = per_task(incremental())"])
def test_a_state_that_does_not_fit_leaves_all_as_it_was(parts):
    model, other = make(parts), make(parts, width=9)
    model.adaptation(Experience([0, 1]))
    for classes in ([0, 1], [2, 3], [4, 5]):
        other.adaptation(Experience(classes))
    before, held = copy.deepcopy(model.state_dict()), list(model.parameters())
    for state in (other.state_dict(), {**model.state_dict(), "h._extra_state": torch.zeros(3, dtype=torch.uint8)}):
        with pytest.raises((RuntimeError, ValueError)):
            model.load_state_dict(state)
        assert moved(model, before) == []
        assert [id(parameter) for parameter in model.parameters()] == [id(parameter) for parameter in held]


def test_the_growth_of_another_kind_is_told():
    model, other = make("head h = incremental()"), make("head h = per_task(incremental())")
    with pytest.raises(ValueError, match="h: the saved growth is not that of a IncrementalClassifier"):
        model.load_state_dict(other.state_dict())


def test_align_leaves_members_of_other_tasks_alone():
    model = make("head h = per_task(incremental())\n after experience { align h }")
    for index, (classes, task) in enumerate([([0, 1], 0), ([2, 3], 0), ([0], 1)]):
        model.adaptation(Experience(classes, [task], index))
    before = model.h.members[0].weight
    assert model.post_adaptation().changes == ()
    assert torch.equal(model.h.members[0].weight, before)


def test_an_empty_dataset_is_told():
    model = make("head h = nearest_mean()")
    experience = Experience([0, 1], dataset=[])
    model.adaptation(experience)
    with pytest.raises(RuntimeError, match="dataset is empty"):
        model.post_adaptation(experience)


def test_classes_by_task_must_be_a_mapping():
    with pytest.raises(ExperienceError, match="classes_by_task must map"):
        IncrementalClassifier(4).adaptation(Experience([2], [0, 1], classes_by_task=[1]))


def test_a_plain_dynamic_module_loads_all_or_nothing_too():
    class Net(DynamicModule):
        def __init__(self):
            super().__init__()
            self.head = IncrementalClassifier(4)

    net, grown = Net(), Net()
    grown.adaptation(Experience([0, 1, 2]))
    state = grown.state_dict()
    del state["head.generations.0.extra_weight"]
    with pytest.raises(RuntimeError, match="extra_weight"):
        net.load_state_dict(state)
    assert net.class_map() == Net().class_map()


def test_an_experience_is_read_more_than_once_from_what_can_be_read_once() -> None:
    experience = Experience(iter([0, 1]), (label for label in [3]))
    for _ in range(2):
        assert read_experience(experience).classes_by_task == {3: (0, 1)}


@pytest.mark.parametrize("bare", [torch.tensor(3), torch.tensor(3).numpy()])
def test_a_bare_number_of_an_array_library_is_no_list_of_classes(bare) -> None:
    with pytest.raises(ExperienceError, match="classes must be a list of integers"):
        read_experience(Experience(bare))
