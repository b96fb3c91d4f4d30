# pyright: standard
"""Batch renormalisation."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import Parameter


class BatchRenorm(nn.Module):
    """Normalises by the batch, corrected towards the running statistics: (batch, num_features, ...) -> the same shape.

    In training each channel's batch statistics are corrected by r and d, which no gradient passes:
    r = batch std / running std within [1 / r_max, r_max], d = (batch mean - running mean) / running std within
    [-d_max, d_max]. r_max and d_max begin at 1 and 0, where this is batch normalisation, and grow by `step` for every
    sample trained on until `max_r_max` and `max_d_max`. In eval the running statistics alone normalise, and nothing
    moves. The statistics are computed in float32 for half dtypes. Raises ValueError for an input of other channels.

    Ioffe 2017, Batch Renormalization: Towards Reducing Minibatch Dependence in Batch-Normalized Models, NeurIPS.
    """

    running_mean: Tensor
    running_std: Tensor
    samples_seen: Tensor

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.01,
        max_r_max: float = 3.0,
        max_d_max: float = 5.0,
        step: float = 1e-4,
    ) -> None:
        super().__init__()
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.max_r_max, self.max_d_max, self.step = max_r_max, max_d_max, step
        self.weight, self.bias = Parameter(torch.empty(num_features)), Parameter(torch.empty(num_features))
        self.register_buffer("running_mean", torch.empty(num_features))
        self.register_buffer("running_std", torch.empty(num_features))
        # A count of samples, and not the bounds that follow from it: those would stand still in bfloat16.
        self.register_buffer("samples_seen", torch.tensor(0))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Starts over: weight 1, bias 0, running mean 0 and deviation 1, no sample seen."""
        with torch.no_grad():
            for ones in (self.weight, self.running_std):
                ones.fill_(1)
            for zeros in (self.bias, self.running_mean, self.samples_seen):
                zeros.zero_()

    def forward(self, x: Tensor) -> Tensor:
        if x.dim() < 2 or x.shape[1] != self.num_features:
            raise ValueError(f"the input must be (batch, {self.num_features}, ...), not {tuple(x.shape)}")
        shape = (1, -1, *[1] * (x.dim() - 2))
        wide = x.to(torch.promote_types(x.dtype, torch.float32))
        mean, std = self.running_mean.to(wide).view(shape), self.running_std.to(wide).view(shape)
        normal = self._renormalised(wide, mean, std) if self.training else (wide - mean) / std
        weight, bias = (each.to(wide.dtype).view(shape) for each in (self.weight, self.bias))
        return (normal * weight + bias).to(x.dtype)

    def _renormalised(self, x: Tensor, running_mean: Tensor, running_std: Tensor) -> Tensor:
        dims = [0, *range(2, x.dim())]
        mean = x.mean(dims, keepdim=True)
        std = (x.var(dims, unbiased=False, keepdim=True) + self.eps).sqrt()
        with torch.no_grad():
            seen = self.samples_seen.to(x.dtype) * self.step
            r_max, d_max = (1 + seen).clamp(max=self.max_r_max), seen.clamp(max=self.max_d_max)
            r = torch.clamp(std / running_std, 1 / r_max, r_max)
            d = torch.clamp((mean - running_mean) / running_std, -d_max, d_max)
            self.samples_seen += len(x)
            self.running_mean.lerp_(mean.flatten().to(self.running_mean), self.momentum)
            self.running_std.lerp_(std.flatten().to(self.running_std), self.momentum)
        return (x - mean) / std * r + d

    def extra_repr(self) -> str:
        return f"{self.num_features}, eps={self.eps}, momentum={self.momentum}"
