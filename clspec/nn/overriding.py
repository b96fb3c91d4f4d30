# pyright: standard
"""An `adaptation` that a user's class writes itself: complete, whatever it does around `super().adaptation(...)`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial, wraps
from typing import TYPE_CHECKING, Any

from clspec.nn.curvature import start_over
from clspec.nn.optimizer import note_growth, update_optimizer
from clspec.nn.report import AdaptationReport
from clspec.nn.undo import AllOrNothing

if TYPE_CHECKING:
    from clspec.nn.dynamic import DynamicModule

_TAKES = ("experience", "optimizer", "optimizer_group")


def completed(written: Callable[..., Any]) -> Callable[..., Any]:
    """The override with an end: what it added itself is in the report and the optimizer, as what the base added is.

    Where it fails, there is no new parameter in the model, and none in the optimizer.
    """

    @wraps(written)
    def adaptation(self: DynamicModule, *args: Any, **named: Any) -> Any:
        given = {**dict(zip(_TAKES, args, strict=False)), **named}
        adapt = partial(written, self, *args, **named)
        return complete(self, adapt, given.get("optimizer"), given.get("optimizer_group"))

    return adaptation


def complete(model: DynamicModule, adapt: Callable[[], Any], optimizer: Any, group: int | None) -> Any:
    """Lets an override adapt a model, and does what it left undone; gives what the override gives."""
    if not model.training:
        return adapt()
    before = {id(parameter) for parameter in model.parameters()}
    with AllOrNothing(model) as undo, _as_it_was(optimizer):
        undo.whole()
        report = adapt()
        new = {name: parameter for name, parameter in model.named_parameters() if id(parameter) not in before}
        note_growth(model, {"": model}, new)
        left_out = () if optimizer is None else update_optimizer(model, optimizer, new, group).left_out
    restarted = start_over(optimizer, bool(new))
    if not isinstance(report, AdaptationReport):
        return report
    restarted |= report.restarted
    return replace(report, new_parameters=new, left_out=left_out, restarted=restarted, model=model)


@contextmanager
def _as_it_was(optimizer: Any) -> Iterator[None]:
    """What an optimizer gained inside is gone where an exception leaves it."""
    groups: list[dict[str, Any]] = list(getattr(optimizer, "param_groups", ()))
    lists = [(group[key], list(group[key])) for group in groups for key in ("params", "param_names") if key in group]
    states = dict(getattr(optimizer, "state", {}))
    try:
        yield
    except BaseException:
        if groups:
            optimizer.param_groups[:] = groups
            optimizer.state.update(states)
        for held, before in lists:
            held[:] = before
        raise
