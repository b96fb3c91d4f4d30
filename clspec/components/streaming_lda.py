"""`streaming_lda`: linear discriminant analysis of a stream (Deep SLDA; Hayes and Kanan, 2020)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from clspec.components.arguments import Bounds
from clspec.components.statistics import StatisticsHead
from clspec.ir.tensors import Sizes, Tensors, named


class StreamingLDA(StatisticsHead):
    """`streaming_lda(shrinkage=1e-4)`: class means and one covariance that all share."""

    kind: ClassVar[str] = "streaming_lda"
    summary: ClassVar[str] = "class means and one shared covariance, fitted as a stream (Deep SLDA)"
    torch_name: ClassVar[str] = "StreamingLDAClassifier"

    shrinkage: Annotated[float, Bounds(ge=0, le=1)] = 1e-4
    auto: bool = True

    def of_class(self, width: int) -> Mapping[str, Sizes]:
        return {"mean": (width,)}

    def of_all(self, width: int) -> Tensors:
        return named({"covariance": (width, width)}, "float32") + named({"observed": ()}, "int64")

    def setting(self) -> dict[str, float | bool]:
        return {} if self.shrinkage == 1e-4 else {"shrinkage": self.shrinkage}

    def automatic(self) -> bool:
        return self.auto
