# pyright: standard
"""A classifier that measures the angle between features and rows."""

from __future__ import annotations

from collections.abc import Collection
from typing import NoReturn

import torch
from torch import Tensor, nn
from torch.nn import Parameter, functional

from clspec.nn.incremental import IncrementalClassifier


class CosineClassifier(IncrementalClassifier):
    """Cosine of features and rows, times a learned scale: (batch, in_features) -> (batch, width), the weights' dtype.

    An IncrementalClassifier without biases in everything but the measure: columns, growth, errors are the same. With
    `scale=True` there is one Parameter `scale` (1,), born as 1 and shared by all generations; else the logits are the
    cosines themselves, and a loss needs a temperature of its own.

    Hou et al. 2019, Learning a Unified Classifier Incrementally via Rebalancing (LUCIR), CVPR.
    """

    scale: Parameter | None

    def __init__(
        self,
        in_features: int,
        initial_out_features: int = 2,
        scale: bool = True,
        mask_value: float = -1000,
        index: str = "class_id",
    ) -> None:
        super().__init__(in_features, initial_out_features, mask_value=mask_value, bias=False, index=index)
        self.register_parameter("scale", Parameter(torch.ones(1)) if scale else None)

    @classmethod
    def from_linear(cls, linear: nn.Linear, mask_value: float = -1000) -> NoReturn:
        """Not for this kind: raises TypeError, as rows measured by their angle answer otherwise."""
        raise TypeError("rows of a linear layer answer otherwise when measured by their angle; write them by set_rows")

    def _measure(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        cosines = functional.linear(functional.normalize(x, dim=1), functional.normalize(weight, dim=1), bias)
        return cosines if self.scale is None else cosines * self.scale.to(cosines.dtype)  # autocast has another dtype

    def redraw(self, generations: Collection[int] | None = None) -> None:
        super().redraw(generations)
        if generations is None and self.scale is not None:
            with torch.no_grad():
                self.scale.fill_(1)
