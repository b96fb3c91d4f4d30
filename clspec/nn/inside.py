# pyright: standard
"""What adapts inside a model, found once: adapting should not walk through a thousand layers to find one head."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from torch import nn
from torch.nn import Parameter

from clspec.nn.kinship import SERIES
from clspec.nn.optimizer import Books
from clspec.nn.parts import GROWTH, targets_of
from clspec.nn.structure import dynamic_inside, name_parts

if TYPE_CHECKING:
    from clspec.nn.dynamic import DynamicModule
    from clspec.nn.report import Placed


class Registrations:
    """Counts the submodules and parameters that any module was given, and knows the latest; torch tells it of each."""

    def __init__(self) -> None:
        self.count = 0
        self._latest: deque[tuple[int, int]] = deque(maxlen=1024)
        """(id of the module, id of what it was given): who asks holds on to the modules that it asks for."""
        nn.modules.module.register_module_module_registration_hook(self)
        nn.modules.module.register_module_parameter_registration_hook(self)

    def __call__(self, module: nn.Module, _: str, given: object) -> None:
        self.count += 1
        self._latest.append((id(module), id(given)))

    def since(self, count: int) -> list[tuple[int, int]] | None:
        """Those since there were so many; None where that is too long ago to tell."""
        new = self.count - count
        return None if new > len(self._latest) else [self._latest[at] for at in range(-new, 0)]


REGISTRATIONS = Registrations()


class Root:
    """A module that runs a plan of its own, and what this plan has to do with."""

    def __init__(self, path: str, module: DynamicModule) -> None:
        self.path, self.module, self.plan = path, module, module.PLAN
        self.dynamic = dict(dynamic_inside(module))
        self.growing = [part for part in self.dynamic.values() if part.SERIES is not None]
        self.per_task = any(part.ANSWERS_BY_TASK for part in self.dynamic.values())
        self.targets = targets_of(module)

    @property
    def only_appends(self) -> bool:
        """Whether all that may change it is growth that appends, and what the engine itself does."""
        growing = [self.targets[rule.target] for rule in self.plan if rule.action in GROWTH]
        return all(getattr(part, "ONLY_APPENDS", False) for part in (*self.dynamic.values(), *growing))


class Inside:
    """What adapts inside `outer`, `roots` by their dotted paths; "" is `outer` itself.

    It holds until one of the modules in it is given a submodule or parameter, or one of the parts is no longer where it
    was found. What an adaptation registers, it follows.
    """

    def __init__(self, outer: nn.Module, roots: Mapping[str, DynamicModule]) -> None:
        name_parts(outer)
        self.outer = outer
        self.roots = [Root(path, module) for path, module in roots.items()]
        self.only_appends = all(root.only_appends for root in self.roots)
        self.heads = [(path, part) for path, part in dynamic_inside(outer) if part.placed() is not None]
        self.books = Books()
        places = [path for path, _ in dynamic_inside(outer)]
        for root in self.roots:
            places += [joined(root.path, rule.part) for rule in root.plan]
        self._edges = _edges(outer, places)
        self._modules = set(map(id, outer.modules()))
        grown = {*SERIES, *(part.SERIES for _, part in dynamic_inside(outer))}
        self._lists = [
            module
            for name, module in outer.named_modules()
            if isinstance(module, nn.Sequential | nn.ModuleList) and name.rpartition(".")[2] not in grown
        ]
        self._lengths = list(map(len, self._lists))
        self._registrations = REGISTRATIONS.count

    def holds(self) -> bool:
        return (
            self._is_untouched()
            and all(parent._modules.get(name) is child for parent, name, child in self._edges)
            and all(root.plan is root.module.PLAN for root in self.roots)
        )

    def _is_untouched(self) -> bool:
        """Whether whatever was registered since the last look was registered elsewhere."""
        if self._registrations == REGISTRATIONS.count:
            return True
        new = REGISTRATIONS.since(self._registrations)
        if new is None or any(module in self._modules for module, _ in new):
            return False
        if list(map(len, self._lists)) != self._lengths:  # torch's `insert` tells nobody; what it puts in is mostly new
            return False
        self._registrations = REGISTRATIONS.count
        return True

    def is_idle(self, experience: object, optimizer: Any) -> bool:
        """Whether all were adapted to this very experience last, and the optimizer was brought up to date since."""
        return (
            self.only_appends
            and all(root.module._memory.is_last(experience) for root in self.roots)
            and (optimizer is None or self._is_served(optimizer))
        )

    def follow(
        self, new: Mapping[str, Parameter], redrawn: Sequence[Parameter], optimizer: Any, group: int | None
    ) -> tuple[str, ...]:
        """Brings the optimizer up to date after an adaptation; what is left out of it. It holds on to it."""
        left_out: tuple[str, ...] = ()
        if optimizer is not None:
            roots = [root.module for root in self.roots]
            left_out = self.books.update(self.outer, optimizer, new, group, redrawn, roots)
        elif new:
            self.books.grew()
        if self.only_appends:
            self._take_in(REGISTRATIONS.since(self._registrations))
        return left_out

    def _take_in(self, new: Sequence[tuple[int, int]] | None) -> None:
        """Counts what this adaptation has put in as inside. Where it cannot be told any more, it looks again."""
        if new is None:
            return
        self._registrations = REGISTRATIONS.count
        before = -1
        while len(self._modules) > before:  # until nothing follows from what was found: lists are filled in any order
            before = len(self._modules)
            self._modules.update(given for module, given in reversed(new) if module in self._modules)

    def _is_served(self, optimizer: Any) -> bool:
        waiting = any(root.module._memory.stale or root.module._memory.grown for root in self.roots)
        return self.books.holdings(optimizer) is not None and not waiting

    def placing(self) -> Callable[[], tuple[Placed, ...]]:
        """The class maps of all heads as they are now, to be spelled out when they are asked for."""
        heads = [(path, head._placing()) for path, head in self.heads]
        return lambda: tuple(
            (joined(path, inner), task, class_id, row)
            for path, placed in heads
            for inner, task, class_id, row in placed()
        )


class Found:
    """A place where a module keeps its `Inside`; copies and pickles of the module have an empty one."""

    def __init__(self) -> None:
        self.inside: Inside | None = None

    def of(self, outer: DynamicModule) -> Inside:
        if self.inside is None or self.inside.outer is not outer or not self.inside.holds():
            self.inside = Inside(outer, outer._roots())
        return self.inside

    def __getstate__(self) -> dict[str, Any]:
        return {"inside": None}


def _edges(outer: nn.Module, places: list[str]) -> list[tuple[nn.Module, str, nn.Module]]:
    """(parent, name, child) of every step down to these places."""
    edges: dict[tuple[int, str], tuple[nn.Module, str, nn.Module]] = {}
    for place in places:
        module = outer
        for name in place.split(".") if place else ():
            child: Any = module._modules.get(name)
            edges[id(module), name] = module, name, child
            if child is None:  # a rule may name a parameter
                break
            module = child
    return list(edges.values())


def joined(path: str, inner: str) -> str:
    return f"{path}.{inner}".strip(".")
