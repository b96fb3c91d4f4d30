"""`fecam`: Mahalanobis distances with a covariance a class (Goswami et al., 2023)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from clspec.components.arguments import Bounds
from clspec.components.statistics import StatisticsHead
from clspec.ir.tensors import Sizes


class FeCAM(StatisticsHead):
    """`fecam(shrinkage=1e-4)`: minus the Mahalanobis distance to each class."""

    kind: ClassVar[str] = "fecam"
    summary: ClassVar[str] = "minus the Mahalanobis distance to each class, a covariance a class (FeCAM)"
    torch_name: ClassVar[str] = "FeCAMClassifier"

    shrinkage: Annotated[float, Bounds(ge=0, le=1e6)] = 1e-4
    auto: bool = True

    def of_class(self, width: int) -> Mapping[str, Sizes]:
        return {"mean": (width,), "scatter": (width, width)}

    def setting(self) -> dict[str, float | bool]:
        return {} if self.shrinkage == 1e-4 else {"shrinkage": self.shrinkage}

    def automatic(self) -> bool:
        return self.auto
