"""What Avalanche's tutorial on models does, cell by cell, with compiled models on its own experiences."""

from __future__ import annotations

import pytest
import torch
from avalanche.benchmarks import nc_benchmark
from avalanche.benchmarks.utils import as_classification_dataset
from avalanche.models.dynamic_modules import avalanche_model_adaptation
from avalanche.training.supervised import Naive
from torch import nn
from torch.utils.data import TensorDataset

import clspec
from clspec import nn as cl
from tests.avalanche.benchmark import CLASSES, FEATURES, benchmark, points

from .pairs import stream

pytestmark = pytest.mark.filterwarnings("ignore:No loggers specified")


def compiled(body: str, input: str = "image(1, 28, 28)", **options):
    return clspec.compile(clspec.parse_string(f"clspec 1\nmodel M {{\n input {input}\n {body}\n}}"), **options)


def trained(model, task_labels: bool, optimizer=torch.optim.SGD, **options):
    """A model after Avalanche's plain strategy; the strategy alone adapts it and brings the optimizer up to date."""
    strategy = Naive(
        model=model, optimizer=optimizer(model.parameters(), lr=0.01), criterion=nn.CrossEntropyLoss(),
        train_mb_size=10, train_epochs=6, eval_mb_size=32, evaluator=None, **options,
    )  # fmt: skip
    for experience in benchmark(task_labels).train_stream:
        strategy.train(experience)
        strategy.eval(benchmark(task_labels).test_stream)
    return strategy


@pytest.mark.parametrize(
    ("backbone", "input"),
    [
        ("simple_mlp()", "image(1, 28, 28)"),
        ("simple_cnn()", "image(3, 32, 32)"),
        ("mobilenet_v1()", "image(3, 64, 64)"),
        ("lenet5()", "image(1, 32, 32)"),
        ("slim_resnet18()", "image(3, 32, 32)"),
        ("mlp([20, 20])", "features(784)"),
        ('pytorchcv("resnet20_cifar10")', "image(3, 32, 32)"),
        ('pytorchcv("resnet110_cifar10")', "image(3, 32, 32)"),
        ('pytorchcv("densenet40_k12_svhn")', "image(3, 32, 32)"),
    ],
)
def test_a_ready_made_network_is_a_torch_module(backbone, input) -> None:
    model = compiled(f"backbone features = {backbone}\n head classifier = linear(10)", input)
    x = torch.rand(2, *model.INPUTS["x"])
    assert isinstance(model, nn.Module)
    assert model(x).shape == (2, 10)


def test_an_incremental_classifier_grows_with_the_stream() -> None:
    model = compiled("head classifier = incremental()", "features(784)")
    widths = []
    for experience in stream():
        model.adaptation(experience)
        widths.append(model(torch.rand(3, 784)).shape[1])
    assert widths == [2, 4, 6, 8, 10]


def test_a_multi_head_classifier_gains_a_head_a_task() -> None:
    model = compiled("head classifier = per_task(incremental())", "features(784)")
    for experience in stream(tasks=True, from_zero=True):
        model.adaptation(experience)
    assert [head.weight.shape for head in model.classifier.members] == [(2, 784)] * 5
    assert model(torch.rand(3, 784), torch.tensor([4, 0, 2])).shape == (3, 2)


def test_a_module_of_ones_own_goes_by_the_task_label() -> None:
    class EvenAndOdd(cl.MultiTaskModule):
        def __init__(self) -> None:
            super().__init__()
            self.even, self.odd = nn.Linear(784, 10), nn.Linear(784, 10)

        def forward_single_task(self, x, task_label):
            return self.even(x) if task_label % 2 == 0 else self.odd(x)

    model = EvenAndOdd()
    for experience in stream(tasks=True):
        model.adaptation(experience)
    x = torch.rand(3, 784)
    answer = model(x, torch.tensor([0, 1, 2]))
    torch.testing.assert_close(answer, torch.stack([model.even(x[0]), model.odd(x[1]), model.even(x[2])]))


def test_layers_that_are_shared_and_a_head_for_each_task() -> None:
    model = compiled(
        "neck features = [flatten(), linear(100), relu(), dropout()]\n head classifier = per_task(incremental())"
    )
    for experience in stream(tasks=True, from_zero=True):
        model.adaptation(experience)
    x = torch.rand(4, 1, 28, 28)
    assert {task: tuple(answer.shape) for task, answer in model(x, None).items()} == dict.fromkeys(range(5), (4, 2))
    shared = list(model.features.parameters())
    assert sum(p.numel() for p in shared) == 784 * 100 + 100


