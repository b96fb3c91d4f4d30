import pytest
import torch
from avalanche.models import IncrementalClassifier, MTSimpleCNN, MTSimpleMLP, MultiHeadClassifier
from avalanche.models.dynamic_modules import avalanche_model_adaptation
from torch.nn import functional

import clspec
from clspec import nn as cl

from .pairs import CLOSE, adapt, both, compiled, copy_features, same, stream

STREAMS = {
    "the same ids in every task": {"from_zero": True},
    "other ids": {},
    "gaps": {"order": [7, 2, 9, 0, 1, 3, 4, 5, 6, 8]},
}
BACKBONES = {
    "mt_simple_mlp": (lambda: MTSimpleMLP(hidden_size=20), "simple_mlp(hidden=20)", (1, 28, 28)),
    "mt_simple_cnn": (MTSimpleCNN, "simple_cnn()", (3, 32, 32)),
}
MASK = -1000


def pair(backbone):
    make, kind, shape = BACKBONES[backbone]
    theirs = make()
    ours = compiled(f"backbone features = {kind}\n head classifier = per_task(incremental())", shape)
    copy_features(theirs.features, ours.features)
    return theirs, ours, shape


def heads(experiences, width=4):
    theirs, ours = MultiHeadClassifier(width), cl.MultiHeadClassifier(width)
    for experience in experiences:
        adapt(theirs, ours, experience)
    return theirs, ours


def own_width(ours, task):
    return ours(torch.zeros(1, 4), task).shape[1]


@pytest.mark.parametrize("name", STREAMS)
@pytest.mark.parametrize("backbone", BACKBONES)
def test_one_task_a_batch(backbone, name):
    theirs, ours, shape = pair(backbone)
    optimizer = torch.optim.SGD(ours.parameters(), lr=0.1)
    for experience in stream(shape=shape, tasks=True, **STREAMS[name]):
        adapt(theirs, ours, experience, optimizer)
        (task,) = experience.task_labels
        x = torch.randn(4, *shape)
        same(theirs.train(), ours.train(), x, task)
        plain = torch.optim.SGD(theirs.parameters(), lr=0.1)
        y = torch.tensor(sorted(experience.classes_in_this_experience) * 2)
        for model, held in ((theirs, plain), (ours, optimizer)):
            torch.manual_seed(1)
            held.zero_grad()
            functional.cross_entropy(model(x, task), y).backward()
            held.step()
        theirs.eval(), ours.eval()
        same(theirs, ours, x, None)
        for known in range(experience.current_experience + 1):
            same(theirs, ours, x, known)
        theirs.train(), ours.train()


@pytest.mark.parametrize("training", [True, False])
def test_mixed_tasks_where_all_heads_are_as_wide(training):
    theirs, ours = heads(stream(tasks=True, from_zero=True))
    theirs.train(training), ours.train(training)
    labels = torch.tensor([3, 0, 1, 4, 2, 0])
    same(theirs, ours, torch.randn(6, 4), labels)
    same(theirs, ours, torch.randn(6, 4), torch.full((6,), 2))


@pytest.mark.parametrize("training", [True, False])
def test_difference_mixed_tasks_are_padded_with_the_mask_value(training):
    """Avalanche pads with 0, which wins the argmax wherever a sample's own logits are negative."""
    theirs, ours = heads(stream(tasks=True))
    theirs.train(training), ours.train(training)
    for head in (linear.classifier for linear in theirs.classifiers.values()):
        head.bias.data.fill_(-50)
    for member in ours.members:
        member.set_rows({}, dict.fromkeys(member.rows.classes, -50.0))
    x, labels = torch.randn(5, 4), torch.arange(5)
    padded, masked = both(theirs, ours, x, labels)
    assert padded.shape == masked.shape == (5, 10)
    for task in range(5):
        width = own_width(ours, task)
        torch.testing.assert_close(masked[task, :width], padded[task, :width], **CLOSE)
        assert (padded[task, width:] == 0).all()
        assert (masked[task, width:] == MASK).all()
        torch.testing.assert_close(masked[task, :width], ours(x, task)[task], **CLOSE)
    assert (masked.argmax(1) // 2 == labels).all()
    assert not (padded.argmax(1) // 2 == labels).all()


def test_difference_mixed_tasks_in_other_dtypes():
    """Avalanche answers them in float32 only; ours are in the dtype of the heads."""
    theirs, ours = heads(stream(tasks=True))
    theirs.double(), ours.double()
    x, labels = torch.randn(5, 4, dtype=torch.float64), torch.arange(5)
    with pytest.raises(RuntimeError, match="dtypes match"):
        theirs(x, labels)
    assert ours(x, labels).dtype is torch.float64


def test_difference_several_tasks_in_one_experience():
    """Avalanche refuses them where it masks, which is its default."""
    experience = clspec.Experience([0, 1, 2, 3], [0, 1], classes_by_task={0: [0, 1], 1: [2, 3]})
    with pytest.raises(NotImplementedError, match="multiple task labels"):
        avalanche_model_adaptation(MultiHeadClassifier(4), experience)
    ours = cl.MultiHeadClassifier(4)
    ours.adaptation(experience)
    assert ours.class_map() == [("", 0, 0, 0), ("", 0, 1, 1), ("", 1, 2, 0), ("", 1, 3, 1)]


def test_several_tasks_in_one_experience_without_masks():
    experience = clspec.Experience([0, 1, 2, 3], [0, 1])
    theirs, ours = MultiHeadClassifier(4, masking=False), cl.MultiHeadClassifier(4, masking=False)
    adapt(theirs, ours, experience)
    x = torch.randn(3, 4)
    for labels in (0, 1, torch.tensor([1, 0, 1])):
        same(theirs, ours, x, labels)


def test_difference_a_label_nobody_announced():
    theirs, ours = heads(stream(tasks=True)[:2])
    with pytest.raises(KeyError):
        theirs(torch.randn(2, 4), 3)
    with pytest.raises(cl.UnknownTaskError, match="the known tasks are 0, 1"):
        ours(torch.randn(2, 4), 3)


def test_difference_evaluating_a_task_to_come_makes_no_head():
    """Avalanche makes a head, with weights, for every task it is evaluated on; its answer is masked, as ours is."""
    experiences = stream(tasks=True)
    theirs, ours = heads(experiences[:1])
    theirs.eval(), ours.eval()
    adapt(theirs, ours, experiences[2])
    assert len(theirs.classifiers) == 2
    assert len(ours.members) == 1
    assert (same(theirs, ours, torch.randn(3, 4), 2) == MASK).all()


def test_difference_the_first_task_may_be_any():
    """Avalanche's born head is task 0's for good; ours is claimed by the first task that arrives, any label."""
    experience = clspec.Experience([0, 1], [3])
    theirs, ours = heads([experience])
    assert list(theirs.classifiers) == ["0", "3"]
    assert len(ours.members) == 1
    same(theirs, ours, torch.randn(3, 4), 3)


def test_incremental_heads_of_other_initial_widths():
    theirs, ours = IncrementalClassifier(4, 7), cl.IncrementalClassifier(4, 7)
    x = torch.randn(3, 4)
    for experience in stream(order=[8, 9, 0, 1, 2, 3, 4, 5, 6, 7]):
        adapt(theirs, ours, experience)
        same(theirs, ours, x)
