# pyright: standard
"""Any network as a feature extractor."""

from __future__ import annotations

from torch import Tensor, nn


class Backbone(nn.Module):
    """A network without its classifier: its input -> flat features (batch, width).

    The submodule at the dotted path `drop` is replaced by Identity (None: nothing is dropped), a fixed average pool at
    `pool` by a global one, so that other input sizes work. The network handed in becomes part of this module and is
    changed. Raises ValueError for a path that is not there.
    """

    def __init__(self, net: nn.Module, drop: str | None = "output", pool: str | None = None) -> None:
        super().__init__()
        self.net = net
        if drop is not None:
            _replace(net, drop, nn.Identity())
        if pool is not None:
            _replace(net, pool, nn.AdaptiveAvgPool2d(1))

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x).flatten(start_dim=1)


def _replace(net: nn.Module, path: str, new: nn.Module) -> None:
    parent, _, name = path.rpartition(".")
    try:
        net.get_submodule(path)
        owner = net.get_submodule(parent)
    except AttributeError:
        children = ", ".join(child for child, _ in net.named_children())
        raise ValueError(f"{type(net).__name__} has no submodule {path!r}; it has {children or 'none'}") from None
    setattr(owner, name, new)
