"""The analyses of a model, one pass a file, in the order in which they run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from clspec.analyses.evaluate import EvaluationError, Scalar, evaluate, spell
from clspec.analyses.names import (
    check_file,
    choose_model,
    default_parameters,
    parameter_problem,
    resolve_names,
    root_models,
)
from clspec.analyses.plan import plan_adaptation
from clspec.analyses.program import AdaptationPlan, Block, Flow, Wiring
from clspec.analyses.shapes import infer_shapes, missing_sizes
from clspec.analyses.sizes import measure
from clspec.analyses.wiring import wire
from clspec.components.base import Growth
from clspec.diagnostics import Diagnostic, SpecError, choices_help
from clspec.ir.spec import Model, Spec


@dataclass(frozen=True)
class Analysis:
    """Everything known about one checked model; code, diagrams and forecasts are made from it."""

    spec: Spec
    model: Block
    wiring: Wiring
    flow: Flow
    plan: AdaptationPlan
    sizes: Mapping[str, Growth]


def analyse(spec: Spec, model: str | None, parameters: Mapping[str, Scalar]) -> Analysis:
    """Checks one model of a spec and returns what is known of it. Raises SpecError with every finding.

    `model` None: the default one. `parameters` replace the defaults of the model's parameters.
    """
    found = check_file(spec)
    chosen, problems = choose_model(spec, model)
    found += problems
    if chosen is None:
        raise SpecError(found)
    given, problems = _parameters(spec, chosen, parameters)
    found += problems
    analysis, problems = _run(spec, chosen, given, alone=True)
    found += problems
    if analysis is None or any(diagnostic.severity == "error" for diagnostic in found):
        raise SpecError(unique(found))
    return analysis


def check(spec: Spec, model: str | None, parameters: Mapping[str, Scalar]) -> list[Diagnostic]:
    """Every finding in a file: of the model asked for, or of every model that no other uses."""
    found = check_file(spec)
    if model is not None or parameters:
        chosen, problems = choose_model(spec, model)
        found += problems
        models = [] if chosen is None else [chosen]
    else:
        models = root_models(spec) or list(spec.models)
    for each in models:
        given, problems = _parameters(spec, each, parameters)
        found += problems + _run(spec, each, given, alone=False)[1]
    return sorted(unique(found), key=lambda d: (d.span is not None, d.span.start if d.span else 0))


def _run(
    spec: Spec, chosen: Model, parameters: Mapping[str, Scalar], *, alone: bool
) -> tuple[Analysis | None, list[Diagnostic]]:
    """The passes, in order. A pass runs on what the passes before it could make out, so all findings come in one run."""
    model, found = resolve_names(spec, chosen, parameters)
    wiring, problems = wire(model)
    found += problems
    flow, problems = infer_shapes(model, wiring)
    found += problems
    plan, problems = plan_adaptation(model, wiring)
    found += problems
    found += _budgets(model)
    sizeless = missing_sizes(model)
    if alone:
        found += sizeless
    if found or sizeless:
        return None, found
    return Analysis(spec, model, wiring, flow, plan, measure(model, flow)), found


def _budgets(model: Block) -> list[Diagnostic]:
    return [
        Diagnostic("CL901", "`require` is not yet supported", budget.span)
        for block in model.blocks()
        for budget in block.budgets
    ]


def _parameters(
    spec: Spec, model: Model, given: Mapping[str, Scalar]
) -> tuple[dict[str, Scalar], list[Diagnostic]]:
    try:
        parameters = default_parameters(model)
    except EvaluationError as error:
        return {parameter.name.text: None for parameter in model.parameters}, [error.diagnostic]
    found: list[Diagnostic] = []
    for name, value in given.items():
        if name not in parameters:
            help = choices_help(name, parameters) or "it has none"
            found.append(Diagnostic("CL108", f'model {model.name.text} has no parameter "{name}"', None, help, file=spec.file))
            continue
        problem = parameter_problem(name, parameters[name], value)
        if problem:
            found.append(Diagnostic("CL203", problem, None, None, file=spec.file))
            continue
        parameters[name] = float(value) if isinstance(parameters[name], float) and isinstance(value, int) else value
    return parameters, found


def unique(found: list[Diagnostic]) -> list[Diagnostic]:
    """Each finding once: two models that use a third would report it twice."""
    return list(dict.fromkeys(found))


__all__ = ["Analysis", "EvaluationError", "Scalar", "analyse", "check", "evaluate", "spell"]
