"""`streaming_lda`: linear discriminant analysis of a stream (Deep SLDA; Hayes and Kanan, 2020)."""

from __future__ import annotations

from typing import Annotated, ClassVar

from clspec.components.arguments import Bounds
from clspec.components.statistics import FLOAT, INTEGER, StatisticsHead


class StreamingLDA(StatisticsHead):
    """`streaming_lda(shrinkage=1e-4)`: class means and one covariance that all share."""

    kind: ClassVar[str] = "streaming_lda"
    summary: ClassVar[str] = "class means and one shared covariance, fitted as a stream (Deep SLDA)"
    torch_name: ClassVar[str] = "StreamingLDAClassifier"

    shrinkage: Annotated[float, Bounds(ge=0, le=1)] = 1e-4
    auto: bool = True

    def row_bytes(self, width: int) -> int:
        return width * FLOAT + INTEGER

    def shared_bytes(self, width: int) -> int:
        return width * width * FLOAT + INTEGER

    def setting(self) -> dict[str, float | bool]:
        return {} if self.shrinkage == 1e-4 else {"shrinkage": self.shrinkage}

    def automatic(self) -> bool:
        return self.auto
