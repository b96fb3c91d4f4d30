# pyright: standard
"""Standing still: no gradient, no optimizer step, batch-norm statistics and dropout as in eval, in train mode too.

What several submodules hold stands still while any of them is frozen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from torch import nn
from torch.nn import Parameter

if TYPE_CHECKING:
    from clspec.nn.dynamic import DynamicModule


def set_frozen(root: DynamicModule, paths: Sequence[str], stand_still: bool) -> bool:
    """Freezes or unfreezes what is at these paths, submodules or parameters; whether that changed anything."""
    frozen = root._memory.frozen
    changed = frozen.freeze(*paths) if stand_still else frozen.unfreeze(*paths)
    held = _held(root)
    for path in paths:
        for parameter in _parameters(root, path):
            changed |= _stand_still(parameter) if stand_still or parameter in held else _train(parameter)
        if not stand_still:
            _set_mode(root, path, root.training)
    keep_modes(root)
    return changed


@contextmanager
def growing(root: DynamicModule, path: str) -> Iterator[None]:
    """What the part at `path` grows inside stands still where `freeze` holds the place.

    Where only slices are frozen, what is new trains, even if all that was there stands still.
    """
    part, frozen = root.get_submodule(path), root._memory.frozen
    before = dict(part.named_parameters(prefix=path))
    yield
    by_slices = any(frozen.holds(name) for name in before)
    for name, parameter in part.named_parameters(prefix=path):
        if frozen.holds(name):
            _stand_still(parameter)
        elif by_slices and name not in before:
            _train(parameter)
    keep_modes(root)


def keep_modes(root: DynamicModule) -> None:
    """Puts what is frozen into eval mode, and what trains inside it into the root's mode."""
    for path, stands_still in _outer_first(root):
        _set_mode(root, path, root.training and not stands_still)
    if not all(root._memory.frozen.parts.values()):  # what trains may share a module with what does not
        for path, module in root.named_modules(remove_duplicate=False):
            if path and root._memory.frozen.holds(path) and not _answers_by_mode(module):
                module.training = False


def let_go(root: DynamicModule) -> None:
    """Lets everything frozen train again, before another memory takes over."""
    for path, stands_still in root._memory.frozen.parts.items():
        if stands_still:
            for parameter in _parameters(root, path):
                _train(parameter)
            _set_mode(root, path, root.training)


def hold_again(root: DynamicModule) -> None:
    """Freezes what the memory says stands still, outer parts first; torch tells of what is not there by its keys."""
    parts = root._memory.frozen.parts
    for path in [path for path in parts if not _is_there(root, path)]:
        del parts[path]
    held = _held(root)
    for path, stands_still in _outer_first(root):
        for parameter in _parameters(root, path):
            _ = _stand_still(parameter) if stands_still or parameter in held else _train(parameter)
    keep_modes(root)


def born_frozen(part: nn.Module) -> bool:
    """Whether what a part grows now is to stand still: where all that it has does."""
    flags = [parameter.requires_grad for parameter in part.parameters()]
    return bool(flags) and not any(flags)


def _outer_first(root: DynamicModule) -> list[tuple[str, bool]]:
    parts = root._memory.frozen.parts
    return sorted(parts.items(), key=lambda part: len(part[0].split(".")) if part[0] else 0)


def _held(root: DynamicModule) -> set[Parameter]:
    """The parameters that are frozen by any of their names."""
    named = root.named_parameters(remove_duplicate=False)
    return {parameter for name, parameter in named if root._memory.frozen.holds(name)}


def _is_there(root: DynamicModule, path: str) -> bool:
    """Whether there is a submodule or a parameter of this path."""
    parent, _, name = path.rpartition(".")
    try:
        return not path or name in {**root.get_submodule(parent)._modules, **root.get_submodule(parent)._parameters}
    except AttributeError:
        return False


def _parameters(root: DynamicModule, path: str) -> list[Parameter]:
    """All of a submodule, or the one parameter of that name."""
    parent, _, name = path.rpartition(".")
    alone = root.get_submodule(parent)._parameters.get(name)
    return list(root.get_submodule(path).parameters()) if alone is None else [alone]


def _set_mode(root: DynamicModule, path: str, mode: bool) -> None:
    if not path:
        for child in root.children():  # the root's own flag stays: it says whether to adapt or only to announce
            _put_into(child, mode, root.training)
        return
    parent, _, name = path.rpartition(".")
    part = root.get_submodule(parent)._modules.get(name)
    if part is not None:
        _put_into(part, mode, root.training)


def _put_into(part: nn.Module, mode: bool, answers: bool) -> None:
    """Puts a part into a mode; what answers by mode, by that of the whole model, goes on doing so."""
    part.train(mode)
    for module in part.modules():
        if _answers_by_mode(module):
            module.training = answers


def _answers_by_mode(module: nn.Module) -> bool:
    return getattr(module, "ANSWERS_BY_MODE", False)


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
