"""Resolves names: finds the model, makes its components, unfolds the models and groups inside it."""

from __future__ import annotations

import keyword
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from clspec.analyses.components import ComponentError, make_component, place_arguments
from clspec.analyses.evaluate import EvaluationError, Scalar, evaluate, spell
from clspec.analyses.program import Block, Part
from clspec.components import registry
from clspec.diagnostics import Diagnostic, Related, choices_help
from clspec.ir.spec import Group, Model, Node, Spec
from clspec.ir.values import Call, Identifier, Name, Value
from clspec.ir.values import Sequence as ListValue
from clspec.source import Span

# Names that a generated module uses for itself: attributes of nn.Module and of clspec's base classes, and its locals.
RESERVED = frozenset(
    "add_module apply bfloat16 buffers call_super_init children compile cpu cuda double dump_patches eval extra_repr "
    "float forward get_buffer get_extra_state get_parameter get_submodule half ipu load_state_dict modules mtia "
    "named_buffers named_children named_modules named_parameters parameters register_backward_hook register_buffer "
    "register_forward_hook register_forward_pre_hook register_full_backward_hook register_full_backward_pre_hook "
    "register_load_state_dict_post_hook register_load_state_dict_pre_hook register_module register_parameter "
    "register_state_dict_post_hook register_state_dict_pre_hook requires_grad_ set_extra_state set_submodule "
    "share_memory state_dict to to_empty train training type xpu zero_grad "
    "adaptation announce announce_tasks begin class_map decode describe encode every_task forget_announced growth_log "
    "know_tasks known_tasks merge_generations new_to observe part_state per_task placed post_adaptation "
    "recursive_adaptation regrow PLAN SEED SERIES ADAPTS_ALONE ANSWERS_BY_TASK NEEDS_TASK_LABELS "
    "self super task_labels members generations".split()
)
IDENTIFIER_LENGTH = 200


def resolve_names(spec: Spec, model: Model, parameters: Mapping[str, Scalar]) -> tuple[Block, list[Diagnostic]]:
    """The model with these parameters as a tree of parts. A part that could not be made stays, broken, without contents."""
    resolver = _Resolver({each.name.text: each for each in spec.models})
    block = resolver.block_of_model(model, "", parameters, [])
    return block, resolver.found


@dataclass
class _Resolver:
    models: Mapping[str, Model]
    found: list[Diagnostic] = field(default_factory=list[Diagnostic])

    def block_of_model(self, model: Model, path: str, parameters: Mapping[str, Scalar], users: Sequence[str]) -> Block:
        parts = self._parts(model.body, path, parameters, [*users, model.name.text])
        doc = model.doc.value if model.doc else ""
        return Block(
            path, model.name.text, doc, parts, model.rules, model.outputs, model.budgets, "model", model.name.span
        )

    def _parts(
        self, body: Sequence[Node | Group], path: str, parameters: Mapping[str, Scalar], users: Sequence[str]
    ) -> tuple[Part, ...]:
        parts: list[Part] = []
        names: dict[str, Span] = {}
        for item in body:
            if not self._is_new(item.name, names):
                continue
            inner = f"{path}.{item.name.text}" if path else item.name.text
            part = (
                self._node(item, inner, parameters, users)
                if isinstance(item, Node)
                else self._group(item, inner, parameters, users)
            )
            parts.append(part)
        return tuple(parts)

    def _is_new(self, name: Identifier, names: dict[str, Span]) -> bool:
        self.found += name_problems(name)
        if name.text in names:
            self.found.append(
                Diagnostic(
                    "CL102", f'the name "{name.text}" is used twice', name.span, "give it another name",
                    (Related("first here", names[name.text]),),
                )
            )  # fmt: skip
            return False
        names[name.text] = name.span
        return True

    def _group(self, group: Group, path: str, parameters: Mapping[str, Scalar], users: Sequence[str]) -> Part:
        parts = self._parts(group.body, path, parameters, users)
        block = Block(path, group.name.text, "", parts, group.rules, group.outputs, (), "group", group.name.span)
        return Part(path, group.name.text, "group", None, block, group.sources, group.name.span, (group.name.span,))

    def _node(self, node: Node, path: str, parameters: Mapping[str, Scalar], users: Sequence[str]) -> Part:
        called = _called(node.component)
        component, block = None, None
        if called is not None and called.name.text in self.models and called.name.text not in registry():
            block = self._nested(called, node, path, parameters, users)
        else:
            try:
                component = make_component(node.component, node.role, parameters, list(self.models))
            except ComponentError as error:
                self.found += error.diagnostics
            except EvaluationError as error:
                self.found.append(error.diagnostic)
        return Part(path, node.name.text, node.role, component, block, node.sources, node.name.span, _places(node.component))

    def _nested(
        self, called: Call, node: Node, path: str, parameters: Mapping[str, Scalar], users: Sequence[str]
    ) -> Block | None:
        model = self.models[called.name.text]
        if model.name.text in users:
            chain = " → ".join([*users[users.index(model.name.text) :], model.name.text])
            self.found.append(
                Diagnostic("CL104", f"model {model.name.text} contains itself: {chain}", called.name.span, "a model can only hold other models")
            )
            return None
        if node.role == "input":
            self.found.append(Diagnostic("CL206", "a model cannot stand as an input", called.span, "such as `image(1, 28, 28)`"))
            return None
        given = self._model_arguments(model, called, parameters)
        return None if given is None else self.block_of_model(model, path, given, users)

    def _model_arguments(self, model: Model, called: Call, parameters: Mapping[str, Scalar]) -> dict[str, Scalar] | None:
        names = [parameter.name.text for parameter in model.parameters]
        placed, found = place_arguments(model.name.text, called.span, called.arguments, names)
        given: dict[str, Scalar] = {}
        try:
            given = default_parameters(model)
            for name, argument in placed.items():
                value = evaluate(argument.value, parameters)
                problem = parameter_problem(name, given[name], value)
                if problem:
                    found.append(Diagnostic("CL203", problem, argument.value.span))
                given[name] = _fitted(given[name], value)
        except EvaluationError as error:
            found.append(error.diagnostic)
        self.found += found
        return None if found else given


