# pyright: standard
"""A classifier that answers by the distance to class means, each class with a covariance of its own."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from clspec.nn.derived import Derived
from clspec.nn.labels import answer_dtype
from clspec.nn.scores import above_mask, at_least_single, exact
from clspec.nn.statistics_head import StatisticsHead


class FeCAMClassifier(StatisticsHead):
    """Negative squared Mahalanobis distances: (batch, in_features) -> (batch, width), the statistics' dtype.

    Features and means are compared at length 1. The covariance S of a class (buffer `scatter` over count - 1) is shrunk
    to S + shrinkage * (V1 I + V2 (1 - I)), V1 and V2 being the means of its diagonal and of the rest, then divided by
    the standard deviations, then inverted (pseudo-inverse); a class without any spread has the identity. Batches add up
    to what all samples at once give. The paper's Tukey transform is left out, as it has no value for negative features:
    put `x.relu().sqrt()` in front for it. The answer has a gradient to the features. A class that nothing was observed
    of yet holds `mask_value`, in train mode too. Inputs of another floating dtype are converted. It keeps in_features^2
    numbers a class, and twice that once it has answered.

    Raises ValueError for an input that is not (batch, in_features), and for observing a class without a row.

    Goswami et al. 2023, FeCAM: Exploiting the Heterogeneity of Class Distributions in Exemplar-Free Continual Learning,
    NeurIPS.
    """

    def __init__(
        self, in_features: int, shrinkage: float = 1e-4, mask_value: float = -1000, index: str = "class_id"
    ) -> None:
        if shrinkage < 0:
            raise ValueError(f"shrinkage must not be negative, as {shrinkage!r} is")
        super().__init__(in_features, mask_value, index)
        self.shrinkage = shrinkage
        self._precisions: Derived[Tensor] = Derived()

    def fresh(self, rows: int) -> dict[str, Tensor]:
        return {
            "mean": torch.zeros(rows, self.in_features),
            "scatter": torch.zeros(rows, self.in_features, self.in_features),
            "count": torch.zeros(rows, dtype=torch.long),
        }

    @torch.no_grad()
    def observe_features(self, features: Tensor, targets: Tensor) -> None:
        rows, features = self.row_of(targets), exact(features)
        entries = self._entries()
        for row in rows.unique().tolist():
            own, (mean, scatter, count) = features[rows == row], entries[row]
            before, total = int(count), int(count) + len(own)
            shift, spread = own.mean(0) - exact(mean), own - own.mean(0)
            between = torch.outer(shift, shift) * (before * len(own) / total)
            scatter.copy_(exact(scatter) + spread.T @ spread + between)
            mean.copy_(exact(mean) + shift * (len(own) / total))
            count.fill_(total)

    def forward(self, x: Tensor) -> Tensor:
        self.check_features(x)
        if not len(self.generations):
            return self.no_rows(x)
        mean = self.gathered("mean")
        with torch.autocast(x.device.type, enabled=False):
            means = functional.normalize(at_least_single(mean), dim=1)
            features = functional.normalize(x.to(means), dim=1)
            precisions = self._precisions.of(self.buffers(), self._precision)
            apart = [features - one for one in means]
            distances = [((d @ precision) * d).sum(1) for d, precision in zip(apart, precisions, strict=True)]
            scores = -torch.stack(distances, dim=1)
        answering = self.gathered("count") > 0
        scores = above_mask(scores, answering, self.mask_value)
        return self.in_columns(scores.to(answer_dtype(x, mean)), answering)

    def covariances(self) -> Tensor:
        """The shrunk and normalised covariance of each row: (rows, in_features, in_features)."""
        return torch.stack([self._covariance(scatter, count) for _, scatter, count in self._entries()])

    def _precision(self) -> Tensor:
        return torch.linalg.pinv(exact(self.covariances()), hermitian=True).to(at_least_single(self.gathered("mean")))

    def _covariance(self, scatter: Tensor, count: Tensor) -> Tensor:
        covariance = exact(scatter) / (count - 1).clamp(min=1)
        on_diagonal = torch.eye(self.in_features, dtype=torch.bool, device=covariance.device)
        variance = covariance.diagonal().mean()
        rest = covariance.masked_fill(on_diagonal, 0).sum() / max(self.in_features * (self.in_features - 1), 1)
        shrunk = covariance + self.shrinkage * torch.where(on_diagonal, variance, rest)
        deviation = shrunk.diagonal().sqrt()
        deviation = torch.where(deviation > 0, deviation, 1)
        return (shrunk / torch.outer(deviation, deviation)).masked_fill(on_diagonal, 1)

    def _entries(self) -> list[tuple[Tensor, Tensor, Tensor]]:
        """(mean, scatter, count) of every row, views into the buffers."""
        return [
            entry
            for generation in self.generations
            for entry in zip(*(generation.get_buffer(name) for name in ("mean", "scatter", "count")), strict=True)
        ]

    def extra_repr(self) -> str:
        return f"in_features={self.in_features}, classes={self.rows.classes}, shrinkage={self.shrinkage}"
