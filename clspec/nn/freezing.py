# pyright: standard
"""Standing still: no gradient, no optimizer step, batch-norm statistics and dropout as in eval, in train mode too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from torch import nn
from torch.nn import Parameter

if TYPE_CHECKING:
    from clspec.nn.dynamic import DynamicModule


def set_frozen(root: DynamicModule, path: str, stand_still: bool) -> Sequence[str]:
    """`freeze` or `unfreeze` of the part at `path`; the change in words, () where nothing changed."""
    frozen = root._memory.frozen
    changed = frozen.freeze(path) if stand_still else frozen.unfreeze(path)
    changed |= _each(root.get_submodule(path), _stand_still if stand_still else _train)
    if not stand_still:
        _set_mode(root, path, root.training)
    keep_modes(root)
    if not changed:
        return ()
    return ("frozen",) if stand_still else ("trains again",)


def hold_what_is_frozen(root: DynamicModule, path: str) -> None:
    """Freezes what grew at `path` inside a frozen part."""
    frozen = root._memory.frozen
    for name, parameter in root.get_submodule(path).named_parameters(prefix=path):
        if frozen.holds(name):
            _stand_still(parameter)
    keep_modes(root)


def keep_modes(root: DynamicModule) -> None:
    """Puts what is frozen into eval mode, and what trains inside it into the root's mode."""
    for path, stands_still in _outer_first(root):
        _set_mode(root, path, root.training and not stands_still)


def let_go(root: DynamicModule) -> None:
    """Lets everything frozen train again, before another memory takes over."""
    for path, stands_still in root._memory.frozen.parts.items():
        if stands_still:
            _each(root.get_submodule(path), _train)
            _set_mode(root, path, root.training)


def hold_again(root: DynamicModule) -> None:
    """Freezes what the memory says stands still, outer parts first."""
    for path, stands_still in _outer_first(root):
        _each(root.get_submodule(path), _stand_still if stands_still else _train)
    keep_modes(root)


def born_frozen(part: nn.Module) -> bool:
    """Whether what a part grows now is to stand still: where all that it has does."""
    flags = [parameter.requires_grad for parameter in part.parameters()]
    return bool(flags) and not any(flags)


def _outer_first(root: DynamicModule) -> list[tuple[str, bool]]:
    parts = root._memory.frozen.parts
    return sorted(parts.items(), key=lambda part: len(part[0].split(".")) if part[0] else 0)


def _set_mode(root: DynamicModule, path: str, mode: bool) -> None:
    if path:
        root.get_submodule(path).train(mode)
        return
    for child in root.children():  # the root's own flag stays: it says whether to adapt or only to announce
        child.train(mode)


def _each(part: nn.Module, act: Callable[[Parameter], bool]) -> bool:
    """Acts on every parameter of a part; whether any of them changed."""
    return sum(act(parameter) for parameter in part.parameters()) > 0


def _stand_still(parameter: Parameter) -> bool:
    changed = parameter.requires_grad
    parameter.requires_grad_(False)
    parameter.grad = None  # a gradient of zeros would still move it, by momentum and weight decay
    return changed


def _train(parameter: Parameter) -> bool:
    if parameter.requires_grad or not (parameter.is_floating_point() or parameter.is_complex()):
        return False
    parameter.requires_grad_(True)
    return True
