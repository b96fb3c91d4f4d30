# pyright: standard
"""Any network as a feature extractor."""

from __future__ import annotations

from torch import Tensor, nn


class Backbone(nn.Module):
    """A network without its classifier: its input -> flat features (batch, width).

    The submodule at the dotted path `drop` is replaced by Identity (None: nothing is dropped), and so is an activation
    that follows it in a Sequential: it was the classifier's. A fixed pool at `pool` is replaced by an adaptive one of
    its kind that gives `pool_size` by `pool_size`, so that other input sizes work. Parameters that do not train while
    others do are constants, such as the masks of pytorchcv's xdensenet: they become buffers, which nothing unfreezes.
    The network handed in becomes part of this module and is changed. Raises ValueError for a path that is not there,
    and in the forward TypeError for a network that gives no tensor with a batch.
    """

    def __init__(
        self, net: nn.Module, drop: str | None = "output", pool: str | None = None, pool_size: int = 1
    ) -> None:
        super().__init__()
        self.net, self.drop = net, drop
        if drop is not None:
            _replace(net, drop, nn.Identity())
            for path in _its_activation(net, drop):
                _replace(net, path, nn.Identity())
        if pool is not None:
            _replace(net, pool, _adaptive(_at(net, pool), pool_size))
        constants_to_buffers(net)

    def forward(self, x: Tensor) -> Tensor:
        given = self.net(x)
        if not isinstance(given, Tensor) or given.dim() < 2:
            said = f"a tensor of {given.dim()} dimensions" if isinstance(given, Tensor) else f"a {type(given).__name__}"
            raise TypeError(f"{type(self.net).__name__} gives {said}; a backbone gives a tensor of (batch, ...)")
        return given.flatten(start_dim=1)


def constants_to_buffers(net: nn.Module) -> None:
    """Makes buffers, of the same names, of the parameters that do not train, in a network in which others do."""
    if not any(parameter.requires_grad for parameter in net.parameters()):
        return
    for module in net.modules():
        for name, parameter in [*module._parameters.items()]:
            if parameter is not None and not parameter.requires_grad:
                del module._parameters[name]
                module.register_buffer(name, parameter.detach())


def _adaptive(pool: nn.Module, size: int) -> nn.Module:
    return nn.AdaptiveMaxPool2d(size) if isinstance(pool, nn.MaxPool2d) else nn.AdaptiveAvgPool2d(size)


def _its_activation(net: nn.Module, path: str) -> list[str]:
    """Left in, it would act on the features once more, and write over what their own activation keeps for backward."""
    parent, _, name = path.rpartition(".")
    block = net.get_submodule(parent)
    names = [child for child, _ in block.named_children()] if isinstance(block, nn.Sequential) else [name]
    after = names[names.index(name) + 1 :][:1]
    return [f"{parent}.{each}".lstrip(".") for each in after if _is_activation(block.get_submodule(each))]


def _is_activation(module: nn.Module) -> bool:
    return type(module).__module__ == nn.ReLU.__module__ and not list(module.parameters())


def _at(net: nn.Module, path: str) -> nn.Module:
    try:
        return net.get_submodule(path)
    except AttributeError:
        children = ", ".join(child for child, _ in net.named_children())
        raise ValueError(f"{type(net).__name__} has no submodule {path!r}; it has {children or 'none'}") from None


def _replace(net: nn.Module, path: str, new: nn.Module) -> None:
    _at(net, path)
    parent, _, name = path.rpartition(".")
    setattr(net.get_submodule(parent), name, new)
