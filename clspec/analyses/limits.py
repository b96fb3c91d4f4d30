"""Works out the budgets of a model: how much of what, and over which stream."""

from __future__ import annotations

from collections.abc import Mapping

from clspec.analyses.evaluate import Constant, EvaluationError, evaluate, spell
from clspec.analyses.program import Limit
from clspec.diagnostics import Diagnostic, Findings, choices_help
from clspec.ir.spec import Budget, Spec
from clspec.ir.values import Call, Sequence


def limits_of(
    budgets: tuple[Budget, ...], spec: Spec, parameters: Mapping[str, Constant]
) -> tuple[list[Limit], Findings]:
    """The budgets of a model of `spec` that has these parameters, and what is wrong with them."""
    limits: list[Limit] = []
    found = Findings()
    streams = {stream.name.text: stream for stream in spec.streams}
    for budget in budgets:
        unknown = _unknown_stream(budget, streams)
        try:
            most = _most(budget, parameters)
            if unknown is None:
                stream = None if budget.stream is None else streams[budget.stream.text]
                limits.append(Limit(budget.quantity, most, stream, budget.span))
        except EvaluationError as error:
            found.append(error.diagnostic)
        if unknown is not None:
            found.append(unknown)
    return limits, found


def _most(budget: Budget, parameters: Mapping[str, Constant]) -> int | float:
    """The number of a budget. Raises EvaluationError for what is none."""
    place = budget.limit.span
    if isinstance(budget.limit, (Call, Sequence)):
        wrong = "a component" if isinstance(budget.limit, Call) else "a list"
    else:
        most = evaluate(budget.limit, parameters)
        if isinstance(most, (int, float)) and not isinstance(most, bool):
            if most < 0:
                raise EvaluationError(Diagnostic("CL204", f"a budget is at least 0, not {most}", place))
            return most
        wrong = spell(most)
    help = "such as `require parameters <= 400_000`"
    raise EvaluationError(Diagnostic("CL203", f"a budget is a number, not {wrong}", place, help))


def _unknown_stream(budget: Budget, streams: Mapping[str, object]) -> Diagnostic | None:
    if budget.stream is None or budget.stream.text in streams:
        return None
    help = choices_help(budget.stream.text, streams) or "the file has none: `stream tasks = split(...)`"
    return Diagnostic("CL501", f'unknown stream "{budget.stream.text}"', budget.stream.span, help)
