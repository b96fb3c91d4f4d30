# pyright: standard
"""The base of heads that fit statistics of features instead of being trained."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping
from typing import ClassVar

import torch
from torch import Tensor, nn

from clspec.growth import Rule, on
from clspec.nn.growing_head import GrowingHead


class Statistics(nn.Module):
    """The statistics of the classes of one growth: each buffer has one entry a class on its first axis."""

    def __init__(self, buffers: Mapping[str, Tensor]) -> None:
        super().__init__()
        for name, values in buffers.items():
            self.register_buffer(name, values)


class StatisticsHead(GrowingHead):
    """A head without parameters, fitted by `observe`: (batch, in_features) -> (batch, width).

    To write a kind:

    - `fresh(rows)`: the statistics of `rows` classes that nothing was observed of, by name, first axis `rows`. They
      become buffers `generations.<i>.<name>`: saved, moved by `.to()`, no business of any optimizer. Count samples in
      int64 (`.to(dtype)` leaves integers alone). Take dtype and device of floats from `self._like`.
    - `fresh_shared()`: the same for what all classes share, as buffers of the head itself; none unless written.
    - `observe_features(features, targets)`: takes a batch into the statistics, in place. features (n, in_features),
      detached, and targets (n,), int64 class ids, each of which `row_of` knows (it raises ValueError otherwise). It is
      called for one batch after another, and again when a known class comes back, so it accumulates.
      `gathered(name)` gives a statistic of all rows (rows, ...), a copy in row order; `write(name, values)` writes it.
    - `forward(x)`: `self.check_features(x)`, then `self.in_columns(scores, answering)` with scores (batch, rows), where
      `answering` (rows,) is False for rows that nothing was observed of yet: those hold the mask value. With no row at
      all (`not len(self.generations)`) it is `self.no_rows(x)`. It must work before anything was observed.

    It is born without rows. Growth, columns, saving, `reset` and undoing need nothing more. Own rules: `when new_class
    { expand self }`, `after experience { observe self }`; `observe(features, targets)` feeds one that stands alone.
    """

    ONLY_APPENDS = True
    PLAN: ClassVar[tuple[Rule, ...]] = (
        Rule(on.new_class, "expand", "", own=True),
        Rule(on.after(on.experience()), "observe", "", own=True),
    )

    def __init__(self, in_features: int, mask_value: float = -1000, index: str = "class_id") -> None:
        super().__init__(in_features, 0, mask_value=mask_value, index=index)
        self.generations = nn.ModuleList()
        for name, values in self.fresh_shared().items():
            self.register_buffer(name, values)

    @abstractmethod
    def fresh(self, rows: int) -> dict[str, Tensor]:
        """The statistics of `rows` classes before anything was observed, by name: (rows, ...)."""

    def fresh_shared(self) -> dict[str, Tensor]:
        """What all classes share before anything was observed, by name. `in_features` is set when it is asked."""
        return {}

    @abstractmethod
    def observe_features(self, features: Tensor, targets: Tensor) -> None:
        """Takes a batch into the statistics: features (n, in_features), targets (n,), int64 class ids."""

    def gathered(self, name: str) -> Tensor:
        """One statistic of all rows, in row order: (rows, ...), a copy."""
        return torch.cat([generation.get_buffer(name) for generation in self.generations])

    def write(self, name: str, values: Tensor) -> None:
        """Writes one statistic of all rows, in row order, into the buffers there are."""
        buffers = [generation.get_buffer(name) for generation in self.generations]
        for buffer, part in zip(buffers, values.split([len(buffer) for buffer in buffers]), strict=True):
            buffer.copy_(part)

    def row_of(self, targets: Tensor) -> Tensor:
        """Class ids (n,) -> their rows (n,). Raises ValueError for a class without one."""
        rows = {class_id: row for row, class_id in self.rows.answering}
        found = [rows.get(class_id, -1) for class_id in targets.tolist()]
        if -1 in found:
            lost = int(targets[found.index(-1)])
            raise ValueError(f"{self._name}: class {lost} has no row to observe; the classes are {sorted(rows)}")
        return torch.tensor(found, dtype=torch.long, device=targets.device)

    def fit_parameters(self) -> None:
        if len(self.generations) > self.rows.count:
            del self.generations[self.rows.count :]
        for index in range(self._fits, self.rows.count):
            rows = len(self.rows.generation(index))
            present = next(self.generations[index].buffers(), None) if index < len(self.generations) else None
            if present is None or len(present) != rows:
                like = self._like
                fresh = {
                    name: values.to(like if values.is_floating_point() else like.device)
                    for name, values in self.fresh(rows).items()
                }
                if index < len(self.generations):
                    self.generations[index] = Statistics(fresh).train(self.training)
                else:
                    self.generations.append(Statistics(fresh).train(self.training))

    def redraw(self, generations: Collection[int] | None = None) -> None:
        """Forgets what was observed of some generations; None: of all, and what they share."""
        for index, generation in enumerate(self.generations):
            if generations is None or index in generations:
                for name, values in self.fresh(len(self.rows.generation(index))).items():
                    generation.get_buffer(name).copy_(values)
        if generations is None:
            for name, values in self.fresh_shared().items():
                self.get_buffer(name).copy_(values)
