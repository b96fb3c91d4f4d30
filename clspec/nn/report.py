# pyright: standard
"""What an adaptation did: its changes in words, and the parameters that are new."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from torch import nn
from torch.nn import Parameter

from clspec.growth import spell
from clspec.nn.curvature import CLEARED, start_over
from clspec.nn.optimizer import update_optimizer

Placed = tuple[str, int | None, int, int]
"""(path of the head, task or None, class id, row)."""


@dataclass(frozen=True)
class AdaptationReport:
    """What one adaptation did.

    `changes` are the words that a forecast predicts, in the order things happened. `new_parameters` are by name.
    `left_out` names the grown parameters that the optimizer does not hold, because it holds no relative of theirs; it
    is empty where no optimizer was handed in. `announced_only` says that the model was in eval mode, where it takes
    note of an experience but never grows. `redrawn` are the parameters that a `reset` gave fresh values: their
    optimizer state is cleared. `restarted` says that the history of an L-BFGS optimizer was cleared, which is of all
    parameters at once.
    """

    changes: tuple[str, ...] = ()
    new_parameters: Mapping[str, Parameter] = field(default_factory=dict[str, Parameter])
    left_out: tuple[str, ...] = ()
    announced_only: bool = False
    restarted: bool = False
    placing: Callable[[], tuple[Placed, ...]] = field(default=tuple, repr=False, compare=False)
    redrawn: tuple[Parameter, ...] = field(default=(), repr=False, compare=False)
    model: nn.Module | None = field(default=None, repr=False, compare=False)

    @cached_property
    def class_map(self) -> tuple[Placed, ...]:
        """Which class sat in which row when the adaptation was done."""
        return self.placing()

    def add_to(self, optimizer: Any, optimizer_group: int | None = None) -> AdaptationReport:
        """Brings an optimizer up to date after the fact; returns this report with that optimizer's `left_out`.

        To be called before training goes on: it clears the state of what was reset.
        """
        if self.model is None:
            return self
        holdings = update_optimizer(self.model, optimizer, self.new_parameters, optimizer_group, self.redrawn)
        return replace(self, left_out=holdings.left_out, restarted=start_over(optimizer, bool(self.changes)))

    def __str__(self) -> str:
        idle = "only announced, as the model is in eval mode: call train() before adaptation to let it grow"
        lines = list(self.changes) or [idle if self.announced_only else "nothing changed"]
        if self.new_parameters:
            lines.append("new parameters: " + ", ".join(self.new_parameters))
        if self.left_out:
            lines.append("left out of the optimizer, as their relatives are: " + ", ".join(self.left_out))
        if self.restarted:
            lines.append(CLEARED)
        return "\n".join([*lines, *(placed_words(self.class_map) if self.changes else ())])


def placed_words(placed: Sequence[Placed]) -> list[str]:
    """A class map as lines, one a head and task."""
    heads: dict[tuple[str, int | None], list[tuple[int, int]]] = {}
    for path, task, class_id, row in placed:
        heads.setdefault((path, task), []).append((class_id, row))
    return [
        f"{path or 'self'}{'' if task is None else f' (task {task})'}: classes {spell([c for c, _ in pairs])} "
        f"in rows {spell([row for _, row in pairs])}"
        for (path, task), pairs in heads.items()
    ]
