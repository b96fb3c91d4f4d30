"""A user's own modules that answer by task: how wide the answer to mixed tasks is, and of what form."""

from typing import Any, NamedTuple

import pytest
import torch
from torch import nn

from clspec.experience import Experience
from clspec.nn import IncrementalClassifier, MultiHeadClassifier, MultiTaskModule

X = torch.randn(4, 6)
ZEROS, MIXED = torch.zeros(4, dtype=torch.long), torch.tensor([0, 1, 0, 1])


class Heads(MultiTaskModule):
    def __init__(self, answer=lambda logits, x: logits, head=MultiHeadClassifier):
        super().__init__()
        self.body, self.head, self.answer = nn.Linear(6, 6), head(6), answer

    def forward_single_task(self, x, task_label):
        logits = self.head(x, task_label) if isinstance(self.head, MultiHeadClassifier) else self.head(x)
        return self.answer(logits, x)


def adapted(model):
    model.adaptation(Experience([0, 1], [0]))
    model.adaptation(Experience([0, 1, 2, 3], [1]))
    return model


@pytest.mark.parametrize("head", [MultiHeadClassifier, IncrementalClassifier])
@pytest.mark.parametrize("training", [True, False])
def test_a_tensor_of_labels_gives_the_widest_known(training, head):
    model = adapted(Heads(head=head)).train(training)
    for labels in (ZEROS, MIXED):
        assert model(X, labels).shape == (4, 4)
        compiled = torch.compile(model, fullgraph=True, backend="eager")
        torch.testing.assert_close(compiled(X, labels), model(X, labels))
    assert model(X, 0).shape == (4, 2 if head is MultiHeadClassifier else 4)


def test_and_the_widest_announced():
    model = adapted(Heads()).eval()
    model.adaptation(Experience([8], [2]))
    assert model(X, ZEROS).shape == model(X, MIXED).shape == (4, 9)
    assert (model(X, ZEROS)[:, 2:] == -1000).all()


def test_a_head_that_only_stands_by_says_nothing_of_the_answer():
    model = adapted(Heads(lambda logits, x: x))
    assert torch.equal(model(X, MIXED), X)


class Plain(MultiTaskModule):
    def __init__(self):
        super().__init__()
        self.heads = nn.ModuleDict({"0": nn.Linear(6, 2), "1": nn.Linear(6, 3)})

    def forward_single_task(self, x, task_label):
        return self.heads[str(task_label)](x)


def test_of_plain_layers_only_the_class_can_tell():
    class Telling(Plain):
        def widest(self):
            return max(head.out_features for head in self.heads.values())

    assert adapted(Plain())(X, ZEROS).shape == (4, 2)
    assert adapted(Plain())(X, MIXED).shape == (4, 3)
    assert adapted(Telling())(X, ZEROS).shape == (4, 3)


class Pair(NamedTuple):
    logits: Any
    features: Any


def test_dicts_and_tuples_are_put_together_item_by_item():
    def nested(logits, x):
        return {"logits": logits, "more": Pair([logits, x], (x[:, 0],))}

    model = adapted(Heads(nested))
    by_int = {task: model(X, task) for task in (0, 1)}
    for mixed in (model(X, MIXED), torch.compile(model, fullgraph=True, backend="eager")(X, MIXED)):
        assert isinstance(mixed["more"], Pair)
        assert mixed["logits"].shape == mixed["more"].logits[0].shape == (4, 4)
        assert torch.equal(mixed["more"].logits[1], X)
        assert torch.equal(mixed["more"].features[0], X[:, 0])
        torch.testing.assert_close(mixed["logits"][0, :2], by_int[0]["logits"][0])
        torch.testing.assert_close(mixed["logits"][1], by_int[1]["logits"][1])
    assert model(X, ZEROS)["logits"].shape == (4, 4)


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (lambda logits, x: "logits", TypeError, r"Heads: answers are put together where .* tuples of them, not str"),
        (lambda logits, x: logits.sum(), TypeError, r"tensors \(batch, ...\), .*not Tensor"),
        (
            lambda logits, x: {str(logits.shape[1]): logits},
            ValueError,
            "Heads: task 0 answers with a dict of '2', task 1 with a dict of '4'",
        ),
        (lambda logits, x: logits if logits.shape[1] == 2 else (x,), ValueError, "a tensor of 2 dimensions, task 1 wi"),
    ],
)
def test_what_cannot_be_put_together_is_said(answer, error, words):
    with pytest.raises(error, match=words):
        adapted(Heads(answer))(X, MIXED)
