# pyright: standard
"""The bases of generated classes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, ClassVar, NoReturn

import torch
from torch import Tensor, nn

from clspec.nn import engine
from clspec.nn.dynamic import DynamicModule, only_through_its_root
from clspec.nn.generated import reduce_generated
from clspec.nn.growing_head import GrowingHead
from clspec.nn.labels import INTEGERS, TaskLabels, check_task_labels
from clspec.nn.multi_task import MultiTaskModule
from clspec.nn.spec_source import SpecSource


class CompiledModel(DynamicModule):
    """The base of a generated root: PLAN says all that adapts it, and `__init__` ends with `self.begin()`.

    A part whose rows are taken out of PLAN no longer adapts. With SEED, weights drawn here and at growth depend only on
    the seed, the part's path, the class, and how often that row was drawn before. SPEC is what it was compiled from; a
    checkpoint needs it.
    """

    INPUTS: ClassVar[Mapping[str, tuple[int, ...]]] = {}
    """The sizes of one sample of each input, by name, in the order of the forward."""
    TOKENS: ClassVar[Collection[str]] = ()
    """The inputs that are token ids; that they lie in the vocabulary is for what embeds them to see."""
    SEED: ClassVar[int | None] = None
    SPEC: ClassVar[SpecSource | None] = None
    NEEDS_TASK_LABELS: ClassVar[bool] = False
    ADAPTS_ALONE = True

    def begin(self) -> None:
        """Checks the plan against the parts and runs the rules that hold from the start."""
        self._seed = self.SEED
        for path, part in self.named_modules():
            if part is not self and isinstance(part, DynamicModule):
                part._seed, part._path, part._owner = self.SEED, path, type(self).__name__
            if self.SEED is not None and isinstance(part, GrowingHead):
                part.redraw()
        engine.start(self)

    def check_inputs(self, *inputs: Tensor, task_labels: TaskLabels = None) -> None:
        """Raises what is wrong with a batch before any of it is computed, so that no statistics move.

        ValueError for an input whose sizes are not those of INPUTS, or whose batch differs from the first's; TypeError
        for token ids that are no integers; errors of task labels as in MultiTaskModule.
        """
        for (name, sizes), x in zip(self.INPUTS.items(), inputs, strict=True):
            if tuple(x.shape[1:]) != sizes or x.dim() != len(sizes) + 1:
                wanted = ", ".join(map(str, ("batch", *sizes)))
                raise ValueError(f"{name}: the input must be ({wanted}), not {tuple(x.shape)}")
            if name in self.TOKENS and x.dtype not in INTEGERS:
                raise TypeError(f"{name}: token ids must be integers, not {x.dtype}")
            if x.shape[0] != inputs[0].shape[0]:
                raise ValueError(f"{name}: {x.shape[0]} samples, but {inputs[0].shape[0]} in {next(iter(self.INPUTS))}")
        if task_labels is None or torch.compiler.is_compiling():
            return
        labels = check_task_labels(task_labels, inputs[0].shape[0], type(self).__name__)
        if not self.training:
            return  # nothing can move, so the parts themselves say which task they do not know
        tasks = labels.unique().tolist() if isinstance(labels, Tensor) else [labels]
        for part in self.modules():
            if isinstance(part, MultiTaskModule):
                part.check_known(tasks)

    def known_tasks(self) -> tuple[int, ...]:
        """The tasks that the model was adapted to, in order of arrival; task 0 before any."""
        return tuple(self._memory.timeline.tasks) or (0,)

    def every_task(self, *inputs: Any) -> dict[int, Any]:
        """{task: the whole output} for every known task: what `task_labels=None` asks for."""
        return {task: self(*inputs, task) for task in self.known_tasks()}

    def __reduce_ex__(self, protocol: Any) -> Any:
        return reduce_generated(self) or super().__reduce_ex__(protocol)


class NestedModule(nn.Module):
    """The base of generated groups and nested models: they adapt with their root, never by themselves."""

    ANSWERS_BY_MODE: ClassVar[bool] = True
    """What it gives may depend on the mode of the whole model, frozen or not."""

    def adaptation(self, *_: Any, **__: Any) -> NoReturn:
        raise only_through_its_root(type(self).__name__)

    recursive_adaptation: Callable[..., NoReturn] = adaptation
    post_adaptation: Callable[..., NoReturn] = adaptation

    def __reduce_ex__(self, protocol: Any) -> Any:
        return reduce_generated(self) or super().__reduce_ex__(protocol)