def test_a_finished_model_becomes_one_with_a_head_for_each_task() -> None:
    finished = nn.Sequential(compiled("backbone features = simple_cnn()", "image(3, 32, 32)"), nn.Linear(64, 10))
    model = cl.as_multitask(finished, "1")
    for experience in stream(tasks=True, shape=(3, 32, 32)):
        model.adaptation(experience)
    x = torch.rand(2, 3, 32, 32)
    torch.testing.assert_close(model.eval()(x, 0)[:, :10], finished.eval()(x))
    assert model.known_tasks() == (0, 1, 2, 3, 4)


@pytest.mark.parametrize("adapt", [clspec.adapt, avalanche_model_adaptation])
def test_dynamic_models_are_found_inside_plain_ones(adapt) -> None:
    inner = compiled("head classifier = incremental()", "features(20)", target="avalanche")
    outer = nn.Sequential(nn.Flatten(), nn.Linear(784, 20), nn.ReLU(), inner)
    for experience in stream():
        adapt(outer, experience)
    assert outer(torch.rand(3, 1, 28, 28)).shape == (3, 10)


def test_groups_and_models_inside_adapt_with_the_whole() -> None:
    spec = clspec.parse_string("""clspec 1
    model Answers { input features() neck hidden = [linear(8), relu()] head labels = incremental() }
    model M {
        input features(784)
        neck shared = linear(16)
        head inside = Answers()
        group by_task from shared { head labels = per_task(incremental()) }
        output inside, by_task
    }""")
    model = clspec.compile(spec)
    for experience in stream(tasks=True):
        model.adaptation(experience)
    answers = model(torch.rand(2, 784), 4)
    assert {name: tuple(answer.shape) for name, answer in answers.items()} == {"inside": (2, 10), "by_task": (2, 10)}


@pytest.mark.parametrize(("head", "labelled"), [("incremental()", False), ("per_task(incremental())", True)])
def test_a_strategy_trains_what_was_compiled(head, labelled) -> None:
    model = compiled(f"backbone trunk = mlp([16])\n head labels = {head}", f"features({FEATURES})", target="avalanche")
    strategy = trained(model, labelled, torch.optim.Adam)
    x, y = points(3)
    newest = y >= CLASSES - 2
    answer = model.eval()(x, torch.div(y, 2, rounding_mode="floor")) if labelled else model(x)
    assert (answer.argmax(1) == y)[newest].float().mean() > 0.9
    held = {id(parameter) for group in strategy.optimizer.param_groups for parameter in group["params"]}
    assert held == {id(parameter) for parameter in model.parameters()}


def test_images_of_a_split_benchmark_train_a_convolutional_network() -> None:
    bright = torch.arange(4).repeat(10)
    images = torch.rand(40, 1, 16, 16) * 0.2 + bright.view(-1, 1, 1, 1)
    data = TensorDataset(images, bright)
    data.targets = bright.tolist()
    whole = as_classification_dataset(data)
    made = nc_benchmark(whole, whole, n_experiences=2, task_labels=True, shuffle=False)
    model = compiled(
        "neck features = [conv(4, 3), relu(), avg_pool(), flatten()]\n head labels = per_task(incremental())",
        "image(1, 16, 16)",
        target="avalanche",
        seed=0,
    )
    strategy = Naive(
        model=model, optimizer=torch.optim.Adam(model.parameters(), lr=0.05), criterion=nn.CrossEntropyLoss(),
        train_mb_size=10, train_epochs=15, eval_mb_size=40, evaluator=None,
    )  # fmt: skip
    for experience in made.train_stream:
        strategy.train(experience)
    answer = model.eval()(images, torch.div(bright, 2, rounding_mode="floor"))
    assert (answer.argmax(1) == bright).float().mean() > 0.9


def test_each_model_of_the_tutorial_has_its_pictures() -> None:
    for body in ("head classifier = incremental()", "head classifier = per_task(incremental())"):
        spec = clspec.parse_string(f"clspec 1\nmodel M {{\n input features(784)\n {body}\n}}")
        assert "GROWS" in clspec.render(spec).source
        frames = clspec.render(spec, view="evolution", stream=stream(tasks="per_task" in body)).source
        assert "classifier" in frames
