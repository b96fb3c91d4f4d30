import copy

import pytest
import torch
from avalanche.models import SimpleCNN, SimpleMLP, as_multitask
from avalanche.models.dynamic_modules import avalanche_model_adaptation
from torch import nn

import clspec
from clspec import nn as cl

from .pairs import CLOSE, both, same, stream

MODELS = {
    "simple_mlp": (lambda: SimpleMLP(hidden_size=20), "classifier", (1, 28, 28)),
    "simple_cnn": (SimpleCNN, "classifier.0", (3, 32, 32)),
}
MASK = -1000


def pair(name):
    make, path, shape = MODELS[name]
    model = make()
    twin = copy.deepcopy(model)
    return as_multitask(model, "classifier"), cl.as_multitask(twin, path), shape


def adapt(theirs, ours, experience):
    """Adapts both and gives a task's new head the same weights."""
    avalanche_model_adaptation(theirs, experience)
    ours.adaptation(experience)
    heads = next(module for module in ours.modules() if isinstance(module, cl.MultiHeadClassifier))
    for task in experience.task_labels:
        linear, head = theirs.classifier.classifiers[str(task)].classifier, heads.members[heads.tasks.member(task)]
        head.set_rows(dict(enumerate(linear.weight)), dict(enumerate(linear.bias)))


@pytest.mark.parametrize("name", MODELS)
def test_as_multitask(name):
    theirs, ours, shape = pair(name)
    for experience in stream(experiences=1, shape=shape, tasks=True):
        adapt(theirs, ours, experience)
    adapt(theirs, ours, clspec.Experience(range(10), [1]))
    adapt(theirs, ours, clspec.Experience(range(10), [2]))
    x = torch.randn(6, *shape)
    for training in (True, False):
        theirs.train(training), ours.train(training)
        for task in range(3):
            same(theirs, ours, x, task)
    same(theirs, ours, x, torch.tensor([2, 0, 1, 1, 0, 2]))
    same(theirs, ours, x, None)


def test_difference_the_old_rows_stay_classes():
    """Avalanche masks the rows of the model's own layer until an experience brings their class."""
    theirs, ours, shape = pair("simple_mlp")
    experience = clspec.Experience([0, 1], [0])
    avalanche_model_adaptation(theirs, experience)
    ours.adaptation(experience)
    masked, whole = both(theirs.eval(), ours.eval(), torch.randn(3, *shape), 0)
    torch.testing.assert_close(whole[:, :2], masked[:, :2], **CLOSE)
    assert (masked[:, 2:] == MASK).all()
    assert (whole[:, 2:] > -100).all()


def test_difference_the_model_handed_in_stays_as_it_was():
    """Avalanche empties the place of the classifier in the model that it is handed."""
    model = SimpleMLP(hidden_size=20)
    x = torch.randn(2, 784)
    expected = model.eval()(x)
    cl.as_multitask(model, "classifier")
    assert torch.equal(model(x), expected)
    as_multitask(model, "classifier")
    assert model(x).shape == (2, 20)


def test_difference_the_backbone_sees_the_whole_batch():
    """Avalanche runs the model once a task, so that batch-norm is trained on parts of the batch; ours runs it once."""

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6))
            self.classifier = nn.Linear(6, 3)

        def forward(self, x):
            return self.classifier(self.body(x))

    net = Net()
    twin, alone = copy.deepcopy(net), copy.deepcopy(net)
    theirs, ours = as_multitask(net, "classifier"), cl.as_multitask(twin, "classifier")
    for task in (0, 1):
        adapt(theirs, ours, clspec.Experience(range(3), [task]))
    calls = {"theirs": 0, "ours": 0}

    def count(name):
        return lambda *_: calls.update({name: calls[name] + 1})

    theirs.model.body.register_forward_hook(count("theirs"))
    ours.model.body.register_forward_hook(count("ours"))
    x, labels = torch.randn(8, 4) + torch.arange(8).unsqueeze(1), torch.tensor([0, 1] * 4)
    by_task, whole = both(theirs.train(), ours.train(), x, labels)
    assert calls == {"theirs": 2, "ours": 1}
    assert (by_task - whole).abs().max() > 1e-2
    alone.train()(x)
    torch.testing.assert_close(ours.model.body[1].running_mean, alone.body[1].running_mean)
    theirs.model.body.load_state_dict(ours.model.body.state_dict())
    same(theirs.eval(), ours.eval(), x, labels)
