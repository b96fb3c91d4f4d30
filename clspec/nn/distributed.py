# pyright: standard
"""Growing on many ranks of torch.distributed alike."""

from __future__ import annotations

from typing import Any

import torch
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel

from clspec.experience import Arrival, Experience, ExperienceError, read_experience
from clspec.nn.multi_task import MultiTaskModule
from clspec.nn.train_eval import TrainEvalClassifier


def synchronize(experience: Any, group: Any = None) -> Experience:
    """The experience that all ranks saw together: every class and task of any of them, and one seed for what is drawn.

    Every rank of the process group (None: the default one) calls it and adapts to what it gives, so all grow alike.
    None is for a rank that saw nothing. The number is that of the ranks that have one; `dataset` stays this rank's own.
    In a process that belongs to no group it is that of one rank.

    Raises ValueError on every rank alike: ExperienceError where one rank's object is no experience, ValueError where
    their numbers differ or no rank saw anything.
    """
    told = _from_all(_read(experience), group)
    wrong = [f"rank {rank}: {said}" for rank, (said, _) in enumerate(told) if isinstance(said, str)]
    if wrong:
        raise ExperienceError("; ".join(wrong))
    arrivals = [said for said, _ in told if isinstance(said, Arrival)]
    if not arrivals:
        raise ValueError("no rank saw anything: there is no experience to adapt to")
    numbers = sorted({arrival.index for arrival in arrivals if arrival.index is not None})
    if len(numbers) > 1:
        raise ValueError(f"the ranks are at different experiences: {', '.join(map(str, numbers))}")
    by_task: dict[int, set[int]] = {}
    for arrival in arrivals:
        for task, classes in arrival.classes_by_task.items():
            by_task.setdefault(task, set()).update(classes)
    split = {task: sorted(classes) for task, classes in sorted(by_task.items())}
    has_classes = any(arrival.has_classes for arrival in arrivals)
    return Experience(
        sorted(set().union(*split.values())) if has_classes else None,
        list(split),
        numbers[0] if numbers else None,
        split if has_classes else None,
        getattr(experience, "dataset", None),
        told[0][1],
    )


def wrap(model: nn.Module, **settings: Any) -> DistributedDataParallel:
    """The model in DistributedDataParallel, with its `settings`; `find_unused_parameters` where tasks are several.

    A batch uses the parameters of its own tasks only, and without that setting the others would be waited for. It is
    set too where a TrainEvalClassifier has parameters that only eval mode uses.
    """
    return DistributedDataParallel(model, **{"find_unused_parameters": _leaves_some_out(model), **settings})


def unwrap(wrapper: DistributedDataParallel) -> nn.Module:
    """The model out of its wrapper, to be adapted and wrapped anew; the old wrapper can be called no more.

    Raises TypeError for what is no DistributedDataParallel, ValueError for one that was taken off before.
    """
    if not isinstance(wrapper, DistributedDataParallel):
        raise TypeError(f"{type(wrapper).__name__} is no DistributedDataParallel")
    if "module" not in wrapper._modules:
        raise ValueError("this DistributedDataParallel was taken off its model before")
    model = wrapper.module
    del wrapper.module
    return model


def _read(experience: Any) -> Arrival | str | None:
    """What this rank saw, or what is wrong with it: an error on one rank must not leave the others waiting."""
    try:
        return None if experience is None else read_experience(experience)
    except ExperienceError as error:
        return str(error)


def _from_all(said: Any, group: Any) -> list[tuple[Any, int]]:
    """(what it says, a seed) of every rank; the seed of each comes from torch's generator."""
    mine = (said, int(torch.randint(2**62, ())))
    if not (distributed.is_available() and distributed.is_initialized()):
        return [mine]
    told: list[Any] = [None] * distributed.get_world_size(group)
    distributed.all_gather_object(told, mine, group=group)
    return told


def _leaves_some_out(model: nn.Module) -> bool:
    """Whether a forward in train mode may leave out parameters that train."""
    answering = [part.eval_classifier for part in model.modules() if isinstance(part, TrainEvalClassifier)]
    by_task = [part.known_tasks() for part in model.modules() if isinstance(part, MultiTaskModule)]
    waiting = (parameter.requires_grad for part in answering for parameter in part.parameters())
    return any(len(tasks) > 1 for tasks in by_task) or any(waiting)
