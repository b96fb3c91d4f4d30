# pyright: standard
"""Modes that hold: what is frozen stays in eval mode whoever calls `train()`, on it or on what is around it."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

from torch import nn

if TYPE_CHECKING:
    from clspec.nn.dynamic import DynamicModule


class Held:
    """Stands in for the `train` of a module that is frozen. What trains inside it takes the mode.

    As long as its model lives: a frozen part that is taken out of it, copied or pickled alone is like any other module.
    """

    def __init__(self, module: nn.Module, root: DynamicModule | None = None) -> None:
        self._module, self._root = weakref.ref(module), None if root is None else weakref.ref(root)

    @property
    def root(self) -> DynamicModule | None:
        """The model that holds it; None where that is gone."""
        return None if self._root is None else self._root()

    def __call__(self, mode: bool = True) -> nn.Module:
        module: Any = self._module()
        root, kind = self.root, type(module)
        if root is None:
            return kind.train(module, mode)
        if kind.train is not nn.Module.train:
            kind.train(module, False)  # it may do more than set modes
        # What answers by mode goes on answering by that of the whole model.
        module.training = root.training and getattr(module, "ANSWERS_BY_MODE", False)
        for child in module.children():
            child.train(mode)
        return module

    def __reduce__(self) -> tuple[Any, ...]:
        return Held, (self._module(),)  # the model takes hold of its parts again, where they came along with it


def hold_modes(root: DynamicModule) -> None:
    """Holds the modes of all that is frozen in a model."""
    frozen = root._memory.frozen
    if frozen.parts:
        for path, module in root.named_modules(remove_duplicate=False):
            if path and not _is_held(module, root) and frozen.holds(path):
                hold_mode(module, root)


def hold_mode(module: nn.Module, root: DynamicModule) -> None:
    """Holds the mode of one module, by the model that it is in."""
    vars(module)["train"] = Held(module, root)


def release_modes(root: DynamicModule) -> None:
    """Lets every module take modes again that this model held."""
    for module in root.modules():
        if _is_held(module, root):
            del vars(module)["train"]


def _is_held(module: nn.Module, root: DynamicModule) -> bool:
    held = vars(module).get("train")
    return isinstance(held, Held) and held.root is root
