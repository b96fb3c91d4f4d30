"""The models of a file: which there are, which one is meant, and with what parameters."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from clspec.analyses.evaluate import Constant, EvaluationError, Given, evaluate_constant, spell
from clspec.analyses.identifiers import check_identifier, check_parameter_name
from clspec.analyses.lookup import alias_of
from clspec.analyses.streams import check_streams
from clspec.components import registry
from clspec.diagnostics import Diagnostic, Findings, Related, choices_help
from clspec.ir.spec import Group, Model, Node, Spec
from clspec.ir.values import Call, Identifier, Name, Value
from clspec.ir.values import Sequence as ListValue
from clspec.source import Span

_TYPES = {int: "an integer", float: "a number", str: "a string", bool: "`true` or `false`", tuple: "a list"}


def check_file(spec: Spec) -> list[Diagnostic]:
    """What is wrong with the file as a whole, and with those that it uses: names and streams."""
    found = Findings()
    for used in dict.fromkeys(id(each) for each in spec.used if each is not None):
        found += next(check_file(each) for each in spec.used if id(each) == used and each is not None)
    aliases = [use.alias or Identifier(text=alias_of(use), span=use.path.span) for use in spec.uses]
    for use, alias, used in zip(spec.uses, aliases, spec.used, strict=True):
        if use.alias is None and used is not None and check_parameter_name(alias):
            message = f'"{alias.text}" cannot be the name of a used file'
            found.report("CL103", message, use.path.span, f'give it one: `use "{use.path.value}" as NAME`')
        elif use.alias is not None:
            found += check_parameter_name(alias)
    found += check_unique(aliases, "name")
    models, streams = [model.name for model in spec.models], [stream.name for stream in spec.streams]
    for name in (*models, *streams):
        found += check_identifier(name)
    found += check_unique(models, "name") + check_unique(streams, "name")
    found += check_streams(spec)
    for model in spec.models:
        if model.name.text in registry():
            found.report("CL103", f'"{model.name.text}" is the name of a component', model.name.span, "give it another")
        parameters = [parameter.name for parameter in model.parameters]
        for name in parameters:
            found += check_parameter_name(name)
        found += check_unique(parameters, "parameter")
    if not spec.models:
        found.report("CL107", "the file has no model", spec.span, "start one with `model NAME { ... }`")
    return found


def check_unique(names: Sequence[Identifier], what: str) -> list[Diagnostic]:
    """Names given twice. `what` says what they are."""
    found = Findings()
    seen: dict[str, Span] = {}
    for name in names:
        if name.text in seen:
            first = Related("first here", seen[name.text])
            found.report("CL102", f'the {what} "{name.text}" is used twice', name.span, "give it another name", first)
        seen.setdefault(name.text, name.span)
    return found


def choose_model(spec: Spec, name: str | None) -> tuple[Model | None, list[Diagnostic]]:
    """The model asked for, or the default one: the only one that no other uses."""
    by_name = {model.name.text: model for model in spec.models}
    if name is not None:
        if name in by_name:
            return by_name[name], []
        help = choices_help(name, by_name)
        return None, [Diagnostic("CL106", f'the file has no model "{name}"', None, help, file=spec.file)]
    # Models that use each other in a ring leave no root; the ring itself is reported by resolving any of them.
    roots = root_models(spec) or list(spec.models[:1])
    if len(roots) < 2:
        return (roots[0] if roots else None), []
    found = Findings()
    first, second = roots[:2]
    found.report(
        "CL105",
        f"no default model: {', '.join(model.name.text for model in roots)} are not used by any other",
        second.name.span,
        f"say which: --model {first.name.text} (in Python model={first.name.text!r})",
        Related("the first one", first.name.span),
    )
    return None, found


def root_models(spec: Spec) -> list[Model]:
    """The models that no other model of the file uses."""
    used = {name for model in spec.models for name in _names_used(model.body) if name != model.name.text}
    return [model for model in spec.models if model.name.text not in used]


def _names_used(body: Sequence[Node | Group]) -> set[str]:
    names: set[str] = set()
    for item in body:
        names |= _names_used(item.body) if isinstance(item, Group) else _names_in(item.component)
    return names


def _names_in(value: Value) -> set[str]:
    if isinstance(value, Name):
        return {value.text}
    if isinstance(value, Call):
        return {value.name.text}.union(*(_names_in(argument.value) for argument in value.arguments))
    if isinstance(value, ListValue):
        return set[str]().union(*(_names_in(item) for item in value.items))
    return set()


# ---- parameters ----------------------------------------------------------------------------------------------------


def set_parameters(
    spec: Spec, model: Model, given: Mapping[str, Given]
) -> tuple[dict[str, Constant] | None, list[Diagnostic]]:
    """The parameters of a model to be built: its defaults and what the caller sets. None where a default is wrong."""
    try:
        parameters = default_parameters(model)
    except EvaluationError as error:
        return None, [error.diagnostic]
    found: list[Diagnostic] = []
    fixed = {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
    for name, value in fixed.items():
        if name not in parameters:
            message = f'model {model.name.text} has no parameter "{name}"'
            help = choices_help(name, parameters) or "it has none"
            found.append(Diagnostic("CL108", message, None, help, file=spec.file))
        elif problem := parameter_problem(name, parameters[name], value):
            found.append(Diagnostic("CL203", problem, None, file=spec.file))
    if found:
        return parameters, found
    try:
        return default_parameters(model, fixed), found
    except EvaluationError as error:
        return None, [error.diagnostic]


def default_parameters(model: Model, given: Mapping[str, Constant] | None = None) -> dict[str, Constant]:
    """The values of a model's parameters, at their defaults but for `given`. Raises EvaluationError.

    A later default may use the earlier parameters, and follows what is given for them.
    """
    values: dict[str, Constant] = {}
    for parameter in model.parameters:
        name = parameter.name.text
        default = evaluate_constant(parameter.default, values)
        values[name] = fitted(default, given[name]) if given and name in given else default
    return values


def parameter_problem(name: str, default: Constant, value: Constant) -> str | None:
    """Why a value does not fit a parameter, which is typed by its default; None where it does."""
    single = value if isinstance(value, tuple) else (value,)
    if any(isinstance(each, float) and not math.isfinite(each) for each in single):
        return f'parameter "{name}" must be finite, not {spell(value)}'
    if default is None or type(value) is type(default) or (isinstance(default, float) and type(value) is int):
        return None
    wanted = _TYPES[type(default)]
    return f'parameter "{name}" must be {wanted} like its default {spell(default)}, not {spell(value)}'


def fitted(default: Constant, value: Constant) -> Constant:
    """A value as the parameter holds it: an integer becomes a number where the default is one."""
    return float(value) if isinstance(default, float) and type(value) is int else value
