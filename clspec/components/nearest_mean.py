"""`nearest_mean`: the nearest class mean (NCM; iCaRL, Rebuffi et al., 2017)."""

from __future__ import annotations

from typing import ClassVar

from clspec.components.statistics import FLOAT, INTEGER, StatisticsHead


class NearestMean(StatisticsHead):
    """`nearest_mean(normalize=true)`: minus the distance to each class's mean feature."""

    kind: ClassVar[str] = "nearest_mean"
    summary: ClassVar[str] = "minus the distance to each class's mean feature (NCM, iCaRL)"
    torch_name: ClassVar[str] = "NearestMeanClassifier"

    normalize: bool = True
    auto: bool = True

    def row_bytes(self, width: int) -> int:
        return width * FLOAT + INTEGER

    def setting(self) -> dict[str, float | bool]:
        return {} if self.normalize else {"normalize": False}

    def automatic(self) -> bool:
        return self.auto
