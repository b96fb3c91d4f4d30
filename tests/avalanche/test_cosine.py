import pytest
import torch
from avalanche.models.cosine_layer import CosineIncrementalClassifier, CosineLinear
from torch.nn import functional

from clspec.nn import CosineClassifier

from .pairs import same, stream


def rows_of(theirs):
    """{class: row} of Avalanche's head."""
    parts = [theirs.fc] if isinstance(theirs.fc, CosineLinear) else [theirs.fc.fc1, theirs.fc.fc2]
    return dict(zip(theirs.class_order, torch.cat([part.weight for part in parts]), strict=True))


def adapt(theirs, ours, experience):
    before = set(ours.rows.classes)
    theirs.adaptation(experience)
    ours.adaptation(experience)
    ours.set_rows({class_id: row for class_id, row in rows_of(theirs).items() if class_id not in before})


@pytest.mark.parametrize("order", [None, [7, 2, 9, 0, 1, 3, 4, 5, 6, 8]])
def test_the_same_answers_and_the_same_training(order):
    theirs, ours = CosineIncrementalClassifier(6), CosineClassifier(6)
    for experience in stream(order=order):
        adapt(theirs, ours, experience)
        x = torch.randn(4, 6)
        y = torch.tensor(sorted(experience.classes_in_this_experience) * 2)
        for training in (True, False):
            same(theirs.train(training), ours.train(training), x)
        theirs.train(), ours.train()
        for model in (theirs, ours):
            optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
            functional.cross_entropy(model(x), y).backward()
            optimizer.step()
            optimizer.zero_grad()
        same(theirs, ours, x)
        torch.testing.assert_close(ours.scale, theirs.fc.sigma)


def test_difference_eval_mode_does_not_grow():
    """Avalanche draws rows for classes that it is only evaluated on, and answers with them."""
    theirs, ours = CosineIncrementalClassifier(6), CosineClassifier(6)
    first, second, *_ = stream()
    adapt(theirs, ours, first)
    theirs.eval(), ours.eval()
    theirs.adaptation(second)
    ours.adaptation(second)
    x = torch.randn(3, 6)
    torch.testing.assert_close(ours(x)[:, :2], theirs(x)[:, :2])
    assert (theirs(x)[:, 2:] > -2).all()
    assert (ours(x)[:, 2:] == -1000).all()


def test_difference_it_answers_before_anything_arrives():
    with pytest.raises(TypeError):
        CosineIncrementalClassifier(6)(torch.randn(2, 6))
    assert CosineClassifier(6)(torch.randn(2, 6)).shape == (2, 2)


def test_difference_the_answer_has_device_and_dtype_of_the_weights():
    """Avalanche makes its answer on the CPU, in float32."""
    theirs, ours = CosineIncrementalClassifier(6), CosineClassifier(6)
    adapt(theirs, ours, stream()[0])
    x = torch.randn(2, 6, dtype=torch.float64)
    theirs.double(), ours.double()
    with pytest.raises(RuntimeError, match="dtypes match"):
        theirs(x)
    assert ours(x).dtype is torch.float64
    theirs.float().to("meta"), ours.to("meta")  # stands in for any device but the CPU
    assert theirs(x.float().to("meta")).device.type == "cpu"
    assert ours(x.to("meta")).device.type == "meta"


def test_difference_no_class_is_taken_for_known():
    """Avalanche's head, born with rows, takes classes 0 to 4 for known, whatever it was born with."""
    theirs, ours = CosineIncrementalClassifier(6, num_classes=2), CosineClassifier(6)
    for experience in stream()[:2]:
        theirs.adaptation(experience)
        ours.adaptation(experience)
    assert theirs.class_order == [0, 1]
    assert theirs(torch.randn(1, 6)).shape == (1, 2)
    assert ours.rows.classes == [0, 1, 2, 3]
