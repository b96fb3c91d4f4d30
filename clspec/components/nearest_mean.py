"""`nearest_mean`: the nearest class mean (NCM; iCaRL, Rebuffi et al., 2017)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from clspec.components.statistics import StatisticsHead
from clspec.ir.tensors import Sizes


class NearestMean(StatisticsHead):
    """`nearest_mean(normalize=true)`: minus the distance to each class's mean feature."""

    kind: ClassVar[str] = "nearest_mean"
    summary: ClassVar[str] = "minus the distance to each class's mean feature (NCM, iCaRL)"
    torch_name: ClassVar[str] = "NearestMeanClassifier"

    normalize: bool = True
    auto: bool = True

    def of_class(self, width: int) -> Mapping[str, Sizes]:
        return {"mean": (width,)}

    def setting(self) -> dict[str, float | bool]:
        return {} if self.normalize else {"normalize": False}

    def automatic(self) -> bool:
        return self.auto
