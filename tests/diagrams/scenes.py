"""Models drawn by the tests, made by hand: a view's input needs no compiler."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from clspec.diagrams.moments import Moments
from clspec.diagrams.options import DEFAULTS, Options
from clspec.diagrams.render import Diagram
from clspec.diagrams.scene import Arrow, Box, Frame, RuleLine, Scene
from clspec.diagrams.views import View, draw_view
from clspec.growth import PartState, Snapshot

Rows = tuple[tuple[int | None, ...], ...]


@dataclass(frozen=True)
class Example:
    scene: Scene
    initial: Snapshot
    frames: Sequence[Frame]

    def drawn(self, view: View = "architecture", at: int | None = None, options: Options = DEFAULTS) -> Diagram:
        return draw_view(view, self.scene, Moments(self.initial, self.frames), at, options)


def class_incremental(classes: int = 10, each: int = 2, name: str = "SplitMnist", part: str = "classifier") -> Example:
    """Three nodes: an input, a backbone, a head that grows."""
    boxes = (
        Box("x", "x", "input", "image(1, 28, 28)", line=4),
        Box("features", "features", "backbone", "simple_mlp", ("784 → 512",), line=5),
        Box(part, part, "head", "incremental", line=6, rules=(1,), width_in=512),
    )
    arrows = (Arrow("x", "features", "1×28×28"), Arrow("features", part, "512"), Arrow(part, "", "10"))
    rules = (RuleLine(1, "when new classes arrive", f"expand {part}", True, 6),)

    def states(rows: Rows) -> Snapshot:
        head = sum(map(len, rows)) * 513
        whole = PartState(401920 + head, 401920 + head)
        return {"": whole, "features": PartState(401920, 401920), part: PartState(head, head, rows=rows)}

    frames: list[Frame] = []
    rows: Rows = ()
    for number in range(classes // each):
        new = tuple(range(each * number, each * number + each))
        rows = (*rows, new)
        frames.append(Frame(number, new, (0,), states(rows), (f"{part}: +{each} rows",)))
    return Example(
        Scene(name, "specs/split_mnist.clspec", "Grows.", boxes, arrows, rules), states(((None,) * each,)), frames
    )


def frozen_backbone(stages: int = 3) -> Example:
    """A backbone drawn as its stages, frozen to the second one after the first experience, a neck and a head."""
    names = ["stem", *(f"layer{number}" for number in range(1, stages + 1))]
    titles = ["conv3×3, 16 + BN", *(f"3 × ResUnit({16 * number})" for number in range(1, stages + 1))]
    inner = tuple(
        Box(f"backbone.{name}", name, "backbone", title, line=4, rules=(2,) if position < 2 else ())
        for position, (name, title) in enumerate(zip(names, titles, strict=True))
    )
    neck = tuple(Box(f"neck.{number}", str(number), "neck", "linear", ("128 → 128",), 9) for number in range(3))
    boxes = (
        Box("image", "image", "input", "image(3, 32, 32)"),
        Box("backbone", "backbone", "backbone", "pytorchcv resnet20_cifar10", (), 4, inner, (2,)),
        Box("neck", "neck", "neck", "sequence", (), 9, neck),
        Box("head", "head", "head", "incremental", (), 12, (), (1,), 128),
    )
    chain = ["image", *(f"backbone.{name}" for name in names)]
    arrows = [Arrow(source, target, "16×32×32") for source, target in pairwise(chain)]
    arrows += [Arrow("backbone", "neck", "64"), Arrow("neck.0", "neck.1", "128"), Arrow("neck.1", "neck.2", "128")]
    arrows += [Arrow("neck", "head", "128"), Arrow("head", "", "6")]
    rules = (
        RuleLine(1, "when new classes arrive", "expand head", True, 12),
        RuleLine(
            2, "after experience 0", "freeze backbone until layer1 · its batch-norm statistics stand still", False, 14
        ),
    )

    def states(rows: Rows, frozen: bool) -> Snapshot:
        head = sum(map(len, rows)) * 129
        parts = {f"neck.{number}": PartState(16512, 16512) for number in range(3)}
        for position, name in enumerate(names):
            parts[f"backbone.{name}"] = PartState(1000, 0 if frozen and position < 2 else 1000)
        size = 1000 * len(names)
        trains = size - 2000 * frozen
        parts |= {"backbone": PartState(size, trains), "neck": PartState(49536, 49536)}
        whole = PartState(size + 49536 + head, trains + 49536 + head)
        return {**parts, "head": PartState(head, head, rows=rows), "": whole}

    frames = [
        Frame(
            number,
            (2 * number, 2 * number + 1),
            (0,),
            states(tuple((2 * k, 2 * k + 1) for k in range(number + 1)), number > 0),
            (),
        )
        for number in range(5)
    ]
    return Example(
        Scene("Class-incremental ResNet-20", "model.clspec", "", boxes, tuple(arrows), rules),
        states(((None, None),), False),
        frames,
    )


def task_incremental(tasks: int = 3) -> Example:
    """A part with one head a task; the heads of earlier tasks are frozen."""
    boxes = (
        Box("image", "image", "input", "image(3, 32, 32)"),
        Box("trunk", "trunk", "backbone", "pytorchcv resnet20_cifar10", (), 4, (), (3,)),
        Box("heads", "heads", "head", "per_task(incremental)", (), 12, (), (1, 2, 4), 128, True),
    )
    arrows = (Arrow("image", "trunk", "3×32×32"), Arrow("trunk", "heads", "128"), Arrow("heads", "", "2"))
    rules = (
        RuleLine(1, "when a new task arrives", "branch heads", True, 12),
        RuleLine(2, "when new classes arrive", "expand heads", True, 12),
        RuleLine(3, "from the start", "freeze trunk until stage2", False, 14),
        RuleLine(4, "when a new task arrives", "freeze heads[:-1]", False, 15),
    )

    def states(members: Sequence[int | None]) -> Snapshot:
        rows: Rows = ((None, None),) if members == [None] else ((0, 1),)
        last = len(members) - 1
        parts = tuple((task, PartState(258, 258 * (k == last), rows=rows)) for k, task in enumerate(members))
        size = 258 * len(members)
        heads = PartState(size, 258, members=parts)
        return {"trunk": PartState(271824, 205696), "heads": heads, "": PartState(271824 + size, 205696 + 258)}

    frames = [
        Frame(task, (0, 1), (task,), states(list(range(task + 1))), (f"heads: + member {task} for task {task}",))
        for task in range(tasks)
    ]
    return Example(Scene(f"{tasks} tasks", "tasks.clspec", "", boxes, arrows, rules), states([None]), frames)


def columns(tasks: int = 5) -> Example:
    """Progressive columns, the earlier ones frozen."""
    boxes = (
        Box("x", "x", "input", "features(12)"),
        Box("columns", "columns", "backbone", "progressive", ("12 → 2 × 8",), 5, (), (1, 2), None, True, columns=True),
        Box("head", "head", "head", "nearest mean", (), 6, (), (3,), 8, fits=True),
    )
    arrows = (Arrow("x", "columns", "12"), Arrow("columns", "head", "8"), Arrow("head", "", "logits"))
    rules = (
        RuleLine(1, "when a new task arrives", "branch columns", True, 5),
        RuleLine(2, "when a new task arrives", "freeze columns[:-1]", True, 5),
        RuleLine(3, "when new classes arrive", "expand head", True, 6),
    )

    def states(known: Sequence[int | None]) -> Snapshot:
        last = len(known) - 1
        parts = tuple((task, PartState(176 + 160 * k, (176 + 160 * k) * (k == last))) for k, task in enumerate(known))
        size, trains = sum(state.parameters for _, state in parts), 176 + 160 * last
        rows = tuple((2 * task, 2 * task + 1) for task in known if task is not None)
        grown = PartState(size, trains, members=parts)
        return {"": PartState(size, trains), "columns": grown, "head": PartState(0, 0, rows=rows)}

    frames = [
        Frame(k, (2 * k, 2 * k + 1), (k,), states(list(range(k + 1))), (f"columns: + column {k} for task {k}",))
        for k in range(tasks)
    ]
    return Example(Scene("Columns", "columns.clspec", "", boxes, arrows, rules), states([None]), frames)


def nested_groups() -> Example:
    """Two groups side by side on one trunk, one with a per-task head; a tap from inside the trunk."""
    coarse = Box("coarse.labels", "labels", "head", "incremental", (), 20, (), (1,), 128)
    fine = Box("fine.labels", "labels", "head", "per_task(incremental)", (), 24, (), (2,), 160, True)
    boxes = (
        Box("x", "x", "input", "image(3, 32, 32)"),
        Box("trunk", "trunk", "backbone", "resnet32", line=4),
        Box("shallow", "shallow", "neck", "avg_pool + flatten", line=5),
        Box("coarse", "coarse", "group", "group", line=20, children=(coarse,)),
        Box(
            "fine",
            "fine",
            "group",
            "group",
            line=22,
            children=(Box("fine.fused", "fused", "neck", "concat", line=23), fine),
        ),
    )
    arrows = (
        Arrow("x", "trunk", "3×32×32"),
        Arrow("trunk.stage2", "shallow", "32×16×16"),
        Arrow("trunk", "coarse.labels", "128"),
        Arrow("trunk", "fine.fused", "128"),
        Arrow("shallow", "fine.fused", "32"),
        Arrow("fine.fused", "fine.labels", "160"),
        Arrow("coarse", "", "2", "coarse"),
        Arrow("fine", "", "2", "fine"),
    )
    rules = (
        RuleLine(1, "when new classes arrive", "expand coarse.labels", True, 20),
        RuleLine(2, "when a new task arrives", "branch fine.labels", True, 24),
    )

    def states(number: int) -> Snapshot:
        frozen = number >= 2
        rows: Rows = ((None, None),) if number < 0 else tuple((2 * k, 2 * k + 1) for k in range(number + 1))
        member = PartState(322, 322, rows=((0, 1),))
        born = PartState(322, 322, rows=((None, None),))
        members = ((None, born),) if number < 0 else tuple((task, member) for task in range(number + 1))
        size, many = 258 * len(rows), 322 * len(members)
        trunk = PartState(470000, 0 if frozen else 470000)
        return {
            "": PartState(trunk.parameters + size + many, trunk.trainable + size + many),
            "trunk": trunk,
            "shallow": PartState(0, 0),
            "coarse": PartState(size, size),
            "coarse.labels": PartState(size, size, rows=rows),
            "fine": PartState(many, many),
            "fine.fused": PartState(0, 0),
            "fine.labels": PartState(many, many, members=members),
        }

    frames = [Frame(k, (2 * k, 2 * k + 1), (k,), states(k), ()) for k in range(5)]
    return Example(Scene("TwoHeads", "specs/two_heads.clspec", "Two groups.", boxes, arrows, rules), states(-1), frames)


EXAMPLES = {
    "class_incremental": class_incremental(),
    "hundred_classes": class_incremental(100, 10),
    "frozen_backbone": frozen_backbone(),
    "task_incremental": task_incremental(),
    "fifty_tasks": task_incremental(50),
    "nested_groups": nested_groups(),
    "columns": columns(),
    "twelve_columns": columns(12),
}
