# pyright: standard
"""Part of a dataset, with its classes renumbered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch.utils.data import Dataset, Subset


class ExperienceSubset(Subset[Any]):
    """The samples of one experience: a sample's second item is its class, by the number it has in the experience."""

    def __init__(
        self, dataset: Dataset[Any], indices: Sequence[int], targets: Sequence[int], new_ids: Mapping[int, int]
    ) -> None:
        super().__init__(dataset, indices)
        self.targets = list(targets)
        self._new_ids = dict(new_ids)

    def __getitem__(self, idx: Any) -> Any:
        if isinstance(idx, list):
            return self.__getitems__(idx)
        return self._renumbered(self.dataset[self.indices[idx]])

    def __getitems__(self, indices: list[int]) -> list[Any]:
        return [self._renumbered(sample) for sample in super().__getitems__(indices)]

    def _renumbered(self, sample: Any) -> Any:
        if not self._new_ids:
            return sample
        x, target, *rest = sample
        number = self._new_ids[int(target)]
        # A dataset of tensors goes on giving tensors, so that batches keep their type.
        return (x, target.new_tensor(number) if hasattr(target, "new_tensor") else number, *rest)
