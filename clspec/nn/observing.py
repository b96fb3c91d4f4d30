# pyright: standard
"""`observe`: data runs through a model in eval mode, and its statistics heads fit what reaches them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from clspec.experience import Arrival
from clspec.nn.labels import check_task_labels
from clspec.nn.seeding import untouched_rng

if TYPE_CHECKING:
    from clspec.nn.statistics_head import StatisticsHead

BATCH = 256

Inputs = Tensor | Sequence[Tensor] | Mapping[str, Tensor]
"""What a forward takes: its one input, or several, in its order or by their names."""


def observers(part: nn.Module) -> list[StatisticsHead]:
    """The heads in a part that fit statistics, every member's too."""
    return [cast("StatisticsHead", module) for module in part.modules() if hasattr(module, "observe_features")]


def feed(
    outer: nn.Module, heads: Collection[StatisticsHead], x: Inputs, y: Tensor, task_labels: int | Tensor | None
) -> set[int]:
    """Runs one batch through a model and lets these heads observe what reaches them; the ids of those reached.

    Eval mode, no gradients; modes, random numbers and batch-norm are afterwards as before. Samples of several tasks run
    task by task, so a head observes those of its own member. Raises ValueError for targets of another number than
    samples and features that are not finite, TypeError for targets that are no class ids.
    """
    first = _first(x)
    targets = _targets(first, y)
    if not any(getattr(module, "ANSWERS_BY_TASK", False) for module in outer.modules()):
        with _listening(outer, heads) as heard:
            _run(outer, x)
        return _observe(heard, targets)
    labels = check_task_labels(0 if task_labels is None else task_labels, len(first), type(outer).__name__)
    by_sample = labels.to(first.device) if isinstance(labels, Tensor) else torch.full_like(targets, labels)
    reached: set[int] = set()
    for task in torch.unique(by_sample).tolist():
        own = by_sample == task
        with _listening(outer, heads) as heard:
            _run(outer, _each(x, lambda samples, own=own: samples[own.to(samples.device)]), task)
        reached |= _observe(heard, targets[own])
    return reached


def batches(dataset: Any, arrival: Arrival, outer: nn.Module) -> Generator[tuple[Inputs, Tensor, int | Tensor]]:
    """(x, y, task labels) of a torch Dataset that gives (x, y) or (x, y, task, ...), on the model's device.

    Raises ValueError where several tasks arrived and the samples do not say whose they are.
    """
    like = next((tensor for tensor in (*outer.parameters(), *outer.buffers()) if tensor.is_floating_point()), None)
    first, several = arrival.tasks[0], len(arrival.tasks) > 1
    with untouched_rng():
        batch: list[Any]
        for batch in DataLoader(dataset, batch_size=BATCH):
            x, y, rest = batch[0], batch[1], batch[2:]
            if not rest and several:
                raise ValueError(f"the dataset must give (x, y, task): the experience has the tasks {arrival.tasks}")
            if like is not None:
                x = _each(x, lambda samples: samples.to(like if samples.is_floating_point() else like.device))
            yield x, y, rest[0] if rest else first


@contextmanager
def _listening(outer: nn.Module, heads: Collection[StatisticsHead]) -> Iterator[list[tuple[StatisticsHead, Tensor]]]:
    """Inside, the model is in eval mode and what reaches the heads is written down."""
    heard: list[tuple[StatisticsHead, Tensor]] = []

    def hear(head: Any, args: Sequence[Tensor], kwargs: Mapping[str, Tensor]) -> None:
        features = next(iter((*args, *kwargs.values())))
        head.check_features(features)
        features = features.detach().to(head._like)
        if not torch.isfinite(features).all():
            raise ValueError(f"{head._name}: the features that reached it are not all finite (nan or inf)")
        heard.append((head, features))

    modes = [(module, module.training) for module in outer.modules()]
    hooks = [head.register_forward_pre_hook(hear, with_kwargs=True) for head in heads]
    try:
        outer.eval()
        with torch.no_grad(), untouched_rng():
            yield heard
    finally:
        for hook in hooks:
            hook.remove()
        for module, training in modes:
            module.training = training


def _observe(heard: list[tuple[StatisticsHead, Tensor]], targets: Tensor) -> set[int]:
    with torch.no_grad():
        for head, features in heard:
            if len(features) != len(targets):
                raise ValueError(f"{head._name}: {len(features)} features reached it for {len(targets)} samples")
            head.observe_features(features, targets.to(features.device))
    return {id(head) for head, _ in heard}


def _each(x: Inputs, change: Callable[[Tensor], Tensor]) -> Inputs:
    if isinstance(x, Tensor):
        return change(x)
    if isinstance(x, Mapping):
        return {name: change(samples) for name, samples in x.items()}
    return [change(samples) for samples in x]


def _first(x: Inputs) -> Tensor:
    inputs = list(x.values() if isinstance(x, Mapping) else [x] if isinstance(x, Tensor) else x)
    if not inputs or not all(isinstance(each, Tensor) for each in inputs):
        kinds = ", ".join(type(each).__name__ for each in inputs) or "nothing"
        raise TypeError(f"observe takes a tensor, or several in a tuple or a dict, as the forward does, not {kinds}")
    return inputs[0]


def _run(outer: nn.Module, x: Inputs, *task: int) -> None:
    if isinstance(x, Mapping):
        outer(**x, **dict(zip(["task_labels"], task, strict=False)))
    else:
        outer(*([x] if isinstance(x, Tensor) else x), *task)


def _targets(x: Tensor, y: Tensor) -> Tensor:
    targets = torch.as_tensor(y)
    if targets.is_floating_point() or targets.is_complex() or targets.dtype == torch.bool:
        raise TypeError(f"observe takes class ids as targets, integers, not {targets.dtype}")
    if targets.shape != (len(x),):
        raise ValueError(f"observe takes one class id a sample, shape ({len(x)},), not {tuple(targets.shape)}")
    return targets.long().to(x.device)
