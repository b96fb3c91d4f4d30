# pyright: standard
"""The parts of a module that its plan names, as `clspec.growth` runs them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from torch import nn
from torch.nn import Parameter

from clspec.experience import Arrival
from clspec.growth import OBSERVED, RESET, Event, Moment, Rule, Series, holding_words, reached
from clspec.nn.bookmark import Bookmark, Compared
from clspec.nn.freezing import hold_fresh, set_frozen
from clspec.nn.observing import batches, feed, observers
from clspec.nn.resetting import check_resettable, reset
from clspec.nn.structure import items_of, series_of, tree_of
from clspec.nn.undo import AllOrNothing

if TYPE_CHECKING:
    from clspec.nn.dynamic import DynamicModule

GROWTH = ("expand", "branch")


@dataclass
class Work:
    """What the rules of one change may need: `outer` is the whole module, `undo` remembers things before they change.

    `grown` collects the parameters that are new, `redrawn` those whose optimizer state is void. `experiences` pairs
    what arrived with the object that it was read from, None where that is gone.
    """

    outer: nn.Module
    undo: AllOrNothing
    grown: dict[str, Parameter] = field(default_factory=dict[str, Parameter])
    redrawn: list[Parameter] = field(default_factory=list[Parameter])
    experiences: Sequence[tuple[Arrival | None, Any]] = ()

    def bookmark(self, part: nn.Module, arrival: Arrival) -> Bookmark:
        """Where a part stands before it grows."""
        if not getattr(part, "ONLY_APPENDS", False):
            self.undo.whole()
            return Compared(part)
        return self.undo.bookmark(part._bookmark(arrival))  # pyright: ignore[reportCallIssue]

    def dataset(self, moment: Moment) -> Any:
        """The data of an experience; None where it has none, or is gone."""
        experience = next((seen for arrival, seen in self.experiences if arrival is moment.arrival), None)
        return getattr(experience, "dataset", None)


class ModulePart:
    """One target of a plan: a submodule of the root, or slices of it, seen as a `growth.Part`."""

    def __init__(self, root: DynamicModule, path: str, module: nn.Module, work: Work | None = None) -> None:
        self.root, self.path, self.module, self.work = root, path, module, work

    def new_to(self, event: Event, arrival: Arrival) -> bool:
        asked = getattr(self.module, "new_to", None)
        return asked is not None and asked(event, arrival)

    def act(self, rule: Rule, moment: Moment | None) -> Sequence[str]:
        if rule.action in ("freeze", "unfreeze"):
            tree = tree_of(self.module) if rule.bounds else {}
            paths = reached(rule, series_of(self.module) if rule.slices else None, tree)
            undo = None if self.work is None else self.work.undo
            changed = set_frozen(self.root, paths, stand_still=rule.action == "freeze", undo=undo)
            return (holding_words(rule),) if changed else ()
        if moment is None or self.work is None:
            raise ValueError(f"{rule}: nothing has arrived at the start; give the rule a trigger")
        if rule.action in GROWTH:
            return self._grow(rule, moment.arrival, self.work)
        self.work.undo.keep(self.module)
        if rule.action == "reset":
            return self._reset(rule, self.work)
        if rule.action == "observe":
            return self._observe(rule, moment, self.work)
        said = [getattr(part, rule.action)(moment.arrival) or () for part in self._picked(rule)]
        return tuple(dict.fromkeys(words for part in said for words in part))

    def _grow(self, rule: Rule, arrival: Arrival, work: Work) -> Sequence[str]:
        before = work.bookmark(self.module, arrival)
        words = getattr(self.module, rule.action)(arrival) or ()
        fresh = {f"{self.path}.{name}".lstrip("."): parameter for name, parameter in before.fresh().items()}
        if fresh:
            work.grown |= fresh
            hold_fresh(self.root, self.path, fresh, before.modules())
        return words

    def _reset(self, rule: Rule, work: Work) -> Sequence[str]:
        if not reached(rule, series_of(self.module), {}):
            return ()
        parameters = reset(self.root, self.path, self.module, rule.slices)
        for parameter in parameters:
            parameter.grad = None  # it belongs to the weights before
        work.redrawn += parameters
        return (RESET,)

    def _observe(self, rule: Rule, moment: Moment, work: Work) -> Sequence[str]:
        if not moment.arrival.classes:
            return ()  # nothing in this experience is of a class
        memory = self.root._memory
        if rule.target in memory.fed:
            memory.fed.remove(rule.target)
            return (OBSERVED,)
        dataset = work.dataset(moment)
        if dataset is None:
            raise RuntimeError(
                f"{rule}: there is no data to observe. Call post_adaptation(experience) after training, with an "
                "experience that has a `dataset`, or feed batches by model.observe(x, y) before it"
            )
        heads = [head for part in self._picked(rule) for head in observers(part)]
        with closing(batches(dataset, moment.arrival, work.outer)) as data:
            told = [feed(work.outer, heads, *batch) for batch in data]
        if not told:
            raise RuntimeError(f"{rule}: there is no data to observe: the experience's dataset is empty")
        if heads and not any(told):
            raise RuntimeError(f"{rule}: the data did not reach it; in eval mode the model does not run it")
        return (OBSERVED,)

    def _picked(self, rule: Rule) -> list[nn.Module]:
        return [self.root.get_submodule(path) for path in reached(rule, series_of(self.module), {})]


def parts_of(root: DynamicModule, targets: Mapping[str, nn.Module], work: Work | None = None) -> dict[str, ModulePart]:
    """The parts that a plan names, by target."""
    return {target: ModulePart(root, target.partition("[")[0], module, work) for target, module in targets.items()}


def targets_of(root: DynamicModule) -> dict[str, nn.Module]:
    """The submodule of each target. Raises ValueError for one that is not there or cannot do what a rule says."""
    found: dict[str, nn.Module] = {}
    for rule in root.PLAN:
        part = found.setdefault(rule.target, _target(root, rule))
        _check(rule, part)
    return found


def _check(rule: Rule, part: nn.Module) -> None:
    kind = type(part).__name__
    _check_slices(rule, series_of(part), kind)
    if rule.bounds:
        if rule.action not in ("freeze", "unfreeze") or rule.slices:
            raise ValueError(f"{rule}: `until` and `from` bound the freezing of a whole part")
        _check_bounds(rule, part)
    if rule.action == "reset":
        check_resettable(part, rule.part)
    elif rule.action == "observe":
        if not observers(part):
            raise ValueError(f"{rule}: {kind} fits no statistics, so it has nothing to observe")
    elif rule.action not in ("freeze", "unfreeze") and not _able(part, rule.action):
        raise ValueError(f"{rule}: {kind} has no `{rule.action}`")


def _able(part: nn.Module, action: str) -> bool:
    """Whether a part has a method for an action; one with members aligns what can be aligned in them."""
    name, items = items_of(part) or ("", [])
    asked = items[0] if action == "align" and name == "members" else part
    return hasattr(asked, action)


def _check_slices(rule: Rule, series: Series | None, kind: str) -> None:
    for depth, _ in enumerate(rule.slices):
        if series is None:
            raise ValueError(f"{rule}: {kind} grows nothing that slice {depth + 1} could pick from")
        if rule.action in GROWTH:
            raise ValueError(f"{rule}: `{rule.action}` takes no slice")
        series = next(iter(series.items), None)
    if rule.slices and series is None and rule.action in ("align", "observe"):
        raise ValueError(f"{rule}: `{rule.action}` takes a head, not its generations")


def _check_bounds(rule: Rule, part: nn.Module) -> None:
    try:
        reached(rule, None, tree_of(part))
    except ValueError as error:
        raise ValueError(f"{rule}: {error}") from None


def _target(root: DynamicModule, rule: Rule) -> nn.Module:
    try:
        return root.get_submodule(rule.part)
    except AttributeError:
        raise ValueError(f"{rule}: {type(root).__name__} has no part {rule.part!r}") from None
