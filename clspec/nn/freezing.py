# pyright: standard
"""Standing still: no gradient, no optimizer step, batch-norm statistics and dropout as in eval, in train mode too.

What several submodules hold stands still while any of them is frozen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from torch import nn
from torch.nn import Parameter

from clspec.nn.held_modes import hold_mode, hold_modes, release_modes

if TYPE_CHECKING:
    from clspec.nn.dynamic import DynamicModule
    from clspec.nn.undo import AllOrNothing


def set_frozen(root: DynamicModule, paths: Sequence[str], stand_still: bool, undo: AllOrNothing | None = None) -> bool:
    """Freezes or unfreezes what is at these paths, submodules or parameters; whether that changed anything."""
    if _is_so(root, paths, stand_still):
        return False
    if undo is not None:
        undo.whole()
    frozen = root._memory.frozen
    changed = frozen.freeze(*paths) if stand_still else frozen.unfreeze(*paths)
    held = _held(root)
    if not stand_still:
        release_modes(root)
    hold_modes(root)
    for path in paths:
        for parameter in _parameters(root, path):
            changed |= _stand_still(parameter) if stand_still or parameter in held else _train(parameter)
        if not stand_still:
            _set_mode(root, path, root.training)
    keep_modes(root)
    return changed


def hold_fresh(
    root: DynamicModule, path: str, fresh: Mapping[str, Parameter], modules: Iterable[tuple[str, nn.Module]]
) -> None:
    """What the part at `path` grew, parameters and submodules by their paths, stands still where `freeze` holds these.

    Where only slices are frozen, what is new trains, even if all that was there stands still.
    """
    frozen = root._memory.frozen
    if not frozen.parts:
        return
    by_slices = any(
        stands_still and each.startswith(f"{path}.".lstrip(".")) for each, stands_still in frozen.parts.items()
    )
    for name, parameter in fresh.items():
        if frozen.holds(name):
            _stand_still(parameter)
        elif by_slices:
            _train(parameter)
    for name, module in modules:  # the others have the mode of the part that they are in
        if frozen.holds(name):
            hold_mode(module, root)
        if _answers_by_mode(module):
            module.training = root.training


def _is_so(root: DynamicModule, paths: Sequence[str], stand_still: bool) -> bool:
    """Whether everything at these paths stands still, or trains, already."""
    frozen = root._memory.frozen
    if any(frozen.parts_at(path) - {stand_still} for path in paths):
        return False
    for path in paths:
        for parameter in _parameters(root, path):
            if parameter.requires_grad == stand_still or (stand_still and parameter.grad is not None):
                return False
        for module in _modules(root, path):
            if module.training != (root.training and (not stand_still or _answers_by_mode(module))):
                return False
    return True


def keep_modes(root: DynamicModule) -> None:
    """Puts what is frozen into eval mode, and what trains inside it into the root's mode."""
    for path, stands_still in _outer_first(root):
        _set_mode(root, path, root.training and not stands_still)
    if not all(root._memory.frozen.parts.values()):  # what trains may share a module with what does not
        for path, module in root.named_modules(remove_duplicate=False):
            if path and root._memory.frozen.holds(path) and not _answers_by_mode(module):
                module.training = False


def let_go(root: DynamicModule) -> None:
    """Lets everything frozen train again, before another memory takes over; a shorter state took some of it away."""
    release_modes(root)
    for path, stands_still in root._memory.frozen.parts.items():
        if stands_still and _is_there(root, path):
            for parameter in _parameters(root, path):
                _train(parameter)
            _set_mode(root, path, root.training)


def hold_again(root: DynamicModule) -> None:
    """Freezes what the memory says stands still, outer parts first; torch tells of what is not there by its keys."""
    parts = root._memory.frozen.parts
    for path in [path for path in parts if not _is_there(root, path)]:
        del parts[path]
    release_modes(root)
    hold_modes(root)
    held = _held(root)
    for path, stands_still in _outer_first(root):
        for parameter in _parameters(root, path):
            _ = _stand_still(parameter) if stands_still or parameter in held else _train(parameter)
    keep_modes(root)


def born_frozen(part: nn.Module) -> bool:
    """Whether what a part grows now is to stand still: where all that it has does."""
    # Of a series the newest first: where the earlier ones stand still, it mostly trains, and no more is looked at.
    series = part if isinstance(part, nn.ModuleList) else part._modules.get(getattr(part, "SERIES", None) or "")
    newest = series[len(series) - 1].parameters() if isinstance(series, nn.ModuleList) and len(series) else ()
    if any(parameter.requires_grad for parameter in newest):
        return False
    flags = {parameter.requires_grad for parameter in part.parameters()}
    return flags == {False}


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


def _modules(root: DynamicModule, path: str) -> list[nn.Module]:
    """All in a submodule; none for a parameter. The root's own mode is not that of what it holds."""
    parent, _, name = path.rpartition(".")
    if not path:
        return [module for module in root.modules() if module is not root]
    part = root.get_submodule(parent)._modules.get(name)
    return [] if part is None else list(part.modules())


def _set_mode(root: DynamicModule, path: str, mode: bool) -> None:
    if not path:
        for child in root.children():  # the root's own flag stays: it says whether to adapt or only to announce
            _put_into(child, mode, root.training)
        return
    for part in _modules(root, path)[:1]:
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
