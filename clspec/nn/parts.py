# pyright: standard
"""The parts of a module that its plan names, as `clspec.growth` runs them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from torch import nn

from clspec.experience import Arrival
from clspec.growth import Event, Moment, Rule
from clspec.nn.freezing import hold_what_is_frozen, set_frozen

if TYPE_CHECKING:
    from clspec.nn.dynamic import DynamicModule

GROWTH = ("expand", "branch")


class ModulePart:
    """One target of a plan: a submodule of the root, seen as a `growth.Part`."""

    def __init__(self, root: DynamicModule, path: str, module: nn.Module) -> None:
        self.root, self.path, self.module = root, path, module

    def new_to(self, event: Event, arrival: Arrival) -> bool:
        asked = getattr(self.module, "new_to", None)
        return asked is not None and asked(event, arrival)

    def act(self, rule: Rule, moment: Moment | None) -> Sequence[str]:
        if rule.action in ("freeze", "unfreeze"):
            return set_frozen(self.root, self.path, stand_still=rule.action == "freeze")
        if moment is None:
            raise ValueError(f"{rule}: nothing has arrived at the start; give the rule a trigger")
        words: Sequence[str] = getattr(self.module, rule.action)(moment.arrival) or ()
        hold_what_is_frozen(self.root, self.path)
        return words


def parts_of(root: DynamicModule) -> dict[str, ModulePart]:
    """The parts by target. Raises ValueError for a rule whose target is not there or cannot do what the rule says."""
    found: dict[str, ModulePart] = {}
    for rule in root.PLAN:
        if rule.target not in found:
            found[rule.target] = ModulePart(root, rule.target, _target(root, rule))
        if rule.until is not None or rule.since is not None:
            raise ValueError(f"{rule}: this version freezes whole parts only, without `until` and `from`")
        able = rule.action in ("freeze", "unfreeze") or hasattr(found[rule.target].module, rule.action)
        if not able:
            kind = type(found[rule.target].module).__name__
            raise ValueError(f"{rule}: {kind} has no `{rule.action}`")
    return found


def _target(root: DynamicModule, rule: Rule) -> nn.Module:
    try:
        return root.get_submodule(rule.target)
    except AttributeError:
        name = type(root).__name__
        raise ValueError(f"{rule}: {name} has no part {rule.target!r}") from None
