import pytest
import torch
from avalanche.models import IncrementalClassifier, SimpleCNN, SimpleMLP
from avalanche.models.dynamic_optimizers import update_optimizer
from torch.nn import functional

from clspec import nn as cl

from .pairs import adapt, compiled, copy_features, same, stream

ORDERS = {"ascending": None, "with gaps": [7, 2, 9, 0, 1, 3, 4, 5, 6, 8]}
BACKBONES = {
    "simple_mlp": (
        lambda: SimpleMLP(hidden_size=20, hidden_layers=2),
        "simple_mlp(hidden=20, layers=2)",
        (1, 28, 28),
        20,
    ),
    "simple_cnn": (SimpleCNN, "simple_cnn()", (3, 32, 32), 64),
}


def pair(backbone):
    make, kind, shape, width = BACKBONES[backbone]
    theirs = make()
    theirs.classifier = IncrementalClassifier(width)
    ours = compiled(f"backbone features = {kind}\n head classifier = incremental()", shape)
    copy_features(theirs.features, ours.features)
    return theirs, ours, shape


def step(model, optimizer, x, y):
    optimizer.zero_grad()
    functional.cross_entropy(model(x), y).backward()
    optimizer.step()


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("backbone", BACKBONES)
def test_the_same_answers_and_the_same_training(backbone, order):
    theirs, ours, shape = pair(backbone)
    optimizer = torch.optim.SGD(ours.parameters(), lr=0.1)
    for experience in stream(order=ORDERS[order], shape=shape):
        adapt(theirs, ours, experience, optimizer)
        x = torch.randn(6, *shape)
        same(theirs.train(), ours.train(), x)
        same(theirs.eval(), ours.eval(), x)
        theirs.train(), ours.train()
        y = torch.tensor(sorted(experience.classes_in_this_experience))[torch.arange(6) % 2]
        plain = torch.optim.SGD(theirs.parameters(), lr=0.1)
        for model, held in ((theirs, plain), (ours, optimizer)):
            torch.manual_seed(1)
            step(model, held, x, y)
        same(theirs.eval(), ours.eval(), x)
        theirs.train(), ours.train()


def test_evaluating_on_what_comes_later_gives_the_same_answers():
    theirs, ours, shape = pair("simple_mlp")
    experiences = stream(order=ORDERS["with gaps"])
    adapt(theirs, ours, experiences[0])
    theirs.eval(), ours.eval()
    for experience in experiences:
        adapt(theirs, ours, experience)
        assert same(theirs, ours, torch.randn(3, *shape)).shape[1] >= max(experience.classes_in_this_experience) + 1


def test_classes_that_come_back():
    theirs, ours, shape = pair("simple_mlp")
    first, second, *_ = stream()
    for experience in (second, first, second, first):
        adapt(theirs, ours, experience)
        same(theirs.eval(), ours.eval(), torch.randn(3, *shape))
        theirs.train(), ours.train()


def heads():
    theirs, ours = IncrementalClassifier(4), cl.IncrementalClassifier(4)
    ours.generations[0].weight.data.copy_(theirs.classifier.weight)
    ours.generations[0].bias.data.copy_(theirs.classifier.bias)
    return theirs, ours


def test_difference_nothing_is_masked_before_adaptation():
    """Avalanche masks every column then, so that a head without an experience cannot learn; its rows are the same."""
    theirs, ours = heads()
    x = torch.randn(3, 4)
    assert (theirs(x) == -1000).all()
    torch.testing.assert_close(ours(x), theirs.classifier(x))


def test_difference_columns_end_with_the_highest_class():
    """Avalanche never has fewer columns than `initial_out_features`; ours are what classes there are."""
    theirs, ours = heads()
    (experience, *_) = stream(experiences=10)
    adapt(theirs, ours, experience)
    x = torch.randn(3, 4)
    assert (theirs(x).shape, ours(x).shape) == ((3, 2), (3, 1))
    torch.testing.assert_close(ours(x), theirs(x)[:, :1])
    assert (theirs(x)[:, 1] == -1000).all()


def test_difference_an_optimizer_keeps_its_state():
    """Avalanche replaces grown parameters, and `update_optimizer` forgets what Adam knew of them."""
    theirs, ours = heads()
    first, second, *_ = stream()
    adapt(theirs, ours, first)
    optimizers = [torch.optim.Adam(theirs.parameters()), torch.optim.Adam(ours.parameters())]
    for model, optimizer in zip((theirs, ours), optimizers, strict=True):
        step(model, optimizer, torch.randn(4, 4), torch.tensor([0, 1, 0, 1]))
    known = dict(theirs.named_parameters())
    avalanche_weight, weight = theirs.classifier.weight, ours.generations[0].weight
    assert len(optimizers[0].state[avalanche_weight]) == len(optimizers[1].state[weight]) == 3
    adapt(theirs, ours, second, optimizers[1])
    update_optimizer(optimizers[0], dict(theirs.named_parameters()), known, reset_state=False)
    assert optimizers[0].state[theirs.classifier.weight] == {}
    assert ours.generations[0].weight is weight
    assert int(optimizers[1].state[weight]["step"]) == 1


def test_difference_eval_mode_changes_nothing():
    """Avalanche grows in eval mode too: parameters are replaced and torch's generator is drawn from."""
    theirs, ours = heads()
    first, _, third, *_ = stream()
    adapt(theirs, ours, first)
    theirs.eval(), ours.eval()
    old, older = theirs.classifier.weight, list(ours.parameters())
    adapt(theirs, ours, third)
    assert theirs.classifier.weight is not old
    assert len(theirs.classifier.weight) == 6
    assert all(mine is before for mine, before in zip(ours.parameters(), older, strict=True))
    same(theirs, ours, torch.randn(3, 4))


def test_difference_no_row_for_a_class_between():
    """Avalanche holds a row, trained by weight decay, for every id below the highest; ours only for classes seen."""
    theirs, ours = heads()
    experience = stream(order=[9, 8, *range(8)])[0]
    adapt(theirs, ours, experience)
    assert len(theirs.classifier.weight) == 10
    assert len(ours.weight) == 2
    same(theirs, ours, torch.randn(3, 4))


def test_difference_a_grown_state_loads_into_a_fresh_head():
    """Avalanche's head must be grown by hand to the same size first."""
    theirs, ours = heads()
    for experience in stream():
        adapt(theirs, ours, experience)
    with pytest.raises(RuntimeError, match="size mismatch"):
        IncrementalClassifier(4).load_state_dict(theirs.state_dict())
    fresh = cl.IncrementalClassifier(4)
    fresh.load_state_dict(ours.state_dict())
    same(theirs, fresh, torch.randn(3, 4))
