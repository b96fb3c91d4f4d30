# pyright: standard
"""Linear heads of many tasks on a batch of mixed labels: one product of all their weights, laid side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import Parameter

from clspec.nn.derived import is_lasting
from clspec.nn.generation import Block
from clspec.nn.growing_head import GrowingHead, Settled
from clspec.nn.inside import REGISTRATIONS
from clspec.nn.multi_task import Sorted, pad

if TYPE_CHECKING:
    from clspec.nn.per_task import PerTask

_ROOM = 8
"""Tasks are given equal room in the product; where that comes to more than so many batches, heads are asked singly."""
_PLAIN = (Parameter, Tensor)
"""Not what is sharded, quantized or otherwise more than it seems."""


class Head(NamedTuple):
    """One task's head: its place among the heads, the module, its rows, and the column of each."""

    at: int
    member: Any
    blocks: Sequence[Block]
    rows: int
    columns: Sequence[int]


class Heads:
    """The linear heads of a per-task part, by task, and where their rows answer.

    `columns` (heads, most rows) is the column of each row, `width` where a head has fewer; None where row i is column i
    in all, and all have as many.
    """

    def __init__(self, heads: Mapping[int, Head], width: int) -> None:
        self.by_task, self.width = heads, width
        self.most = max(head.rows for head in heads.values())
        columns = [head.columns for head in heads.values()]
        in_order = all(own == list(range(self.most)) for own in columns)
        self.uneven = any(len(own) < self.most for own in columns)
        table = [[*own, *[width] * (self.most - len(own))] for own in columns]
        self.columns = None if in_order else torch.tensor(table, device="cpu")


class SideBySide:
    """What a per-task part of plain linear heads knows of them, found once: no module is called while a batch runs.

    It holds until something is registered in any module, a head has changed its rows, or other modules are in their
    place. Copies and pickles of the part have an empty one. A part that holds anything but plain linear heads has none.
    """

    def __init__(self) -> None:
        self._found: tuple[tuple[object, ...], Heads | None] = ((), None)

    def __getstate__(self) -> dict[str, Any]:
        return {}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__()

    def answer(self, part: PerTask, x: Tensor, labels: Tensor) -> Tensor | None:
        """(batch, in_features), (batch,) -> (batch, width); None where the heads have to be asked one by one."""
        heads = self._of(part) if len(labels) and not nn.modules.module._has_any_global_hook() else None
        if heads is None:
            return None
        first, last = map(int, labels.aminmax())
        if first == last:
            one = first in heads.by_task
            return pad(part.forward_single_task(x, first), heads.width, part.mask_value) if one else None
        by_task = Sorted(labels)
        present = [heads.by_task[task] for task in by_task.tasks if task in heads.by_task]
        if len(present) < len(by_task.tasks):
            return None
        room = max(by_task.counts)
        if len(present) * room > _ROOM * len(x) or x.dim() != 2 or x.shape[1] != present[0].member.in_features:
            return None
        found = _laid(present, heads.most, part.mask_value)
        if found is None:
            return None
        scores = _product(x, by_task, room, *found)
        if heads.columns is None:
            return pad(scores, heads.width, part.mask_value)
        columns = heads.columns.index_select(0, torch.tensor([head.at for head in present], device="cpu"))
        columns = columns.to(x.device).index_select(0, by_task.of_samples().to(x.device))
        return _in_columns(scores, columns, heads, part.mask_value)

    def _of(self, part: PerTask) -> Heads | None:
        members = list(part.members._modules.values())
        now = (REGISTRATIONS.count, Settled.count, part.tasks, part._announced, members)
        before, heads = self._found
        if not before or any(a is not b and a != b for a, b in zip(before, now, strict=True)):
            heads = _heads_of(part)
            if heads is None or heads.columns is None or is_lasting(heads.columns):
                self._found = now, heads  # at once, as other threads may be running this very part
        return heads


def _product(x: Tensor, by_task: Sorted, room: int, weights: Tensor, biases: Tensor | None) -> Tensor:
    """The scores (batch, rows) of each sample by its own task's weights (tasks, rows, in_features).

    Every task has room for as many samples as the largest; where it has fewer, its last stands there again, so that
    what is infinite or no number stays with its own task.
    """
    tasks, order, in_order = len(weights), by_task.order, torch.arange(len(x), device=by_task.order.device)
    rank = in_order - by_task.starts[by_task.places]
    room_of = torch.add(rank, by_task.places, alpha=room)
    filled = order.new_zeros(tasks * room).scatter_(0, room_of, in_order).cummax(0).values
    inputs = x.index_select(0, order[filled].to(x.device)).view(tasks, room, -1).transpose(1, 2)
    scores = torch.bmm(weights, inputs) if biases is None else torch.baddbmm(biases.unsqueeze(2), weights, inputs)
    back = torch.empty_like(order).scatter_(0, order, room_of).to(x.device)
    return scores.transpose(1, 2).flatten(0, 1).index_select(0, back)


def _in_columns(scores: Tensor, columns: Tensor, heads: Heads, mask_value: float) -> Tensor:
    """(batch, rows), (batch, rows) -> (batch, width); what has no column goes into one more, which is cut off."""
    spare = int(heads.uneven)
    answers = scores.new_full((len(scores), heads.width + spare), mask_value).scatter(1, columns, scores)
    return answers[:, : heads.width].contiguous() if spare else answers


# ---- which heads these are


def _heads_of(part: PerTask) -> Heads | None:
    """The head of every task that has one; None where one of them is more than rows and columns."""
    heads: dict[int, Head] = {}
    for at, (task, member) in enumerate(zip(part.tasks.known, part.members, strict=True)):
        head = _head(at, member) if isinstance(member, GrowingHead) else None
        if head is None:
            return None
        heads[task] = head
    shapes = {(head.member.in_features, head.member.has_bias) for head in heads.values()}
    return Heads(heads, part.widest()) if len(shapes) == 1 else None


def _head(at: int, head: GrowingHead) -> Head | None:
    """A linear head whose rows all answer; None for any other."""
    blocks = head.linear_blocks()
    columns = [column for _, column in head._answering_columns()]
    rows = sum(len(block.weights()) for block in blocks or ())
    return Head(at, head, blocks, rows, columns) if blocks and rows == len(columns) == head.rows.total else None


def _laid(heads: Sequence[Head], rows: int, mask_value: float) -> tuple[Tensor, Tensor | None] | None:
    """What these heads hold now, (heads, rows, in_features) and (heads, rows) or None, with zeros below the shorter.

    None where somebody would miss that a head was not called, where one masks with another value, or tensors are of a
    kind or dtype of their own.
    """
    weights: list[Any] = []
    biases: list[Any] = []
    dtype = heads[0].blocks[0].weights().dtype
    for head in heads:  # for each task of each batch: nothing here may take long
        own = head.member.__dict__
        if (
            own["_forward_hooks"] or own["_forward_pre_hooks"]
            or own["_backward_hooks"] or own["_backward_pre_hooks"] or "forward" in own
            or own["mask_value"] != mask_value
        ):  # fmt: skip
            return None
        for held, weight, bias in head.blocks:
            parameter: Any = held[weight]
            if type(parameter) not in _PLAIN or parameter.dtype is not dtype:
                return None
            weights.append(parameter)
            biases.append(held[bias])
        if head.rows < rows:
            weights.append(weights[-1].new_zeros((rows - head.rows, head.member.in_features)))
            biases.append(weights[-1].new_zeros(rows - head.rows))
    laid = torch.cat(weights).view(len(heads), rows, -1)
    return laid, torch.cat(biases).view(len(heads), rows) if heads[0].member.has_bias else None
