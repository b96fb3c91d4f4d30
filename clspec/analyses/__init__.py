"""The analyses of a model, one pass a file, in the order in which they run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from clspec.analyses.evaluate import Constant, Given
from clspec.analyses.lookup import Models
from clspec.analyses.models import check_file, choose_model, root_models, set_parameters
from clspec.analyses.names import MOST_LAYERS, resolve_names
from clspec.analyses.plan import plan_adaptation
from clspec.analyses.program import AdaptationPlan, Block, Flow, Wiring
from clspec.analyses.shapes import infer_shapes, missing_sizes
from clspec.analyses.sizes import measure
from clspec.analyses.wiring import wire
from clspec.components.growing import Growth
from clspec.diagnostics import Diagnostic, SpecError
from clspec.ir.spec import Model, Spec
from clspec.source import Span


@dataclass(frozen=True)
class Analysis:
    """Everything known about one checked model; code, diagrams and forecasts are made from it."""

    spec: Spec
    model: Block
    wiring: Wiring
    flow: Flow
    plan: AdaptationPlan
    sizes: Mapping[str, Growth]
    parameters: Mapping[str, Constant]


def analyse(
    spec: Spec, model: str | None, parameters: Mapping[str, Given], allow_imports: Sequence[str] = ()
) -> Analysis:
    """Checks one model of a spec and returns what is known of it. Raises SpecError with every finding.

    `model` None: the default one. `parameters` replace the defaults of the model's parameters. `allow_imports` are the
    packages whose code `module(...)` may run.
    """
    found = check_file(spec)
    chosen, problems = choose_model(spec, model)
    found += problems
    if chosen is None:
        raise SpecError(in_text_order(found, spec.file))
    passed, problems = _run(Models(spec), chosen, parameters, allow_imports)
    found += problems
    if passed is not None and not found:
        found = missing_sizes(passed.model)
    if passed is None or found or not passed.whole:
        raise SpecError(in_text_order(found, spec.file))
    return passed.measured(spec)


def check(
    spec: Spec, model: str | None, parameters: Mapping[str, Given], allow_imports: Sequence[str] = ()
) -> tuple[list[Passed], list[Diagnostic]]:
    """Every finding in a file: of the model asked for, or of all models, each where it is used and else by itself.

    With it, what the passes made of these models, whatever is wrong with them.
    """
    made: list[Passed] = []
    found = check_file(spec)
    file_is_fine = not found
    models: Sequence[Model] = [*root_models(spec), *spec.models]
    if model is not None or parameters:
        chosen, problems = choose_model(spec, model)
        found += problems
        models = () if chosen is None else (chosen,)
    scope, seen, layers = Models(spec), set[Span](), 0
    for each in models:
        if each.name.span in seen:
            continue
        passed, problems = _run(scope, each, parameters, allow_imports)
        found += problems
        if passed is not None:
            made.append(replace(passed, fine=file_is_fine and not problems))
        if any(problem.code == "CL109" for problem in problems):
            break  # the models that were not unfolded are as large
        if passed is not None:
            seen |= {block.span for block in passed.model.blocks() if block.kind == "model"}
            layers += passed.model.layers
        if layers > MOST_LAYERS:
            message = f"the models of this file have more than {MOST_LAYERS:,} layers, each counted where it is used"
            found.append(Diagnostic("CL109", message, each.name.span, "check fewer at once: --model NAME"))
            break
    return made, in_text_order(found, spec.file)


@dataclass(frozen=True)
class Passed:
    """What the passes made of a model with its parameters set. `fine`: nothing is wrong with it, nor with its file."""

    parameters: Mapping[str, Constant]
    model: Block
    wiring: Wiring
    flow: Flow
    plan: AdaptationPlan
    fine: bool = False

    def analysis(self, spec: Spec) -> Analysis | None:
        """Everything known about it, where nothing is wrong with it and it says all its sizes."""
        return self.measured(spec) if self.fine and self.whole and not missing_sizes(self.model) else None

    @property
    def whole(self) -> bool:
        """Whether every part could be made. Where a used file could not be read, that was told when it was."""
        return not any(part.broken for part in self.model.walk())

    def measured(self, spec: Spec) -> Analysis:
        sizes = measure(self.model, self.flow, self.plan)
        return Analysis(spec, self.model, self.wiring, self.flow, self.plan, sizes, self.parameters)


def _run(
    scope: Models, chosen: Model, given: Mapping[str, Given], allow_imports: Sequence[str]
) -> tuple[Passed | None, list[Diagnostic]]:
    """The passes, in order. Each runs on what those before it could make out, so all findings come in one run."""
    parameters, found = set_parameters(scope.spec, chosen, given)
    if parameters is None:
        return None, found
    model, names = resolve_names(scope, chosen, parameters, allow_imports)
    wiring, wires = wire(model)
    flow, shapes = infer_shapes(model, wiring)
    plan, rules = plan_adaptation(model, wiring, flow)
    return Passed(parameters, model, wiring, flow, plan), [*found, *names, *wires, *shapes, *rules]


def in_text_order(found: Sequence[Diagnostic], file: str) -> list[Diagnostic]:
    """Each finding once, as two models that use a third would report it twice: with the first use, or with none.

    Those without a place come first, then those in `file` itself, then those in the files that it uses.
    """
    once: dict[Diagnostic, Diagnostic] = {}
    for each in sorted(found, key=lambda each: [_position(use.span, file) for use in each.uses]):
        once.setdefault(each.without_uses(), each)
    told = dict.fromkeys(once[each.without_uses()] for each in found)
    return sorted(told, key=lambda each: _position(each.span, file))


def _position(span: Span | None, file: str) -> tuple[bool, str, int]:
    if span is None:
        return False, "", -1
    return span.source.name != file, span.source.name, span.start


__all__ = ["Analysis", "Given", "Passed", "analyse", "check"]
