# pyright: standard
"""One copy of a head or a neck for each task."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, cast

import torch
from torch import Tensor, nn

from clspec.experience import Arrival
from clspec.growth import Event, Members, PartState, Rule, branching_words, member_words, on
from clspec.nn.bookmark import Appending, Bookmark
from clspec.nn.dynamic import DynamicModule, placed_inside, state_of
from clspec.nn.freezing import born_frozen
from clspec.nn.growing_head import GrowingHead, check_reach
from clspec.nn.held_inside import HeldInside
from clspec.nn.incremental import IncrementalClassifier
from clspec.nn.labels import TaskLabels, UnknownTaskError, answer_dtype, check_task_labels
from clspec.nn.multi_task import MultiTaskModule, pad
from clspec.nn.report import Placed
from clspec.nn.seeding import seeded, untouched_rng
from clspec.nn.side_by_side import SideBySide


class PerTask(HeldInside, MultiTaskModule):
    """A member for each task: (batch, ...), task labels -> what the member of the sample's task gives.

    `factory()` makes a fresh member, a GrowingHead or any plain module; for pickle it must be something with a name,
    such as `functools.partial(nn.Linear, 64, 32)`. One member is born with the part and answers as task 0 until the
    first task claims it; each later task appends one, a head with exactly its task's classes. New members take dtype
    and device of those there, and stand still where all of those do. A task that was announced but has no member
    answers with the mask value. Errors as in MultiTaskModule.
    """

    PLAN: ClassVar[tuple[Rule, ...]] = (Rule(on.new_task, "branch", "", own=True),)
    HOLDS = "each task has its own in members[i], a head that grows in members[i].generations[j]"
    ADAPTS_ALONE = True
    CATCHES_UP = True
    SERIES = "members"
    ONLY_APPENDS = True

    def __init__(self, factory: Callable[[], nn.Module], mask_value: float = -1000) -> None:
        super().__init__()
        self.factory, self.mask_value = factory, mask_value
        self.tasks = Members()
        self._side_by_side = SideBySide()
        self.members = nn.ModuleList([factory()])
        inside = list(self.members[0].modules())
        if not isinstance(self.members[0], GrowingHead) and any(isinstance(each, DynamicModule) for each in inside):
            kind = type(self.members[0]).__name__
            raise ValueError(
                f"a member can be a head that grows or a plain module, not {kind}, whose inner parts grow by "
                "themselves: put a PerTask around each of these instead"
            )
        # The own rules of a head hold for every member: this part carries them out, each in the member of its task.
        inner = member.PLAN if isinstance(member := self.members[0], GrowingHead) else ()
        self.PLAN = (*type(self).PLAN, *inner)  # pyright: ignore[reportAttributeAccessIssue]
        self.ONLY_APPENDS = self.ONLY_APPENDS and getattr(member, "ONLY_APPENDS", True)  # pyright: ignore[reportAttributeAccessIssue]

    def forward_single_task(self, x: Tensor, task_label: int) -> Tensor:
        member = self.tasks.member(task_label)
        announced = self._announced.get(task_label, 0)
        if member is not None:
            return pad(self.members[member](x), announced, self.mask_value)
        if isinstance(self.members[0], GrowingHead):
            return x.new_full((x.shape[0], announced), self.mask_value, dtype=answer_dtype(x, self._like()))
        with torch.no_grad():  # only a plain member itself knows its width
            return torch.full_like(self.members[0](x), self.mask_value)

    def _mixed(self, x: Tensor, labels: Tensor) -> Any:
        written = type(self).forward_single_task is not PerTask.forward_single_task
        own = written or "forward_single_task" in self.__dict__
        answer = None if own else self._side_by_side.answer(self, x, labels)
        return super()._mixed(x, labels) if answer is None else answer

    def known_tasks(self) -> tuple[int, ...]:
        return tuple(self.tasks.known)

    @property
    def has_columns(self) -> bool:  # pyright: ignore[reportIncompatibleVariableOverride]
        return isinstance(self.members[0], GrowingHead)

    def encode(self, targets: Tensor, task_labels: TaskLabels = None) -> Tensor:
        """Class ids -> the columns of their logits, each in the member of its task."""
        return self._recoded("encode", targets, task_labels)

    def decode(self, columns: Tensor, task_labels: TaskLabels = None) -> Tensor:
        """Columns of logits -> class ids, each in the member of its task."""
        return self._recoded("decode", columns, task_labels)

    def width_of(self, task: int) -> int:
        at = self.tasks.member(task)
        member = None if at is None else self.members[at]
        return max(member.width if isinstance(member, GrowingHead) else 0, self._announced.get(task, 0))

    def widest(self) -> int:
        widths = [member.width for member in self.members if isinstance(member, GrowingHead)]
        return max([*widths, *self._announced.values()], default=0)

    # ---- growing

    def new_to(self, event: Event, arrival: Arrival) -> bool:
        if event == "new_task":
            return bool(self.tasks.new(arrival.tasks))
        return self.has_columns and self.tasks.brings_classes(arrival, lambda at: self._head(at).rows)

    def meet(self, arrival: Arrival) -> None:
        for _, head, own in self._heads(arrival):
            head.meet(own)

    def align(self, arrival: Arrival) -> Sequence[str]:
        """Aligns the newest rows with the older ones in the members of the experience (see IncrementalClassifier)."""
        touched = {self.tasks.member(task) for task in arrival.tasks}
        return [
            said
            for at, member in enumerate(self.members)
            if at in touched and hasattr(member, "align")
            for said in member_words(at, cast("IncrementalClassifier", member).align(arrival))
        ]

    def branch(self, arrival: Arrival) -> Sequence[str]:
        """Gives every task met a member; the changes in words."""
        tasks, done = self.tasks.branch(arrival.tasks)
        changes: list[str] = []
        for branching in done:
            classes = arrival.classes_by_task[branching.task]
            if not branching.claimed:
                self._append(classes)
            has_rows = isinstance(self.members[branching.member], GrowingHead)
            changes.append(branching_words(branching, classes if has_rows else ()))
        self.tasks = tasks
        return changes

    def expand(self, arrival: Arrival) -> Sequence[str]:
        """Gives the classes of each task rows in its own member; the changes in words."""
        return [said for member, head, own in self._heads(arrival) for said in member_words(member, head.expand(own))]

    def announce(self, arrival: Arrival) -> None:
        widths = dict(self._announced)
        for task, classes in arrival.classes_by_task.items():
            at = self.tasks.member(task)
            member = self.members[at or 0]
            if isinstance(member, GrowingHead):
                rows = member.rows.with_classes(()) if at is None else member.rows
                check_reach(classes, rows, self._name)
                widths[task] = max(widths.get(task, 0), rows.width_with(classes))
        self._announced = widths

    def _recoded(self, way: str, values: Tensor, task_labels: TaskLabels) -> Tensor:
        first = self.members[0]
        if not (isinstance(first, GrowingHead) and first.rows.compact):
            return values
        if task_labels is None:
            raise ValueError(f'{self._name}: with index="compact", {way} needs task_labels: each task has own columns')
        labels = check_task_labels(task_labels, len(values), self._name)
        by_sample = labels.to(values.device) if isinstance(labels, Tensor) else torch.full_like(values, labels)
        recoded = values.long().clone()
        for task in torch.unique(by_sample).tolist():
            at = self.tasks.member(task)
            if at is None:
                raise UnknownTaskError(self._name, task, self.known_tasks())
            own = by_sample == task
            recoded[own] = getattr(self.members[at], way)(values[own])
        return recoded

    def _bookmark(self, arrival: Arrival) -> Bookmark:
        return Appending(self, inside={at: head._bookmark(own) for at, head, own in self._heads(arrival)})

    def _head(self, at: int) -> GrowingHead:
        return cast("GrowingHead", self.members[at])

    def _heads(self, arrival: Arrival) -> list[tuple[int, GrowingHead, Arrival]]:
        """(member, its head, what of the experience is its own) of every task that has a head."""
        found: list[tuple[int, GrowingHead, Arrival]] = []
        for task, classes in arrival.classes_by_task.items():
            position = self.tasks.member(task)
            member = None if position is None else self.members[position]
            if position is not None and isinstance(member, GrowingHead):
                found.append((position, member, Arrival(arrival.index, {task: classes}, arrival.has_classes)))
        return found

    def _append(self, classes: Sequence[int]) -> None:
        like, stand_still = self._like(), born_frozen(self)
        newest_first = reversed(self.members) if self.has_columns else ()
        rows_stand_still = self.has_columns and all(
            born_frozen(each.get_submodule("generations")) for each in newest_first
        )
        path = f"{self._path}.members.{len(self.members)}".strip(".")
        with seeded(self._seed, path):
            member = self.factory()
        member.to(device=like.device, dtype=like.dtype)
        if isinstance(member, DynamicModule):
            member._seed, member._path, member._owner = self._seed, path, self._owner
        if isinstance(member, GrowingHead):
            member.born_with(classes, like)
        self.members.append(member.train(self.training))
        if stand_still:
            member.requires_grad_(False)
        elif rows_stand_still:
            member.get_submodule("generations").requires_grad_(False)

    def _like(self) -> Tensor:
        """What new members take dtype and device from."""
        tensors = itertools.chain(self.parameters(), self.buffers())
        return next((tensor.detach() for tensor in tensors if tensor.is_floating_point()), torch.empty(0))

    # ---- telling

    def placed(self) -> list[Placed]:
        return [
            (inner, task, class_id, row)
            for task, member in zip(self.tasks.known, self.members, strict=True)
            for inner, _, class_id, row in placed_inside(member)
        ]

    def part_state(self) -> PartState:
        own = super().part_state()
        members = tuple(zip(self.tasks.tasks, map(state_of, self.members), strict=True))
        return PartState(own.parameters, own.trainable, members=members)

    def growth_log(self) -> Any:
        return {"tasks": self.tasks.tasks}

    def regrow(self, log: Any) -> None:
        tasks = Members(list(log["tasks"]))
        del self.members[len(tasks.tasks) :]
        with untouched_rng():  # what is drawn here is overwritten by what is loaded
            for _ in range(len(self.members), len(tasks.tasks)):
                self._append(())
        self.tasks = tasks


def fresh(kind: Callable[..., nn.Module], *factories: Callable[[], nn.Module]) -> nn.Module:
    """`kind` (nn.Sequential, say) of what the factories make.

    With `functools.partial`, a factory of layers that share nothing.
    """
    return kind(*(make() for make in factories))
