# pyright: standard
"""Which sizes of images a network takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from torch import nn

from clspec.probe.building import Body

_STEPS = (1, 2, 4, 8, 16, 32, 64)
_SIDES = (*range(1, 41), 42, 44, 45, 48, 49, 52, 56, 57, 63, 64, 65, 72, 80, 96, 97, 127, 128, 160, 224)
_FEW_SIDES = (1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 28, 31, 32, 33, 48, 64)
_MANY_MODULES = 2500
"""Networks with more modules than that are tried at few sides."""


def least_size(takes: Callable[[int], bool], start: int, end: int) -> int | None:
    """The first side from `start` on that is taken, among every one up to 8 further and rounder ones up to `end`."""
    tried = [*range(start + 1, start + 9), *range(start - start % 8 + 16, end, 8), end]
    return next((side for side in tried if start < side <= end and takes(side)), None)


@dataclass(frozen=True)
class Survey:
    """The sizes that networks take, found out once for all that differ in nothing but their classifiers."""

    pools: dict[tuple[str, tuple[int, int]], tuple[str, int] | None] = field(default_factory=dict)
    sides: dict[tuple[str, tuple[int, int]], tuple[int | None, int]] = field(default_factory=dict)

    def fixed_pool(self, net: nn.Module, body: Body, last: tuple[str, int] | None) -> tuple[str, int] | None:
        key = (repr(net), body.size)
        if key not in self.pools:
            self.pools[key] = fixed_pool(body, last)
        return self.pools[key]

    def sides_taken(self, net: nn.Module, body: Body, pool: tuple[str, int] | None) -> tuple[int | None, int]:
        key = (repr(net), body.size)
        if key not in self.sides:
            self.sides[key] = sides_taken(body, pool)
        return self.sides[key]


def fixed_pool(body: Body, last: tuple[str, int] | None) -> tuple[str, int] | None:
    """The pool that has to become adaptive so that other sizes fit: the last one that ran, where that helps."""
    tried = (32, 33, 64, body.size[0] + 1, 2 * body.size[0])

    def fits(pool: tuple[str, int] | None) -> int:
        net = body.built(pool)
        if not body.taken(net, *body.size):
            return -1
        return sum(body.taken(net, side, side) for side in tried)

    return last if last is not None and fits(last) > fits(None) else None


def sides_taken(body: Body, pool: tuple[str, int] | None) -> tuple[int | None, int]:
    """The least side and the step of the sides that fit; (None, 1) where those tried are not told so."""
    net, own = body.built(pool), body.size[0]
    large = sum(1 for _ in net.modules()) > _MANY_MODULES
    sides = sorted({*(_FEW_SIDES if large else _SIDES), own - 1, own, own + 1, own + 32})
    taken = {side for side in sides if body.taken(net, side, side)}
    for step in _STEPS:
        refused = [side for side in sides if side % step == 0 and side not in taken]
        least = min((side for side in taken if side > max(refused, default=0)), default=0)
        least = -(-least // step) * step
        if least and taken == {side for side in sides if side >= least and side % step == 0}:
            oblong = [(least, least + 3 * step), (least + 7 * step, least), (least + step, least + 2 * step)]
            return (least, step) if all(body.taken(net, *each) for each in oblong) else (None, 1)
    return None, 1
