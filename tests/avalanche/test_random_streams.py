"""Any classes and tasks in any order, repeated, with gaps, trained on or only evaluated on."""

import torch
from avalanche.models import IncrementalClassifier, MultiHeadClassifier
from hypothesis import given, settings
from hypothesis import strategies as st

import clspec
from clspec import nn as cl

from .pairs import CLOSE, adapt

MASK = -1000
CLASSES = st.sets(st.integers(0, 9), min_size=1, max_size=4).map(sorted)
STEPS = st.lists(st.tuples(CLASSES, st.integers(0, 3), st.booleans()), min_size=1, max_size=8)


def led_through(theirs, ours, steps):
    """Adapts both, in train mode first; says which tasks came up."""
    tasks = []
    for number, (classes, task, training) in enumerate(steps):
        for model in (theirs, ours):
            model.train(training or number == 0)
        adapt(theirs, ours, clspec.Experience(classes, [task], number))
        tasks.append(task)
        yield list(dict.fromkeys(tasks))


def same_columns(theirs, ours):
    """Equal, but that one may have more columns, which are masked: Avalanche never has fewer than it was born with."""
    both = min(theirs.shape[1], ours.shape[1])
    torch.testing.assert_close(ours[:, :both], theirs[:, :both], **CLOSE)
    assert (theirs[:, both:] == MASK).all()
    assert (ours[:, both:] == MASK).all()


@settings(deadline=None)
@given(STEPS)
def test_incremental(steps):
    theirs, ours = IncrementalClassifier(3), cl.IncrementalClassifier(3)
    x = torch.randn(4, 3)
    for _ in led_through(theirs, ours, [(classes, 0, training) for classes, _, training in steps]):
        same_columns(theirs(x), ours(x))


@settings(deadline=None)
@given(STEPS)
def test_multi_head(steps):
    theirs, ours = MultiHeadClassifier(3), cl.MultiHeadClassifier(3)
    x = torch.randn(8, 3)
    for tasks in led_through(theirs, ours, steps):
        alone = {task: theirs(x, task) for task in tasks}
        for task, answer in alone.items():
            same_columns(answer, ours(x, task))
        labels = torch.tensor(tasks * 8)[:8]
        mixed = ours(x, labels)
        for sample, task in enumerate(labels.tolist()):
            same_columns(alone[task][sample : sample + 1], mixed[sample : sample + 1])
        assert theirs.known_train_tasks_labels == set(ours.known_tasks())
