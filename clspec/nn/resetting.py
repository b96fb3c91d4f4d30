# pyright: standard
"""`reset`: fresh weights in the Parameters that are there, same sizes, same class map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from torch import nn
from torch.nn import Parameter

from clspec.growth import Slice
from clspec.nn.seeding import seeded
from clspec.nn.structure import items_of

if TYPE_CHECKING:
    from clspec.nn.dynamic import DynamicModule


def reset(root: DynamicModule, path: str, part: nn.Module, slices: Sequence[Slice] = ()) -> list[Parameter]:
    """Draws a part anew, or the slices of it that exist; returns the parameters that were, the same objects.

    A head draws its rows by its own count; every other module by its `reset_parameters` (batch-norm statistics start
    over too), where the root has a seed from (seed, path of the module, how often it was reset). What is drawn where
    there is no seed comes from torch's global generator.
    """
    redraw = getattr(part, "redraw", None)
    if slices:
        name, items = items_of(part) or ("", [])
        picked = slices[0].of(len(items))
        if redraw is not None:
            redraw(picked)
            return [parameter for at in picked for parameter in items[at].parameters()]
        inner = [(f"{path}.{name}.{at}".strip("."), items[at]) for at in picked]
        return [parameter for there, item in inner for parameter in reset(root, there, item, slices[1:])]
    if redraw is not None:
        redraw()
        return list(part.parameters())
    for name, child in part.named_children():
        reset(root, f"{path}.{name}".strip("."), child)
    own = getattr(part, "reset_parameters", None)
    if own is not None:
        with seeded(root._seed, path, root._memory.times_reset(path)):
            own()
    return list(part.parameters())


def check_resettable(part: nn.Module, path: str) -> None:
    """Raises ValueError where a module has weights and no way to draw them again."""
    if hasattr(part, "redraw"):
        return
    own = [name for name, _ in part.named_parameters(recurse=False)]
    if own and not hasattr(part, "reset_parameters"):
        raise ValueError(
            f"{path or 'self'}: {type(part).__name__} has the weights {', '.join(own)} and no `reset_parameters` "
            "that would draw them again"
        )
    for name, child in part.named_children():
        check_resettable(child, f"{path}.{name}".strip("."))
