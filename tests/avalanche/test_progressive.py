import pytest
import torch
from avalanche.models import PNN
from avalanche.models.dynamic_modules import avalanche_model_adaptation
from avalanche.models.pnn import LinearAdapter, MLPAdapter, PNNLayer
from torch import nn
from torch.nn import functional

import clspec
from clspec import nn as cl
from clspec.nn import ProgressiveNetwork

from .pairs import same, stream


class Ours(cl.DynamicModule):
    def __init__(self, layers, adapter):
        super().__init__()
        self.columns = ProgressiveNetwork(784, hidden=8, layers=layers, adapter=adapter)
        self.classifier = cl.MultiHeadClassifier(8)

    def forward(self, x, task_labels):
        return self.classifier(self.columns(x, task_labels), task_labels)


def pair(layers=2, adapter="mlp"):
    theirs = PNN(layers, hidden_features_per_column=8, adapter=adapter)
    if adapter == "linear":  # Avalanche's first layer takes no notice of the argument
        theirs.layers[0] = PNNLayer(784, 8, adapter)
    return theirs, Ours(layers, adapter)


def adapt(theirs, ours, experience):
    avalanche_model_adaptation(theirs, experience)
    ours.adaptation(experience)
    (task,) = experience.task_labels
    column = len(ours.columns.columns) - 1
    for layer, mine in zip(theirs.layers, ours.columns.columns[column].layers, strict=True):
        source = layer.columns[column]
        mine.linear.load_state_dict(source.itoh.state_dict())
        if column and isinstance(source.adapter, MLPAdapter):
            mine.adapter.scales.data.copy_(source.adapter.alphas)
            mine.adapter.reduce.load_state_dict(source.adapter.V.state_dict())
            mine.adapter.project.load_state_dict(source.adapter.U.state_dict())
        if column and isinstance(source.adapter, LinearAdapter):
            mine.adapter.laterals.load_state_dict(source.adapter.lat_layers.state_dict())
    head, linear = ours.classifier.members[column], theirs.classifier.classifiers[str(task)].classifier
    head.set_rows(*({c: values[c] for c in head.rows.classes} for values in (linear.weight, linear.bias)))


@pytest.mark.parametrize("adapter", ["mlp", "linear"])
@pytest.mark.parametrize("layers", [1, 2, 3])
def test_the_same_answers_and_the_same_training(layers, adapter):
    theirs, ours = pair(layers, adapter)
    experiences = stream(tasks=True, from_zero=True)
    for number, experience in enumerate(experiences):
        adapt(theirs, ours, experience)
        x, y = torch.randn(4, 1, 28, 28), torch.tensor([0, 1, 1, 0])
        for model in (theirs, ours):
            optimizer = torch.optim.SGD((p for p in model.parameters() if p.requires_grad), lr=0.1)
            functional.cross_entropy(model(x, number), y).backward()
            optimizer.step()
            optimizer.zero_grad()
        for training in (True, False):
            theirs.train(training), ours.train(training)
            for task in range(number + 1):
                same(theirs, ours, x, task)
        same(theirs, ours, x, torch.arange(4).clamp(max=number))
        theirs.train(), ours.train()


def test_the_same_parameters_stand_still():
    theirs, ours = pair()
    for experience in stream(tasks=True, from_zero=True)[:3]:
        adapt(theirs, ours, experience)
    for layer in range(2):
        for column in range(3):
            expected = {p.requires_grad for p in theirs.layers[layer].columns[column].parameters()}
            assert {p.requires_grad for p in ours.columns.columns[column].layers[layer].parameters()} == expected


def test_difference_the_adapter_is_in_every_layer():
    """Avalanche's first layer always has the mlp adapter, whatever was asked for."""
    theirs, ours = PNN(2, hidden_features_per_column=8, adapter="linear"), Ours(2, "linear")
    for experience in stream(tasks=True)[:2]:
        avalanche_model_adaptation(theirs, experience)
        ours.adaptation(experience)
    assert isinstance(theirs.layers[0].columns[1].adapter, MLPAdapter)
    assert {type(layer.adapter).__name__ for layer in ours.columns.columns[1].layers} == {"LinearAdapter"}


def test_difference_a_task_that_is_only_evaluated_gets_no_column():
    """Avalanche adds a column, and freezes the others for good, when it is evaluated on a task to come."""
    theirs, ours = pair()
    experiences = stream(tasks=True)
    adapt(theirs, ours, experiences[0])
    theirs.eval(), ours.eval()
    avalanche_model_adaptation(theirs, experiences[1])
    ours.adaptation(experiences[1])
    assert theirs.layers[0].num_columns == 2
    assert not any(p.requires_grad for p in theirs.layers[0].columns[0].parameters())
    assert len(ours.columns.columns) == 1
    assert all(p.requires_grad for p in ours.parameters())
    assert (ours(torch.randn(2, 784), 1) == -1000).all()


def test_difference_several_tasks_in_one_experience():
    """Avalanche refuses them; ours adds a column each."""
    data = stream(experiences=1)[0].dataset
    experience = clspec.Experience([0, 1], [0, 1], dataset=nn.Module())
    experience.dataset.targets_task_labels = [0, 1]
    assert len(data) == 40
    with pytest.raises(AssertionError, match="a single task"):
        PNNLayer(4, 4).adaptation(experience)
    network = ProgressiveNetwork(4, hidden=3)
    network.adaptation(experience)
    assert len(network.columns) == 2
