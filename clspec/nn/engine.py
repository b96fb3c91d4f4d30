# pyright: standard
"""The one engine: runs plans on modules, all or nothing, and brings the optimizer up to date."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from torch import nn

from clspec import growth
from clspec.experience import Arrival, read_experience
from clspec.nn.optimizer import update_optimizer
from clspec.nn.parts import GROWTH, parts_of
from clspec.nn.report import AdaptationReport, Placed
from clspec.nn.undo import all_or_nothing

if TYPE_CHECKING:
    from clspec.nn.dynamic import DynamicModule

Roots = Mapping[str, "DynamicModule"]
"""The modules that run a plan of their own, by their path in the outer module ("" is the outer module itself)."""


def adapt_roots(
    outer: nn.Module, roots: Roots, experience: Any, optimizer: Any = None, optimizer_group: int | None = None
) -> AdaptationReport:
    """Adapts every root to one experience. In eval mode it is only announced, and the optimizer left alone."""
    arrival = read_experience(experience)
    if not outer.training:
        with all_or_nothing(outer):
            for root in roots.values():
                _announce(root, arrival)
        return AdaptationReport(class_map=placed(roots), announced_only=True, model=outer)
    return _change(outer, roots, lambda root: _adapt(root, experience, arrival), optimizer, optimizer_group)


def finish_roots(outer: nn.Module, roots: Roots, optimizer: Any = None) -> AdaptationReport:
    """Runs the `after` rules that wait, once. In eval mode they go on waiting, for the next training adaptation."""
    if not outer.training:
        return AdaptationReport(class_map=placed(roots), model=outer)
    return _change(outer, roots, _finish, optimizer, None)


def start(root: DynamicModule) -> list[str]:
    """Runs the rules that hold from the start, after checking every row of the plan."""
    return growth.start(root.PLAN, parts_of(root))


def placed(roots: Roots) -> tuple[Placed, ...]:
    """The class maps of all roots, by their paths in the outer module."""
    # A root tells its nested ones' rows too, so only the outermost are asked.
    outermost = {path: root for path, root in roots.items() if not any(_inside(path, other) for other in roots)}
    return tuple(
        (_joined(path, inner), task, class_id, row)
        for path, root in outermost.items()
        for inner, task, class_id, row in root.class_map()
    )


def _change(
    outer: nn.Module, roots: Roots, act: Callable[[DynamicModule], list[str]], optimizer: Any, group: int | None
) -> AdaptationReport:
    before = {id(parameter) for parameter in outer.parameters()}
    with all_or_nothing(outer):
        changes = [_led(path, words) for path, root in roots.items() for words in act(root)]
        new = {name: parameter for name, parameter in outer.named_parameters() if id(parameter) not in before}
        # Last, as it decides everything before it adds anything: where it refuses, the growth is undone.
        left_out = () if optimizer is None else update_optimizer(outer, optimizer, new, group)
    return AdaptationReport(tuple(changes), new, left_out, placed(roots), model=outer)


def _adapt(root: DynamicModule, experience: Any, arrival: Arrival) -> list[str]:
    memory = root._memory
    if memory.is_last(experience) or memory.timeline.is_repeat(arrival):
        return []
    root._memory = memory = memory.copied()
    root.announce_tasks(arrival.tasks)
    moment = memory.timeline.meet(arrival, root.per_task)
    changes = growth.adapt(root.PLAN, parts_of(root), memory.timeline, moment)
    memory.see(experience)
    return changes


def _finish(root: DynamicModule) -> list[str]:
    root._memory = memory = root._memory.copied()
    return growth.finish(root.PLAN, parts_of(root), memory.timeline)


def _announce(root: DynamicModule, arrival: Arrival) -> None:
    root.announce_tasks(arrival.tasks)
    growing = {rule.target for rule in root.PLAN if rule.action in GROWTH}
    for path, part in parts_of(root).items():
        announce = getattr(part.module, "announce", None)
        if path in growing and announce is not None:
            announce(arrival)


def _inside(path: str, other: str) -> bool:
    return path != other and (not other or path.startswith(f"{other}."))


def _joined(path: str, inner: str) -> str:
    return ".".join(filter(None, (path, inner)))


def _led(path: str, words: str) -> str:
    """A change as the outer module tells it: `self: ...` and `head: ...` of a root at `a` lead with `a`, `a.head`."""
    if not path:
        return words
    return path + words.removeprefix("self") if words.startswith("self: ") else f"{path}.{words}"