def _places(value: Value) -> tuple[Span, ...]:
    """Where a component is written, then where each item of a list is."""
    return (value.span, *(item.span for item in value.items)) if isinstance(value, ListValue) else (value.span,)


def _called(value: Value) -> Call | None:
    if isinstance(value, Call):
        return value
    return Call(name=value, arguments=(), span=value.span) if isinstance(value, Name) else None


def name_problems(name: Identifier) -> list[Diagnostic]:
    """Why a name cannot name a part, a model or a stream."""
    text = name.text
    if not text.isascii() or not text.isidentifier() or text.startswith("_"):
        return [Diagnostic("CL103", f'"{text}" cannot be a name', name.span, "letters, digits and underscores, starting with a letter")]
    if keyword.iskeyword(text) or keyword.issoftkeyword(text) or text in RESERVED:
        return [Diagnostic("CL103", f'"{text}" cannot be a name: Python or torch uses it', name.span, f'such as "{text}_part"')]
    if len(text) > IDENTIFIER_LENGTH:
        return [Diagnostic("CL103", f"a name of {len(text)} characters is too long", name.span, f"at most {IDENTIFIER_LENGTH}")]
    return []


def default_parameters(model: Model) -> dict[str, Scalar]:
    """The defaults of a model's parameters; a later one may use the earlier ones. Raises EvaluationError."""
    given: dict[str, Scalar] = {}
    for parameter in model.parameters:
        given[parameter.name.text] = evaluate(parameter.default, given)
    return given


def parameter_problem(name: str, default: Scalar, value: Scalar) -> str | None:
    """Why a value does not fit a parameter, which is typed by its default; None where it does."""
    if default is None or type(value) is type(default) or (isinstance(default, float) and type(value) is int):
        return None
    kinds = {int: "an integer", float: "a number", str: "a string", bool: "`true` or `false`"}
    return f'parameter "{name}" must be {kinds[type(default)]} like its default {spell(default)}, not {spell(value)}'


def _fitted(default: Scalar, value: Scalar) -> Scalar:
    return float(value) if isinstance(default, float) and type(value) is int else value


def check_file(spec: Spec) -> list[Diagnostic]:
    """What is wrong with the file as a whole: names used twice, parts of the language not built yet."""
    found = [Diagnostic("CL901", "`use` is not yet supported", use.span) for use in spec.uses]
    for names in ([model.name for model in spec.models], [stream.name for stream in spec.streams]):
        seen: dict[str, Span] = {}
        for name in names:
            found += name_problems(name)
            if name.text in seen:
                found.append(
                    Diagnostic("CL102", f'the name "{name.text}" is used twice', name.span, None, (Related("first here", seen[name.text]),))
                )
            seen.setdefault(name.text, name.span)
    for model in spec.models:
        if model.name.text in registry():
            found.append(Diagnostic("CL103", f'"{model.name.text}" is the name of a component', model.name.span))
        found += _parameters_twice(model)
    if not spec.models and not found:
        found.append(Diagnostic("CL107", "the file has no model", spec.span, "start one with `model NAME { ... }`"))
    return found


def _parameters_twice(model: Model) -> list[Diagnostic]:
    found: list[Diagnostic] = []
    seen: dict[str, Span] = {}
    for parameter in model.parameters:
        name = parameter.name
        found += [problem for problem in name_problems(name) if "torch" not in problem.message or keyword.iskeyword(name.text)]
        if name.text in seen:
            found.append(
                Diagnostic("CL102", f'the parameter "{name.text}" is given twice', name.span, None, (Related("first here", seen[name.text]),))
            )
        seen[name.text] = name.span
    return found


def root_models(spec: Spec) -> list[Model]:
    """The models that no other model of the file uses."""
    used = {
        name for model in spec.models for name in _names_used(model.body) if name != model.name.text
    }
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


def choose_model(spec: Spec, name: str | None) -> tuple[Model | None, list[Diagnostic]]:
    """The model asked for, or the default one: the only one that no other uses."""
    by_name = {model.name.text: model for model in spec.models}
    if name is not None:
        if name in by_name:
            return by_name[name], []
        return None, [Diagnostic("CL106", f'the file has no model "{name}"', None, choices_help(name, by_name), file=spec.file)]
    roots = root_models(spec)
    if len(roots) == 1:
        return roots[0], []
    if not spec.models:
        return None, []
    # Models that use each other in a ring leave none; the ring itself is reported by resolving any of them.
    if not roots:
        return spec.models[0], []
    listed = ", ".join(model.name.text for model in roots)
    return None, [
        Diagnostic(
            "CL105", f"no default model: {listed} are not used by any other", roots[1].name.span,
            f"say which: --model {roots[0].name.text} (in Python model={roots[0].name.text!r})",
            (Related("the first one", roots[0].name.span),),
        )
    ]  # fmt: skip

