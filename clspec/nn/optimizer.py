# pyright: standard
"""Bringing an optimizer up to date with a grown model: what it holds stays held, once, with its state.

Parameters are only ever appended to `group["params"]`: a new one joins the group of its nearest relative, the parameter
of the same name in an earlier generation or, where there is none, in an earlier member.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from torch import nn
from torch.nn import Parameter

from clspec.nn.holdings import Holdings, places_in
from clspec.nn.kinship import EXTRA, SERIES
from clspec.nn.memory import Memory

if TYPE_CHECKING:
    from clspec.nn.dynamic import DynamicModule


def update_optimizer(
    model: nn.Module,
    optimizer: Any,
    fresh: Mapping[str, Parameter],
    group: int | None = None,
    redrawn: Iterable[Parameter] = (),
) -> Holdings:
    """Adds what the model grew and the optimizer lacks; returns what it holds now.

    `fresh` are the parameters that are new since the last call, by name, `group` the index of a group for them,
    `redrawn` parameters whose state is to be cleared, as is that of what a reset drew anew without this optimizer.
    Everything is decided before anything is added: an error leaves the optimizer as it was. Raises ValueError where the
    optimizer holds none of the model's parameters or has no such group, TypeError for a group that is no int.
    """
    parameters = dict(model.named_parameters())
    holdings = Holdings(optimizer, parameters)
    _check_group(optimizer, group)
    lacking = {
        name: parameter
        for name, parameter in parameters.items()
        if name not in holdings.held and (name in fresh or is_grown(name, model))
    }
    holdings.join(optimizer, lacking, fresh, group)
    held = places_in(optimizer)
    for module in model.modules():
        memory = getattr(module, "_memory", None)
        if isinstance(memory, Memory):
            redrawn = [*redrawn, *memory.settle(module, held)]
    for parameter in redrawn:
        optimizer.state.pop(parameter, None)
    return holdings


class Books:
    """What optimizers hold of one model, kept between adaptations: as long as nothing else has changed either, only
    what is new is looked at.
    """

    def __init__(self) -> None:
        self._edition = 0  # one more whenever the model grew
        self._kept: WeakKeyDictionary[Any, tuple[int, Holdings]] = WeakKeyDictionary()

    def holdings(self, optimizer: Any) -> Holdings | None:
        """What was kept, where it still holds for the model as it is."""
        try:
            edition, holdings = self._kept.get(optimizer, (-1, None))
        except TypeError:  # nothing can be kept for what cannot be a key, or held weakly
            return None
        same = holdings is not None and edition == self._edition and holdings.stands(optimizer)
        return holdings if same else None

    def grew(self) -> None:
        """Whoever does not follow this growth has to look at everything the next time."""
        self._edition += 1

    def update(
        self,
        model: nn.Module,
        optimizer: Any,
        fresh: Mapping[str, Parameter],
        group: int | None,
        redrawn: Sequence[Parameter],
        roots: Iterable[DynamicModule],
    ) -> tuple[str, ...]:
        """As `update_optimizer`; returns the names of grown parameters left out."""
        holdings = self.holdings(optimizer)
        if holdings is None or redrawn or any(root._memory.stale for root in roots):
            holdings = update_optimizer(model, optimizer, fresh, group, redrawn)
        else:
            _check_group(optimizer, group)
            holdings.join(optimizer, fresh, fresh, group)
        if fresh:
            self.grew()
        with contextlib.suppress(TypeError):  # an optimizer that no weak reference can point to
            self._kept[optimizer] = self._edition, holdings
        return holdings.left_out


def is_grown(name: str, model: nn.Module) -> bool:
    """Whether a growing part gained this parameter after it was born (its place in some series is not the first)."""
    segments = name.split(".")
    for index, segment in enumerate(segments[:-1]):
        if segment in SERIES and getattr(model.get_submodule(".".join(segments[:index])), "SERIES", None) == segment:
            later = segments[index + 1] != "0"
            extra = segment == "generations" and segments[-1].startswith(EXTRA)
            if later or extra:
                return True
    return False


def _check_group(optimizer: Any, group: int | None) -> None:
    if group is not None and (isinstance(group, bool) or not hasattr(group, "__index__")):
        raise TypeError(f"optimizer_group={group!r}: the index of a group is an int, not a {type(group).__name__}")
    if group is not None and not 0 <= group < len(optimizer.param_groups):
        raise ValueError(f"optimizer_group={group}: the optimizer has groups 0 to {len(optimizer.param_groups) - 1}")
