# pyright: standard
"""Refusing to write `weight` and `bias` of a part that holds its values further inside."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

from torch import Tensor, nn
from torch.nn import Parameter

_NAMES = ("weight", "bias", "weight_orig", "bias_orig")
"""What somebody may take for a part's own; `_orig` is what torch's pruning would add."""


class HeldInside(nn.Module):
    """The base of parts without a `weight` and a `bias` of their own.

    Assigning, registering, parametrizing or pruning one raises AttributeError, which says `HOLDS`: it would be a stray,
    in the state dict and in no forward.
    """

    HOLDS: ClassVar[str]
    """What it holds, and where; the end of the error."""

    def __init__(self) -> None:
        super().__init__()
        self._parameters = OwnParameters(self.HOLDS)

    def __setattr__(self, name: str, value: Any) -> None:
        own = self.__dict__
        if name in own and not isinstance(value, Tensor | nn.Module):
            own[name] = value  # what torch would do after looking for it among parameters, buffers and submodules
            return
        self._refuse(name)
        super().__setattr__(name, value)

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        self._refuse(name)
        super().register_parameter(name, param)

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        self._refuse(name)
        super().register_buffer(name, tensor, persistent)

    def _refuse(self, name: str) -> None:
        if name in _NAMES:
            refuse(f"{getattr(self, '_path', '') or type(self).__name__}.{name}", self.HOLDS)


class OwnParameters(dict[str, Parameter | None]):
    """A module's own parameters, where torch's `weight_norm` and `spectral_norm` look for a weight to take away."""

    def __init__(self, holds: str = "") -> None:
        super().__init__()
        self.holds = holds

    def __missing__(self, name: str) -> NoReturn:
        if name in _NAMES:
            refuse(name, self.holds)
        raise KeyError(name)

    def __delitem__(self, name: str) -> None:
        if name not in self:
            self.__missing__(name)
        super().__delitem__(name)


def refuse(name: str, holds: str) -> NoReturn:
    """Raises the error that tells where to write instead."""
    raise AttributeError(f"{name} cannot be assigned, parametrized or pruned: {holds}")
