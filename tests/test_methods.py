"""Methods from papers, end to end on scikit-learn's digits: compiled, adapted, trained, fitted, saved, and right."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from sklearn.datasets import load_digits
from torch.nn.functional import cross_entropy
from torch.utils.data import ConcatDataset, DataLoader, Dataset, Subset, TensorDataset

import clspec
from tests.conftest import SPECS

torch.set_num_threads(1)

ICARL = """
clspec 1
model ICaRL {
    input features(64)
    backbone trunk = mlp([96, 48])
    head classifier = train_eval(incremental(), nearest_mean(auto=false))
    when new_class { expand classifier.eval_classifier }
    after experience { reset classifier.eval_classifier; observe classifier.eval_classifier }
}
"""
SLDA = """
clspec 1
model SLDA {
    input features(64)
    backbone trunk = mlp([256])
    head classifier = streaming_lda()
    freeze trunk
}
"""
NEAREST = SLDA.replace("SLDA", "Nearest").replace("streaming_lda()", "nearest_mean()")
FECAM = """
clspec 1
model FeCAM {
    input features(64)
    backbone trunk = mlp([48])
    head classifier = train_eval(incremental(), fecam(shrinkage=0.5))
    after experience 0 { freeze trunk }
}
"""
REFITTED = """
clspec 1
model Refitted {
    input features(64)
    backbone trunk = mlp([96, 48])
    head trained = incremental()
    head means = nearest_mean(auto=false)
    output means, trained
    when new_class { expand means }
    after experience { reset means; observe means }
}
"""
METHODS = {"icarl": ICARL, "refitted": REFITTED, "slda": SLDA, "nearest_mean": NEAREST, "fecam": FECAM}
EACH = pytest.mark.parametrize("text", METHODS.values(), ids=METHODS)


@pytest.fixture(scope="module")
def streams() -> tuple[list[clspec.Experience], TensorDataset]:
    """Five experiences of two digits each to learn from, and every fifth image of all digits to be asked about."""
    images, labels = load_digits(return_X_y=True)
    x, y = torch.tensor(images, dtype=torch.float32) / 16, torch.tensor(labels)
    asked = torch.arange(len(y)) % 5 == 0
    return clspec.streams.from_dataset(TensorDataset(x[~asked], y[~asked])), TensorDataset(x[asked], y[asked])


def exemplars(experiences) -> list[Dataset]:
    """Eighty samples of each experience, to be replayed."""
    return [Subset(experience.dataset, range(80)) for experience in experiences]


def answer(model, x, head: str = "means") -> torch.Tensor:
    """The logits of a model with one output, or those of one of its heads."""
    logits = model(x)
    return logits[head] if isinstance(logits, dict) else logits


def live(model, optimizer, experience, replayed=(), epochs: int = 3) -> None:
    """A plain loop on the samples of an experience and those replayed, which are also what is observed."""
    dataset = ConcatDataset([experience.dataset, *replayed])
    model.train()
    model.adaptation(experience, optimizer)
    for _ in range(epochs):
        for x, y in DataLoader(dataset, batch_size=32, shuffle=True):
            loss = cross_entropy(answer(model, x, "trained"), y)
            if loss.requires_grad:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
    model.post_adaptation(replace(experience, dataset=dataset))


@torch.no_grad()
def accuracy(model, test: TensorDataset, classes) -> float:
    """The share of the test images of these classes that the model gets right among all it knows."""
    x, y = test.tensors
    own = torch.isin(y, torch.tensor(list(classes)))
    return (answer(model.eval(), x[own]).argmax(1) == y[own]).float().mean().item()


def fresh(text: str):
    torch.manual_seed(0)
    model = clspec.compile(clspec.parse_string(text))
    return model, torch.optim.Adam(model.parameters(), lr=1e-3)


def live_all(model, optimizer, experiences, known=()) -> None:
    """Experience by experience, with exemplars of those before and of `known` where a trunk goes on learning."""
    for position, experience in enumerate(experiences):
        earlier = [*known, *experiences[:position]]
        live(model, optimizer, experience, exemplars(earlier) if model.trunk.features[0].weight.requires_grad else ())


@EACH
def test_it_knows_all_ten_digits_at_the_end(text, streams) -> None:
    learned, test = streams
    model, optimizer = fresh(text)
    live_all(model, optimizer, learned)
    assert accuracy(model, test, range(10)) > 0.6
    assert min(accuracy(model, test, experience.classes) for experience in learned) > 0.4


def test_means_answer_better_than_the_rows_that_trained_them(streams) -> None:
    """The same network with the same few exemplars: the trained rows lean to the last two digits, the means do not."""
    learned, test = streams
    model, optimizer = fresh(ICARL)
    live_all(model, optimizer, learned)
    x, y = test.tensors
    with torch.no_grad():
        trained = (model.train()(x).argmax(1) == y).float().mean().item()
    assert trained < accuracy(model, test, range(10))


def test_the_trunk_of_fecam_learns_in_the_first_experience_only(streams) -> None:
    learned, _ = streams
    model, optimizer = fresh(FECAM)
    weights = [model.trunk.features[0].weight.clone()]
    for experience in learned[:3]:
        live(model, optimizer, experience)
        weights.append(model.trunk.features[0].weight.clone())
    assert [torch.equal(before, after) for before, after in pairwise(weights)] == [False, True, True]


@EACH
def test_a_checkpoint_after_two_experiences_goes_on_as_if_never_saved(text, streams, tmp_path) -> None:
    learned, test = streams
    model, optimizer = fresh(text)
    live_all(model, optimizer, learned[:2])
    path = tmp_path / "model.safetensors"
    clspec.save_checkpoint(model, path, optimizer)
    loaded, its_optimizer = clspec.load_checkpoint(path)
    x, _ = test.tensors
    torch.testing.assert_close(loaded.eval()(x), model.eval()(x), rtol=0, atol=0)
    for each, of_each in ((model, optimizer), (loaded, its_optimizer)):
        torch.manual_seed(1)
        live_all(each, of_each, learned[2:], known=learned[:2])
        assert accuracy(each, test, range(10)) > 0.6
    torch.testing.assert_close(loaded.eval()(x), model.eval()(x), rtol=0, atol=0)
    torch.testing.assert_close(loaded.train()(x), model.train()(x), rtol=0, atol=0)


def test_the_readme_of_the_specs_names_every_method() -> None:
    text = (SPECS / "README.md").read_text("utf-8")
    assert all(f"methods/{path.name}" in text for path in (SPECS / "methods").glob("*.clspec"))
