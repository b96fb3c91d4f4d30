# pyright: standard
"""A linear classifier of running class means and one running covariance."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from clspec.nn.derived import Derived
from clspec.nn.labels import answer_dtype
from clspec.nn.scores import above_mask, at_least_single, exact
from clspec.nn.statistics_head import StatisticsHead


class StreamingLDAClassifier(StatisticsHead):
    """Streaming linear discriminant analysis: (batch, in_features) -> (batch, width), the statistics' dtype.

    The logits are x W - diag(M^T W) / 2 with W = ((1 - shrinkage) C + shrinkage I)^-1 M, where M holds the running mean
    of each class and C the running covariance that all classes share (buffers `covariance` and `observed`, the number
    of samples in it). A batch is taken in as the paper takes in its samples one by one, in their order, so however a
    stream is cut into batches, the result is the same. As there, the first sample of a class counts in C against a mean
    of 0. The answer has a gradient to the features. A class that nothing was observed of yet holds `mask_value`, in
    train mode too. Inputs of another floating dtype are converted.

    Raises ValueError for an input that is not (batch, in_features), and for observing a class without a row.

    Hayes and Kanan 2020, Lifelong Machine Learning with Deep Streaming Linear Discriminant Analysis, CVPR Workshops.
    """

    def __init__(
        self, in_features: int, shrinkage: float = 1e-4, mask_value: float = -1000, index: str = "class_id"
    ) -> None:
        if not 0 <= shrinkage <= 1:
            raise ValueError(f"shrinkage must lie between 0 and 1, not {shrinkage!r}")
        super().__init__(in_features, mask_value, index)
        self.shrinkage = shrinkage
        self._weights: Derived[tuple[Tensor, Tensor]] = Derived()

    def fresh(self, rows: int) -> dict[str, Tensor]:
        return {"mean": torch.zeros(rows, self.in_features), "count": torch.zeros(rows, dtype=torch.long)}

    def fresh_shared(self) -> dict[str, Tensor]:
        return {
            "covariance": torch.zeros(self.in_features, self.in_features),
            "observed": torch.zeros((), dtype=torch.long),
        }

    @torch.no_grad()
    def observe_features(self, features: Tensor, targets: Tensor) -> None:
        if not len(targets):
            return
        rows, order = self.row_of(targets).sort(stable=True)  # samples of a class side by side, in the order they came
        features = exact(features)[order]
        mean, before = exact(self.gathered("mean")), self.gathered("count")
        fresh = torch.bincount(rows, minlength=len(before))
        # What each sample's class had been given just before it: samples, and the sum of their features.
        earlier = torch.arange(len(rows), device=rows.device) - (fresh.cumsum(0) - fresh)[rows]
        totals = functional.pad(features.cumsum(0), (0, 0, 1, 0))
        starts = (fresh.cumsum(0) - fresh)[rows]
        sums = (mean * before[:, None])[rows] + totals[:-1] - totals[starts]
        counts = before[rows] + earlier
        deviations = features - sums / counts[:, None].clamp(min=1)
        seen, covariance, observed = order + self._observed, exact(self._covariance), self._observed
        scatter = deviations.T @ (deviations * (seen / (seen + 1))[:, None])
        self._covariance.copy_((covariance * observed + scatter) / (observed + len(rows)))
        count = before + fresh
        summed = (mean * before[:, None]).index_add(0, rows, features)
        self.write("mean", torch.where(fresh[:, None] > 0, summed / count[:, None].clamp(min=1), mean))
        self.write("count", count)
        self._observed.add_(len(rows))

    def forward(self, x: Tensor) -> Tensor:
        self.check_features(x)
        if not len(self.generations):
            return self.no_rows(x)
        with torch.autocast(x.device.type, enabled=False):
            weight, bias = self._weights.of(self.buffers(), self._solve)
            scores = functional.linear(x.to(weight), weight, bias)
        answering = self.gathered("count") > 0
        scores = above_mask(scores, answering, self.mask_value)
        return self.in_columns(scores.to(answer_dtype(x, self._covariance)), answering)

    def _solve(self) -> tuple[Tensor, Tensor]:
        """The linear layer that this comes to: weight (rows, in_features), bias (rows,), in float32 at least."""
        mean, covariance = exact(self.gathered("mean")), exact(self._covariance)
        shrunk = (1 - self.shrinkage) * covariance + self.shrinkage * torch.eye(len(covariance)).to(covariance)
        weight = mean @ torch.linalg.pinv(shrunk, hermitian=True)
        like = at_least_single(self._covariance)
        return weight.to(like), -0.5 * (mean * weight).sum(1).to(like)

    @property
    def _covariance(self) -> Tensor:
        return self.get_buffer("covariance")

    @property
    def _observed(self) -> Tensor:
        return self.get_buffer("observed")

    def extra_repr(self) -> str:
        return f"in_features={self.in_features}, classes={self.rows.classes}, shrinkage={self.shrinkage}"
