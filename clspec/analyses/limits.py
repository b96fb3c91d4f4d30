"""Works out the budgets of a model: how much of what, and over which stream."""

from __future__ import annotations

from collections.abc import Mapping

from clspec.analyses.evaluate import Constant, EvaluationError, evaluate, spell
from clspec.analyses.program import Limit
from clspec.diagnostics import Diagnostic, Findings, choices_help
from clspec.ir.spec import Budget, Spec


def limits_of(
    budgets: tuple[Budget, ...], spec: Spec, parameters: Mapping[str, Constant]
) -> tuple[list[Limit], Findings]:
    """The budgets of a model of `spec` that has these parameters, and what is wrong with them."""
    limits: list[Limit] = []
    found = Findings()
    streams = {stream.name.text: stream for stream in spec.streams}
    for budget in budgets:
        problem = _unknown_stream(budget, streams)
        try:
            most = evaluate(budget.limit, parameters)
            if isinstance(most, bool) or not isinstance(most, (int, float)):
                message = f"a budget is a number, not {spell(most)}"
                problem = Diagnostic("CL203", message, budget.limit.span, "such as `require parameters <= 400_000`")
            elif most < 0:
                problem = Diagnostic("CL204", f"a budget is at least 0, not {most}", budget.limit.span)
            elif problem is None:
                stream = None if budget.stream is None else streams[budget.stream.text]
                limits.append(Limit(budget.quantity, most, stream, budget.span))
        except EvaluationError as error:
            problem = error.diagnostic
        if problem is not None:
            found.append(problem)
    return limits, found


def _unknown_stream(budget: Budget, streams: Mapping[str, object]) -> Diagnostic | None:
    if budget.stream is None or budget.stream.text in streams:
        return None
    help = choices_help(budget.stream.text, streams) or "the file has none: `stream tasks = split(...)`"
    return Diagnostic("CL501", f'unknown stream "{budget.stream.text}"', budget.stream.span, help)
