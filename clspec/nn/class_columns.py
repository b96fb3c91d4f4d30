# pyright: standard
"""Targets to columns and back, where a logit's column is not its class id."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from clspec.growth import spell
from clspec.nn.structure import growing_inside


def recoded(model: nn.Module, way: str, values: Tensor, task_labels: int | Tensor | None) -> Tensor:
    """`encode` or `decode` by the heads of a model, which must agree."""
    parts = [part for part in growing_inside(model) if part.has_columns]
    if not parts:
        raise ValueError(f"{type(model).__name__} has no head, so there are no columns to {way}")
    answers = [getattr(part, way)(values, task_labels) for part in parts]
    for part, answer in zip(parts[1:], answers[1:], strict=True):
        if not torch.equal(answer, answers[0]):
            raise ValueError(f"{parts[0]._name} and {part._name} have other columns: {way} by each head itself")
    return answers[0]


def encoded(targets: Tensor, classes: Sequence[int], part: str) -> Tensor:
    """Class ids -> their positions in `classes`, same shape, int64. Raises ValueError for a class not among them."""
    order = sorted(range(len(classes)), key=classes.__getitem__)
    ascending = torch.tensor([classes[at] for at in order], dtype=torch.long, device=targets.device)
    found = torch.searchsorted(ascending, targets.long())
    known = found < len(classes)
    known &= ascending[found.clamp(max=max(len(classes) - 1, 0))] == targets if len(classes) else known
    if not bool(known.all()):
        raise ValueError(f"{part}: class {int(targets[~known][0])} has no column; the classes are {spell(classes)}")
    return torch.tensor(order, dtype=torch.long, device=targets.device)[found]


def decoded(columns: Tensor, classes: Sequence[int], part: str) -> Tensor:
    """Positions in `classes` -> class ids, same shape, int64. Raises ValueError for a position outside."""
    outside = (columns < 0) | (columns >= len(classes))
    if bool(outside.any()):
        raise ValueError(f"{part}: column {int(columns[outside][0])} belongs to no class; there are {len(classes)}")
    return torch.tensor(classes, dtype=torch.long, device=columns.device)[columns.long()]
