# pyright: standard
"""The one engine: runs plans on modules, all or nothing, and brings the optimizer up to date."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from torch import Tensor
from torch.nn import Parameter

from clspec import growth
from clspec.experience import Arrival, read_experience
from clspec.nn.inside import Inside, Root, joined
from clspec.nn.observing import feed, observers
from clspec.nn.parts import GROWTH, Work, parts_of, targets_of
from clspec.nn.report import AdaptationReport
from clspec.nn.seeding import drawn_alike
from clspec.nn.undo import AllOrNothing
from clspec.nn.wrappers import refuse_wrapped

if TYPE_CHECKING:
    from clspec.nn.dynamic import DynamicModule


def adapt_roots(
    inside: Inside, experience: Any, optimizer: Any = None, optimizer_group: int | None = None
) -> AdaptationReport:
    """Adapts every root to one experience. In eval mode it is only announced, and the optimizer left alone."""
    outer = inside.outer
    if not outer.training:
        arrival = read_experience(experience)
        with AllOrNothing(outer) as undo:
            for root in inside.roots:
                if root.module is not outer and overrides_adaptation(root.module):
                    undo.whole()
                    root.module.adaptation(experience)
                else:
                    _announce(root, arrival, Work(outer, undo))
        return AdaptationReport(placing=inside.placing(), announced_only=True, model=outer)
    if optimizer_group is None and inside.is_idle(experience, optimizer):
        return AdaptationReport(placing=inside.placing(), model=outer)
    refuse_wrapped(outer)
    arrival = read_experience(experience)
    return _change(inside, partial(_adapt, experience=experience, arrival=arrival), optimizer, optimizer_group)


def finish_roots(inside: Inside, experience: Any = None, optimizer: Any = None) -> AdaptationReport:
    """Runs the `after` rules that wait, once. In eval mode they go on waiting, for the next training adaptation."""
    if not inside.outer.training:
        return AdaptationReport(placing=inside.placing(), model=inside.outer)
    return _change(inside, partial(_finish, experience=experience), optimizer, None)


def observe_roots(inside: Inside, x: Tensor, y: Tensor, task_labels: int | Tensor | None = None) -> None:
    """Feeds a batch to all that the plans let observe, and notes that they were fed. Any error leaves all as it was."""
    outer = inside.outer
    rules = [(root.module, rule) for root in inside.roots for rule in root.plan if rule.action == "observe"]
    heads = {id(head): head for root, rule in rules for head in observers(root.get_submodule(rule.part))}
    if not heads:
        raise ValueError(f"{type(outer).__name__} has no part that observes: no plan says `observe`")
    with AllOrNothing(outer) as undo:
        for head in heads.values():
            undo.keep(head)
        reached = feed(outer, heads.values(), x, y, task_labels)
        for root, rule in rules:
            if any(id(head) in reached for head in observers(root.get_submodule(rule.part))):
                root._memory = memory = root._memory.copied()
                memory.fed = sorted({*memory.fed, rule.target})


def start(root: DynamicModule) -> list[str]:
    """Runs the rules that hold from the start, after checking every row of the plan."""
    return growth.start(root.PLAN, parts_of(root, targets_of(root)))


def _change(
    inside: Inside, act: Callable[[Root, Work], list[str]], optimizer: Any, group: int | None
) -> AdaptationReport:
    outer, changes = inside.outer, list[str]()
    new: dict[str, Parameter] = {}
    redrawn: list[Parameter] = []
    with AllOrNothing(outer) as undo:
        before = None if inside.only_appends else {id(parameter) for parameter in outer.parameters()}
        if before is not None:
            undo.whole()
        for root in inside.roots:
            work = Work(outer, undo)
            undo.memory(root.module)
            changes += [_led(root.path, words) for words in act(root, work)]
            if work.redrawn:
                root.module._memory.redrew(root.module, work.redrawn)
                redrawn += work.redrawn
            new |= {joined(root.path, name): parameter for name, parameter in work.grown.items()}
        if before is not None:
            new = {name: parameter for name, parameter in outer.named_parameters() if id(parameter) not in before}
        if new:
            refuse_wrapped(outer)  # `after` rules may let grow too
        # Last, as it decides everything before it changes anything: where it refuses, the growth is undone.
        left_out = inside.follow(new, redrawn, optimizer, group)
    return AdaptationReport(
        tuple(changes), new, left_out, placing=inside.placing(), redrawn=tuple(redrawn), model=outer
    )


def overrides_adaptation(part: DynamicModule) -> bool:
    """Whether a user's class has an `adaptation` of its own, which then is what adapts it and all inside it."""
    from clspec.nn.dynamic import DynamicModule  # which imports this module

    return type(part).adaptation is not DynamicModule.adaptation


def _adapt(root: Root, work: Work, experience: Any, arrival: Arrival) -> list[str]:
    module = root.module
    if module is not work.outer and overrides_adaptation(module):
        report = module.adaptation(experience)
        return list(report.changes) if isinstance(report, AdaptationReport) else []
    memory = module._memory
    if memory.is_last(experience) or memory.timeline.is_repeat(arrival):
        return []
    module._memory = memory = memory.copied()
    for part in root.dynamic.values():
        work.bookmark(part, arrival)
        part.know_tasks(arrival.tasks)
    moment = memory.timeline.meet(arrival, root.per_task)
    work.experiences = [(memory.timeline.last, memory.last_seen()), (arrival, experience)]
    with drawn_alike(arrival.growth_seed, module._path, "adaptation", module.parameters()):
        changes = growth.adapt(root.plan, parts_of(module, root.targets, work), memory.timeline, moment)
    for part in root.growing:
        part.meet(arrival)
    memory.fed = []
    memory.see(experience)
    return changes


def _finish(root: Root, work: Work, experience: Any) -> list[str]:
    module = root.module
    module._memory = memory = module._memory.copied()
    last = memory.timeline.last
    work.experiences = [(last, memory.last_seen() if experience is None else experience)]
    with drawn_alike(None if last is None else last.growth_seed, module._path, "post_adaptation", module.parameters()):
        changes = growth.finish(root.plan, parts_of(module, root.targets, work), memory.timeline)
    memory.fed = []
    return changes


def _announce(root: Root, arrival: Arrival, work: Work) -> None:
    for part in root.dynamic.values():
        work.bookmark(part, arrival)
        part.know_tasks(arrival.tasks)
    for target in dict.fromkeys(rule.target for rule in root.plan if rule.action in GROWTH):
        announce = getattr(root.targets[target], "announce", None)
        if announce is not None:
            announce(arrival)


def _led(path: str, words: str) -> str:
    """A change as the outer module tells it: `self: ...` and `head: ...` of a root at `a` lead with `a`, `a.head`."""
    if not path:
        return words
    return path + words.removeprefix("self") if words.startswith(("self: ", "self[")) else f"{path}.{words}"
