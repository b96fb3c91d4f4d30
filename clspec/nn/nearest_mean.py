# pyright: standard
"""A classifier that answers by the nearest class mean."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from clspec.nn.labels import answer_dtype
from clspec.nn.scores import above_mask, at_least_single, exact
from clspec.nn.statistics_head import StatisticsHead


class NearestMeanClassifier(StatisticsHead):
    """Negative distances to the class means: (batch, in_features) -> (batch, width), the statistics' dtype.

    The mean of a class is that of all features observed of it, in however many batches. With `normalize` (as in iCaRL)
    features are brought to length 1 before they are averaged and before they are compared, and so are the means. The
    answer has a gradient to the features. A class that nothing was observed of yet holds `mask_value`, in train mode
    too: before the first `observe` that is all of them. Inputs of another floating dtype are converted.

    Raises ValueError for an input that is not (batch, in_features), and for observing a class without a row.

    Mensink et al. 2013, Distance-Based Image Classification; Rebuffi et al. 2017, iCaRL, CVPR.
    """

    def __init__(
        self, in_features: int, normalize: bool = True, mask_value: float = -1000, index: str = "class_id"
    ) -> None:
        super().__init__(in_features, mask_value, index)
        self.normalize = normalize

    def fresh(self, rows: int) -> dict[str, Tensor]:
        return {"mean": torch.zeros(rows, self.in_features), "count": torch.zeros(rows, dtype=torch.long)}

    @torch.no_grad()
    def observe_features(self, features: Tensor, targets: Tensor) -> None:
        rows, features = self.row_of(targets), self._comparable(exact(features))
        mean, before = exact(self.gathered("mean")), self.gathered("count")
        count = before + torch.bincount(rows, minlength=len(before))
        sums = (mean * before[:, None]).index_add(0, rows, features)
        self.write("mean", torch.where(count[:, None] > before[:, None], sums / count[:, None].clamp(min=1), mean))
        self.write("count", count)

    def forward(self, x: Tensor) -> Tensor:
        self.check_features(x)
        if not len(self.generations):
            return self.no_rows(x)
        mean = self.gathered("mean")
        means, features = self._comparable(at_least_single(mean)), self._comparable(at_least_single(x))
        distances = _distances(features.to(means), means)
        answering = self.gathered("count") > 0
        scores = above_mask(-distances, answering, self.mask_value)
        return self.in_columns(scores.to(answer_dtype(x, mean)), answering)

    def _comparable(self, features: Tensor) -> Tensor:
        return functional.normalize(features, dim=1) if self.normalize else features

    def extra_repr(self) -> str:
        return f"in_features={self.in_features}, classes={self.rows.classes}, normalize={self.normalize}"


def _distances(one: Tensor, other: Tensor) -> Tensor:
    """(batch, n), (rows, n) -> (batch, rows). Exact: products of matrices lose the digits of small distances."""
    if torch.compiler.is_exporting():  # ONNX has no cdist
        return torch.linalg.vector_norm(one[:, None] - other, dim=2)
    return torch.cdist(one, other, compute_mode="donot_use_mm_for_euclid_dist")
