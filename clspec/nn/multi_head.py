# pyright: standard
"""One classifier a task, each growing with its own classes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Self

from torch import nn

from clspec.nn.incremental import IncrementalClassifier
from clspec.nn.per_task import PerTask


class MultiHeadClassifier(PerTask):
    """One incremental head a task: (batch, in_features), task labels -> (batch, width), columns are class ids.

    A `PerTask` of IncrementalClassifier, or of what `head()` makes. An int label gives that head's own width; a tensor
    of labels the widest known or announced, the columns of other tasks hold `mask_value`; None gives {task: logits}.
    """

    def __init__(
        self,
        in_features: int,
        initial_out_features: int = 2,
        masking: bool = True,
        mask_value: float = -1000,
        bias: bool = True,
        *,
        index: str = "class_id",
        reserve: int | None = None,
        head: Callable[[], nn.Module] | None = None,
    ) -> None:
        # partial, not a lambda: the part must go through pickle
        incremental = partial(
            IncrementalClassifier, in_features, initial_out_features, masking, mask_value, bias,
            index=index, reserve=reserve,
        )  # fmt: skip
        super().__init__(head or incremental, mask_value)
        self.in_features = in_features

    @classmethod
    def from_linear(cls, linear: nn.Linear, mask_value: float = -1000) -> Self:
        """The linear layer's rows, the very same Parameters, as classes 0, 1, ... of the first task's head."""
        part = cls(linear.in_features, mask_value=mask_value, bias=linear.bias is not None)
        part.members[0] = IncrementalClassifier.from_linear(linear, mask_value)
        return part.train(linear.training)
