# pyright: standard
"""The one engine: runs plans on modules, all or nothing, and brings the optimizer up to date."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from torch import Tensor, nn
from torch.nn import Parameter

from clspec import growth
from clspec.experience import Arrival, read_experience
from clspec.nn.curvature import start_over
from clspec.nn.observing import Inputs, feed, observers
from clspec.nn.optimizer import note_growth, update_optimizer
from clspec.nn.parts import GROWTH, Work, parts_of
from clspec.nn.report import AdaptationReport, Placed
from clspec.nn.structure import growing_inside, name_parts
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
                if root is not outer and overrides_adaptation(root):
                    root.adaptation(experience)
                else:
                    _announce(root, arrival)
        return AdaptationReport(class_map=placed(roots), announced_only=True, model=outer)
    return _change(outer, roots, partial(_adapt, experience=experience, arrival=arrival), optimizer, optimizer_group)


def finish_roots(outer: nn.Module, roots: Roots, experience: Any = None, optimizer: Any = None) -> AdaptationReport:
    """Runs the `after` rules that wait, once. In eval mode they go on waiting, for the next training adaptation."""
    if not outer.training:
        return AdaptationReport(class_map=placed(roots), model=outer)
    return _change(outer, roots, partial(_finish, experience=experience), optimizer, None)


def observe_roots(
    outer: nn.Module, roots: Roots, x: Inputs, y: Tensor, task_labels: int | Tensor | None = None
) -> None:
    """Feeds a batch to all that the plans let observe, and notes that they were fed. Any error leaves all as it was."""
    rules = [(root, rule) for root in roots.values() for rule in root.PLAN if rule.action == "observe"]
    heads = {id(head): head for root, rule in rules for head in observers(root.get_submodule(rule.part))}
    if not heads:
        raise ValueError(f"{type(outer).__name__} has no part that observes: no plan says `observe`")
    with all_or_nothing(outer) as keep:
        for head in heads.values():
            keep(head)
        reached = feed(outer, heads.values(), x, y, task_labels)
        for root, rule in rules:
            if any(id(head) in reached for head in observers(root.get_submodule(rule.part))):
                root._memory = memory = root._memory.copied()
                memory.fed = sorted({*memory.fed, rule.target})


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
    outer: nn.Module, roots: Roots, act: Callable[..., list[str]], optimizer: Any, group: int | None
) -> AdaptationReport:
    before = {id(parameter) for parameter in outer.parameters()}
    redrawn: list[Parameter] = []
    with all_or_nothing(outer) as keep:
        name_parts(outer)
        changes: list[str] = []
        for path, root in roots.items():
            work = Work(outer, keep, [])
            changes += [_led(path, words) for words in act(root, work)]
            root._memory.redrew(root, work.redrawn)
            redrawn += work.redrawn
        new = {name: parameter for name, parameter in outer.named_parameters() if id(parameter) not in before}
        note_growth(outer, roots, new)
        # Last, as it decides everything before it changes anything: where it refuses, the growth is undone.
        left_out = () if optimizer is None else update_optimizer(outer, optimizer, new, group, redrawn)
    restarted = start_over(optimizer, bool(changes))
    return AdaptationReport(
        tuple(changes), new, left_out, placed(roots), redrawn=tuple(redrawn), restarted=restarted, model=outer
    )


def overrides_adaptation(part: DynamicModule) -> bool:
    """Whether a user's class has an `adaptation` of its own, which then is what adapts it and all inside it."""
    from clspec.nn.dynamic import DynamicModule  # which imports this module

    return type(part).adaptation is not DynamicModule.adaptation


def _adapt(root: DynamicModule, work: Work, experience: Any, arrival: Arrival) -> list[str]:
    if root is not work.outer and overrides_adaptation(root):
        report = root.adaptation(experience)
        return list(report.changes) if isinstance(report, AdaptationReport) else []
    memory = root._memory
    if memory.is_last(experience) or memory.timeline.is_repeat(arrival):
        return []
    root._memory = memory = memory.copied()
    root.announce_tasks(arrival.tasks)
    moment = memory.timeline.meet(arrival, root.per_task)
    work.experiences = [(memory.timeline.last, memory.last_seen()), (arrival, experience)]
    changes = growth.adapt(root.PLAN, parts_of(root, work), memory.timeline, moment)
    for part in growing_inside(root):
        part.meet(arrival)
    memory.fed = []
    memory.see(experience)
    return changes


def _finish(root: DynamicModule, work: Work, experience: Any) -> list[str]:
    root._memory = memory = root._memory.copied()
    work.experiences = [(memory.timeline.last, memory.last_seen() if experience is None else experience)]
    changes = growth.finish(root.PLAN, parts_of(root, work), memory.timeline)
    memory.fed = []
    return changes


def _announce(root: DynamicModule, arrival: Arrival) -> None:
    root.announce_tasks(arrival.tasks)
    growing = {rule.target for rule in root.PLAN if rule.action in GROWTH}
    for target, part in parts_of(root).items():
        announce = getattr(part.module, "announce", None)
        if target in growing and announce is not None:
            announce(arrival)


def _inside(path: str, other: str) -> bool:
    return path != other and (not other or path.startswith(f"{other}."))


def _joined(path: str, inner: str) -> str:
    return ".".join(filter(None, (path, inner)))


def _led(path: str, words: str) -> str:
    """A change as the outer module tells it: `self: ...` and `head: ...` of a root at `a` lead with `a`, `a.head`."""
    if not path:
        return words
    return path + words.removeprefix("self") if words.startswith(("self: ", "self[")) else f"{path}.{words}"
