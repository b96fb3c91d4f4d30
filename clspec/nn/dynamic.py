# pyright: standard
"""The base of every module that adapts to experiences."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, ClassVar, Self

from torch import Tensor, nn

from clspec.experience import Arrival
from clspec.growth import Event, PartState, Rule, Snapshot
from clspec.nn import engine
from clspec.nn.bookmark import Appending, Bookmark
from clspec.nn.class_columns import recoded
from clspec.nn.freezing import hold_again, keep_modes, let_go
from clspec.nn.held_modes import hold_modes
from clspec.nn.inside import Found
from clspec.nn.memory import Memory
from clspec.nn.merging import merge_generations
from clspec.nn.observing import Inputs
from clspec.nn.overriding import completed
from clspec.nn.report import AdaptationReport, Placed
from clspec.nn.saved import pack, unpack
from clspec.nn.undo import AllOrNothing
from clspec.nn.wrappers import refuse_wrapped

_GROWING = {"adaptation", "announce", "branch", "expand", "fit_parameters", "know_tasks", "meet", "new_to"}
"""What a subclass that writes one of these does, the engine cannot know."""


class DynamicModule(nn.Module):
    """A module that adapts to each experience by its PLAN.

    To write one: list the rules in `PLAN` (targets are dotted paths of submodules, "" is the module itself) and give a
    method to every verb that the module itself does, taking the `Arrival` and returning the changes in words::

        class Grower(DynamicModule):
            PLAN = (Rule(on.experience(), "expand", ""), Rule(on.experience(2), "freeze", "body"))

            def expand(self, arrival: Arrival) -> list[str]:
                ...                      # add what the new classes need; append parameters, do not replace them
                return [f"+{n} units"]

    Dynamic modules inside it (an IncrementalClassifier, say) adapt along with it, each by its own PLAN, so a class that
    only wires such modules together needs no PLAN at all. Where growth must survive `load_state_dict`, write
    `growth_log` (JSON-able) and `regrow`.
    """

    PLAN: ClassVar[tuple[Rule, ...]] = ()
    ADAPTS_ALONE: ClassVar[bool] = False
    """True where only this module's own plan adapts what is inside it."""
    ANSWERS_BY_TASK: ClassVar[bool] = False
    """True where the forward takes task labels."""
    CATCHES_UP: ClassVar[bool] = False
    """True where `expand` and `branch` may be handed all that was met so far, not only what arrives."""
    SERIES: ClassVar[str | None] = None
    """The name of the ModuleList that grows, where there is one: what is in it beyond the first was grown."""
    ONLY_APPENDS: ClassVar[bool] = True
    """Whether growing and announcing replace own attributes and append to SERIES, and write into nothing that is there.

    Then a change that fails is undone without having remembered the whole model. A subclass with verbs of its own is
    taken not to, unless it says so itself.
    """

    has_columns: bool = False  # whether its answers are logits with a column for each class

    def __init__(self) -> None:
        super().__init__()
        self._memory = Memory()
        self._seed: int | None = None
        self._path = ""
        self._owner = ""
        self._found = Found()
        self.register_load_state_dict_post_hook(_after_loading)

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "ONLY_APPENDS" not in vars(cls) and _GROWING & vars(cls).keys():
            cls.ONLY_APPENDS = False
        if "adaptation" in vars(cls):
            cls.adaptation = completed(cls.adaptation)

    # ---- adapting

    def adaptation(
        self, experience: Any, optimizer: Any = None, optimizer_group: int | None = None
    ) -> AdaptationReport:
        """Adapts to an experience, before training on it; in eval mode the experience is only announced.

        Any object with `classes_in_this_experience` and `task_labels` will do. The experience of the last call changes
        nothing again. The optimizer, if handed in, gets the new parameters (and any it missed before), each in the
        group of its nearest relative or in `optimizer_group`. An error leaves model and optimizer as they were. The
        state of weights that a `reset` redrew is cleared here, or in the first later call that has the optimizer.

        A subclass may override it and call `super().adaptation(...)`: `clspec.adapt` and modules around it call the
        override, and parameters that it adds join the optimizer and the report that it returns. A part of a compiled
        model raises RuntimeError, as it adapts with its root.
        """
        self._refuse_if_owned()
        return engine.adapt_roots(self._found.of(self), experience, optimizer, optimizer_group)

    def recursive_adaptation(
        self, experience: Any, optimizer: Any = None, optimizer_group: int | None = None
    ) -> AdaptationReport:
        """The same as `adaptation`, by the name that Avalanche gives it."""
        return self.adaptation(experience, optimizer, optimizer_group)

    def post_adaptation(self, experience: Any = None, optimizer: Any = None) -> AdaptationReport:
        """Runs the `after` rules, once, when training on the last experience has ended; in eval mode they wait on.

        `experience.dataset`, a torch Dataset of (x, y) or (x, y, task), is what `observe` rules fit where nothing was
        fed by `observe` before; without `experience` it is the last one, if that still lives. Optimizer as in
        `adaptation`. Where nobody calls this, the rules run at the start of the next adaptation.
        """
        self._refuse_if_owned()
        return engine.finish_roots(self._found.of(self), experience, optimizer)

    def observe(self, x: Inputs, y: Tensor, task_labels: int | Tensor | None = None) -> None:
        """Lets the parts that fit statistics observe a batch: samples (batch, ...), class ids (batch,).

        A model with several inputs takes a tuple of them, in the order of its forward, or a dict by its names for them.
        For each batch before `post_adaptation` where experiences carry no dataset. The model runs in eval mode without
        gradients; modes, batch-norm, gradients and random numbers are left alone.
        """
        engine.observe_roots(self._found.of(self), x, y, task_labels)

    def encode(self, targets: Tensor, task_labels: int | Tensor | None = None) -> Tensor:
        """Class ids -> columns of logits. Raises ValueError for a class without one, and where heads disagree."""
        return recoded(self, "encode", targets, task_labels)

    def decode(self, columns: Tensor, task_labels: int | Tensor | None = None) -> Tensor:
        """Columns of logits -> class ids; the way back from `encode`, with its errors."""
        return recoded(self, "decode", columns, task_labels)

    def merge_generations(self, optimizer: Any = None) -> tuple[str, ...]:
        """Makes one generation of many in every head, bit for bit; what was done, in words. See `merging`."""
        return merge_generations(self, self._roots(), optimizer)

    def class_map(self) -> list[Placed]:
        """(path of the head, task or None, class id, row) of every row that answers for a class."""
        return placed_inside(self)

    def describe(self) -> Snapshot:
        """The state of every part by its dotted path; "" is the whole. Plain data, as the forecast gives it."""
        return dict(states_inside(self))

    # ---- what a kind of its own may override

    def new_to(self, event: Event, arrival: Arrival) -> bool:
        """Whether the experience brings a class or task that this part has not met; asked for its own rules."""
        moment = self._memory.timeline.meet(arrival, self.per_task)
        return moment.new_classes if event == "new_class" else moment.new_tasks

    def meet(self, arrival: Arrival) -> None:
        """Told to the growing parts after each training adaptation, whether a rule let them grow or not."""

    def announce(self, arrival: Arrival) -> None:
        """Widens the answers, with the mask value, to what an eval-mode model just met. Nothing saved may change."""

    def forget_announced(self) -> None:
        """Drops what was only announced: another state is being loaded."""

    def growth_log(self) -> Any:
        """What this module grew, as JSON-able data saved in the state dict; None where it grows nothing itself."""
        return None

    def regrow(self, log: Any) -> None:
        """Gives the module the shape that a `growth_log` tells of; values come after."""

    def placed(self) -> list[Placed] | None:
        """The class map of a head, paths relative to itself; None for what is no head."""
        return None

    def _placing(self) -> Callable[[], list[Placed]]:
        """The class map as it is now, to be spelled out when it is asked for."""
        placed = self.placed() or []
        return lambda: placed

    def _bookmark(self, arrival: Arrival) -> Bookmark:
        """Where this part stands before it grows by what arrives, or announces it; asked where it ONLY_APPENDS."""
        del arrival
        return Appending(self)

    def part_state(self) -> PartState:
        """This part as plain data."""
        return PartState(*counts(self))

    def know_tasks(self, tasks: tuple[int, ...]) -> None:
        """Takes note of labels that may be asked for from now on. Nothing saved may change."""

    # ---- the machinery

    @property
    def per_task(self) -> bool:
        """Whether something in here answers by task, so that a class is new as a pair with its task."""
        return any(module.ANSWERS_BY_TASK for module in self.modules() if isinstance(module, DynamicModule))

    def announce_tasks(self, tasks: Iterable[int]) -> None:
        """Lets every part that answers by task know the labels that may be asked for."""
        labels = tuple(tasks)
        for module in self.modules():
            if isinstance(module, DynamicModule):
                module.know_tasks(labels)

    def _roots(self) -> dict[str, DynamicModule]:
        return {"": self} if self.ADAPTS_ALONE else {"": self, **roots_inside(self)}

    def _refuse_if_owned(self) -> None:
        if self._owner:
            raise only_through_its_root(f"{self._path} of {self._owner}")

    @property
    def _name(self) -> str:
        return self._path or type(self).__name__

    def train(self, mode: bool = True) -> Self:
        super().train(mode)
        keep_modes(self)
        return self

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        hold_modes(self)

    def get_extra_state(self) -> Tensor:
        return pack({"growth": self.growth_log(), **self._memory.to_json()})

    def load_state_dict(self, state_dict: Any, strict: bool = True, assign: bool = False) -> Any:
        """As torch's, growing first to what the state tells of; a state that does not fit leaves all as it was."""
        with AllOrNothing(self) as undo:
            undo.keep(self)
            return super().load_state_dict(state_dict, strict=strict, assign=assign)

    def set_extra_state(self, state: Tensor) -> None:
        saved = unpack(state, self._name)
        self.forget_announced()
        if saved["growth"] is not None:
            before = list(self.parameters())
            try:
                self.regrow(saved["growth"])
            except (KeyError, TypeError, AttributeError) as error:
                kind = type(self).__name__
                raise ValueError(f"{self._name}: the saved growth is not that of a {kind}") from error
            if list(map(id, self.parameters())) != list(map(id, before)):
                refuse_wrapped(self, before)
        let_go(self)
        self._memory = Memory.from_json(saved)

    def _load_from_state_dict(  # torch's signature
        self,
        state_dict: Any,
        prefix: str,
        local_metadata: Any,
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        if self.SERIES is not None and f"{prefix}_extra_state" not in state_dict:
            grown = next((key for key in state_dict if key.startswith(f"{prefix}{self.SERIES}.")), None)
            if grown is not None:
                error_msgs.append(
                    f"{grown!r} is there without the growth log {prefix + '_extra_state'!r}, "
                    "which says what each of its rows or members is for."
                )
        super()._load_from_state_dict(
            state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs
        )


def roots_inside(model: nn.Module, prefix: str = "") -> dict[str, DynamicModule]:
    """Every dynamic module inside a module that adapts by itself, by dotted path."""
    found: dict[str, DynamicModule] = {}
    for name, child in model.named_children():
        path = f"{prefix}{name}"
        if isinstance(child, DynamicModule):
            found[path] = child
        if not (isinstance(child, DynamicModule) and (child.ADAPTS_ALONE or engine.overrides_adaptation(child))):
            found |= roots_inside(child, f"{path}.")
    return found


def only_through_its_root(part: str) -> RuntimeError:
    """The error of what is adapted by itself, but is a part of a compiled model."""
    return RuntimeError(
        f"{part} is a part of a compiled model and adapts only through its root: call adaptation on the whole model"
    )


def placed_inside(model: nn.Module, prefix: str = "") -> list[Placed]:
    """The class maps of every head in a module, in the order of its submodules."""
    own = model.placed() if isinstance(model, DynamicModule) else None
    if own is not None:
        return [(f"{prefix}.{inner}".strip("."), task, class_id, row) for inner, task, class_id, row in own]
    return [
        entry for name, child in model.named_children() for entry in placed_inside(child, f"{prefix}.{name}".strip("."))
    ]


def states_inside(model: nn.Module, prefix: str = "") -> Iterator[tuple[str, PartState]]:
    """Every part with its path; what a growing part is made of is told by its own state."""
    yield prefix, state_of(model)
    if not (isinstance(model, DynamicModule) and model.SERIES is not None):
        for name, child in model.named_children():
            yield from states_inside(child, f"{prefix}.{name}".strip("."))


def state_of(part: nn.Module) -> PartState:
    """A dynamic part tells its own state, of any other only the parameters count."""
    return part.part_state() if isinstance(part, DynamicModule) else PartState(*counts(part))


def counts(part: nn.Module) -> tuple[int, int]:
    """(parameters, those of them that train), in numbers."""
    sizes = [(parameter.numel(), parameter.requires_grad) for parameter in part.parameters()]
    return sum(size for size, _ in sizes), sum(size for size, trains in sizes if trains)


def _after_loading(module: Any, _: Any) -> None:
    """Everything inside has its shape by now, so what was frozen can be found and held again."""
    module.announce_tasks(module._memory.timeline.tasks)
    hold_again(module)
