"""Hypothesis strategies of specs that are right: their shapes fit, their names are known, their rules can apply.

They are built as a person would build them: from the input on, each part something that can read what is there.
"""

from __future__ import annotations

import typing
from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import strategies as st

from clspec.components import registry
from clspec.components.arguments import UnfitError, arguments_of, fit
from clspec.components.base import Component
from clspec.components.mistakes import ArgumentError, ShapeError
from clspec.ir.shapes import Shape
from clspec.reference import kinds

CHOICES = {
    ("incremental", "index"): ["class_id", "compact"],
    ("incremental", "reserve"): [None],
    ("progressive", "adapter"): ["mlp", "linear"],
    ("progressive", "layers"): [1, 2],
    ("pytorchcv", "name"): ["resnet20_cifar10", "resnet20_cifar100"],
    ("pytorchcv", "pretrained"): [False],
    ("slim_resnet18", "features"): [2, 3],
    ("simple_mlp", "layers"): [1, 2],
    ("conv", "padding"): ["same", 0, 1],
    ("conv", "kernel"): [1, 3],
    ("conv", "stride"): [1, 2],
}
"""Arguments of which not every value of the type will do, or that would take long."""
LEFT_OUT = {"torchvision", "timm", "module", "simple_mlp_tiny_imagenet"}
"""Kinds that need more than this library, and one as wide as a thousand."""
SMALL = st.integers(1, 5)
NAMES = [
    "trunk",
    "body",
    "proj",
    "fine",
    "coarse",
    "labels",
    "a",
    "b2",
    "memory",
    "eval_1",
    "experience",
    "neck_1",
    "Big",
]


def argument_names(kind: str) -> list[str] | None:
    """The arguments of a kind, as `convert` asks for them."""
    return [argument.name for argument in kinds()[kind].arguments] if kind in kinds() else None


@dataclass
class Scope:
    """What a body has so far: the shape that each name gives, and the parts that rules may name."""

    shapes: dict[str, Shape] = field(default_factory=dict)
    heads: dict[str, Component] = field(default_factory=dict)
    parts: dict[str, Component | None] = field(default_factory=dict)
    inner: dict[str, list[str]] = field(default_factory=dict)
    last: str = ""

    def fresh(self, draw) -> str:
        free = [name for name in NAMES if name not in self.shapes and name not in self.parts]
        return draw(st.sampled_from(free)) if free else f"part_{len(self.parts)}"


@dataclass(frozen=True)
class Nested:
    """A model that others may use: what to write, and what it makes of a width."""

    call: str
    gives: Callable[[Shape], Shape]


def arguments(draw, kind: type[Component], skip: tuple[str, ...] = ()) -> dict[str, object]:
    """Some of a kind's arguments, small; all that it needs."""
    given = {}
    for name, info in arguments_of(kind).items():
        if name in skip or (not info.required and not draw(st.booleans())):
            continue
        given[name] = value_of(draw, kind.kind, name, info.type)
    return given


def value_of(draw, kind: str, name: str, annotation: object) -> object:
    if (kind, name) in CHOICES:
        return draw(st.sampled_from(CHOICES[kind, name]))
    if typing.get_origin(annotation) is typing.Annotated:
        annotation = typing.get_args(annotation)[0]
    options = typing.get_args(annotation)
    if name == "mask_value":
        return draw(st.sampled_from([-1000, -2.5, -60_000]))
    if bool in (annotation, *options):
        return draw(st.booleans())
    if float in (annotation, *options):
        return draw(st.sampled_from([0.0, 0.1, 0.5, 1e-3]))
    if typing.get_origin(annotation) is tuple:
        return tuple(draw(st.lists(SMALL, min_size=1, max_size=3)))
    if int in (annotation, *options) or any(int in typing.get_args(each) for each in options):
        return draw(SMALL)
    raise TypeError(f"no strategy for {name} of {kind}: {annotation}")


def spelt(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(map(spelt, value))}]"
    return f'"{value}"' if isinstance(value, str) else str(value)


def written(draw, kind: str, given: dict[str, object], parameter: str | None = None) -> str:
    """A call, its arguments by position as long as none is left out, or by name; an integer sometimes worked out."""
    names = list(arguments_of(registry()[kind]))
    listed, by_name = [], False
    for name in names:
        if name not in given:
            by_name = True
            continue
        value = given[name]
        text = value if isinstance(value, Written) else spelt(value)
        if parameter and type(value) is int and value > 0 and draw(st.booleans()):
            text = draw(st.sampled_from([f"{parameter} - {8 - value}", f"{value} * {parameter} // 8"]))
        by_name = by_name or draw(st.booleans())
        listed.append(f"{name}={text}" if by_name else str(text))
    bare = not listed and kind in ("relu", "flatten") and draw(st.booleans())
    return kind if bare else f"{kind}({', '.join(listed)})"


class Written(str):
    """An argument as it is written already."""


def made(kind: type[Component], given: dict[str, object], inputs: tuple[Shape, ...]) -> tuple[Component, Shape] | None:
    """The component and what it gives; None where it cannot stand there."""
    try:
        component = fit(kind, given)
        component.judge()
        return component, component.output_shape(inputs)
    except (UnfitError, ArgumentError, ShapeError):
        return None


def kinds_for(role: str, *, merges: bool = False) -> list[type[Component]]:
    return [
        kind
        for name, kind in registry().items()
        if name.isidentifier()
        and role in kind.roles
        and kind.merges is merges
        and not kind.holds
        and name not in LEFT_OUT
    ]


def small(shape: Shape) -> bool:
    total = 1
    for size in shape.sizes or ():
        total *= size
    return total <= 4_000


def component(draw, role: str, shape: Shape, parameter: str | None, *, plain: bool = False):
    """A component that can read a shape: its text, itself, and what it gives; None where chance found none."""
    kinds = kinds_for(role)
    for _ in range(6):
        kind = draw(st.sampled_from(kinds))
        given = arguments(draw, kind)
        found = made(kind, given, (shape,))
        if (
            found is None
            or not small(found[1])
            or (role == "head" and found[1].kind == "sequence")
            or (plain and (found[0].own_rules() or found[0].needs_task_labels))
        ):
            continue
        if plain and "neck" not in kind.roles:
            continue
        return written(draw, kind.kind, given, parameter), *found
    return None


def layers(draw, shape: Shape, parameter: str | None, models: list[Nested]):
    """A list of layers."""
    items = []
    for _ in range(draw(st.integers(1, 3))):
        if models and shape.kind == "features" and draw(st.integers(0, 3)) == 0:
            nested = draw(st.sampled_from(models))
            items.append(nested.call)
            shape = nested.gives(shape)
            continue
        found = component(draw, "neck", shape, parameter, plain=True)
        if found is not None:
            same = found[2] == shape and draw(st.booleans())
            items.append(f"residual([{found[0]}])" if same else found[0])
            shape = found[2]
    return (f"[{', '.join(items)}]", None, shape) if items else None


def head(draw, shape: Shape, parameter: str | None, models: list[Nested]):
    """A head, by itself, one a task, or one for each mode."""
    form = draw(st.sampled_from(["plain", "plain", "per_task", "train_eval"]))
    found = component(draw, "head", shape, parameter)
    if found is None or form == "plain":
        return found
    text, inner, gives = found
    if form == "per_task":
        if draw(st.integers(0, 3)) == 0:
            listed = layers(draw, shape, parameter, models)
            if listed is not None:
                return f"per_task({listed[0]})", registry()["per_task"](of=inner), listed[2]
        whole = made(registry()["per_task"], {"of": inner}, (shape,))
        return (f"per_task({text})", *whole) if whole else None
    other = component(draw, "head", shape, parameter)
    if other is None or other[2] != gives:
        return found
    whole = made(registry()["train_eval"], {"train": inner, "eval": other[1]}, (shape,))
    return (f"train_eval({text}, eval={other[0]})", *whole) if whole else None


def bodies(draw, scope: Scope, parameter: str | None, models: list[Nested], depth: int = 1) -> list[str]:
    """The parts of a model or group, heads last."""
    lines: list[str] = []
    for _ in range(draw(st.integers(0, 3))):
        sources = [name for name, shape in scope.shapes.items() if shape.kind not in ("logits", "task_logits")]
        if not sources:
            break
        source = draw(st.sampled_from(sources)) if draw(st.booleans()) else scope.last
        lines += part(draw, scope, source, parameter, models)
    readable = [name for name in scope.shapes if scope.shapes[name].kind in ("features", "map", "sequence")]
    if depth and readable and draw(st.booleans()):
        lines += group(
            draw, scope, draw(st.lists(st.sampled_from(readable), min_size=1, max_size=2, unique=True)), models
        )
    for _ in range(draw(st.integers(0 if lines else 1, 2))):
        source = draw(st.sampled_from(readable or [scope.last]))
        found = head(draw, scope.shapes[source], parameter, models)
        if found is not None:
            name = scope.fresh(draw)
            scope.parts[name] = scope.heads[name] = found[1]
            lines.append(f"head {name} = {found[0]} from {source}")
    return lines


def part(draw, scope: Scope, source: str, parameter: str | None, models: list[Nested]) -> list[str]:
    shape = scope.shapes[source]
    role = draw(st.sampled_from(["neck", "backbone", "backbone", "merge", "nested"]))
    if role == "merge":
        same = [name for name, other in scope.shapes.items() if other == shape]
        if len(same) > 1:
            kind = draw(st.sampled_from(kinds_for("neck", merges=True)))
            sources = draw(st.lists(st.sampled_from(same), min_size=2, max_size=3))
            gives = made(kind, {}, (shape,) * len(sources))
            if gives and small(gives[1]):
                return [added(draw, scope, "neck", f"{kind.kind}()", sources, *gives)]
        role = "neck"
    if role == "nested":
        if models and shape.kind == "features":
            nested = draw(st.sampled_from(models))
            return [added(draw, scope, "neck", nested.call, [source], None, nested.gives(shape))]
        role = "neck"
    found = layers(draw, shape, parameter, models) if draw(st.booleans()) else component(draw, role, shape, parameter)
    if found is None:
        return []
    return [added(draw, scope, role, found[0], [source], found[1], found[2])]


def added(draw, scope: Scope, role: str, text: str, sources: list[str], component, shape: Shape) -> str:
    name = scope.fresh(draw)
    unsaid = sources == [scope.last] and draw(st.booleans())
    scope.shapes[name], scope.parts[name], scope.last = shape, component, name
    return f"{role} {name} = {text}" + ("" if unsaid else f" from {', '.join(sources)}")


def library_backbone(draw, scope: Scope) -> list[str]:
    """A network of pytorchcv, and something that reads a stage inside it."""
    network, stage = draw(st.sampled_from(CHOICES["pytorchcv", "name"])), draw(st.sampled_from([1, 2, 3]))
    made_of = fit(registry()["pytorchcv"], {"name": network})
    body = [added(draw, scope, "backbone", f'pytorchcv("{network}")', ["x"], made_of, Shape("features", (64,)))]
    if draw(st.booleans()):
        source = f"{scope.last}.stage{stage}"
        width = Shape("features", (8 * 2**stage,))
        body.append(added(draw, scope, "neck", "[avg_pool(), flatten()]", [source], None, width))
    return body


def group(draw, scope: Scope, sources: list[str], models: list[Nested]) -> list[str]:
    inner = Scope({source: scope.shapes[source] for source in sources})
    first = sources[0]
    found = component(draw, "neck", inner.shapes[first], None)
    if found is None:
        return []
    lines = [added(draw, inner, "neck", found[0], [first], found[1], found[2])]
    if " from " not in lines[0]:
        lines[0] += f" from {first}"
    lines += bodies(draw, inner, None, models, depth=0)
    lines += rules(draw, inner, tasks=False)
    name = scope.fresh(draw)
    scope.parts[name] = None
    scope.inner[name] = [each for each in inner.parts if each]
    return [f"group {name} from {', '.join(sources)} {{", *(f"    {line}" for line in lines), "}"]


def rules(draw, scope: Scope, *, tasks: bool) -> list[str]:
    """Rules that do not contradict each other: each target and trigger once."""
    triggers = [
        "",
        "when new_class",
        "when experience",
        "when experience 1",
        "when experience 1..",
        "when experience 0..2",
    ]
    triggers += ["after experience", "after experience 1"] + ["when new_task"] * tasks
    used, lines = set(), []
    for _ in range(draw(st.integers(0, 3))):
        targets = [*scope.parts, *(f"{name}.{each}" for name, inside in scope.inner.items() for each in inside)]
        if not targets:
            break
        target, trigger = draw(st.sampled_from(targets)), draw(st.sampled_from(triggers))
        component = scope.parts.get(target)
        # What stands inside a group has rules of the group's own, which those here must not contradict.
        verbs = ["reset"] if "." in target else ["freeze", "unfreeze"] + ["reset"] * bool(trigger)
        grows = component is not None and component.depth() > 0
        slices = draw(st.sampled_from(["", "[-1]", "[:-1]", "[0]", "[:]"])) if grows else ""
        if trigger == "when new_task" and component is not None and component.needs_task_labels:
            verbs.remove("unfreeze")  # a progressive network freezes its older columns then
        verb = draw(st.sampled_from(verbs))
        if (target + slices, trigger) in used or (verb == "reset" and not trigger):
            continue
        used.add((target + slices, trigger))
        action = f"{verb} {target}{slices}"
        lines.append(f"{trigger} {{ {action} }}" if trigger else draw(st.sampled_from([action, f"{{ {action} }}"])))
    return lines


def inputs(draw) -> tuple[str, Shape]:
    kinds = [kind for name, kind in registry().items() if kind.roles == ("input",)]
    weighted = [each for each in kinds for _ in range(4 if each.kind == "image" else 1) if each.kind != "tokens"]
    kind = draw(st.sampled_from(weighted))  # images are what most kinds read
    sides = st.sampled_from([8, 32, 32])
    given = {name: draw(sides if name in ("height", "width") else SMALL) for name in arguments_of(kind)}
    found = fit(kind, given)
    return written(draw, kind.kind, given), found.output_shape(())


@st.composite
def valid_specs(draw) -> str:
    """The text of a spec with nothing wrong in it."""
    tasks = draw(st.booleans())
    lines = ["clspec 1", ""]
    classes = draw(st.sampled_from([4, 6]))
    settings = f"classes={classes}, experiences=2" + ", task_labels=true" * tasks
    settings += draw(st.sampled_from(["", ", shuffle=true, seed=3", f", class_order={list(range(classes))[::-1]}"]))
    lines += [f"stream tasks = split({settings})"]
    models: list[Nested] = []
    definitions: dict[str, list[str]] = {}
    for name in ("Projector", "Adapter"):
        width, other = draw(SMALL), draw(SMALL)
        definitions[name] = [
            *("", f"model {name}(width={width}, drop=0.1) {{", '    "What \\"others\\" use."', "    input features()"),
            *("    neck body = [linear(width), relu(), dropout(drop)]", "}"),
        ]
        models.append(Nested(f"{name}()", lambda _, width=width: Shape("features", (width,))))
        models.append(Nested(f"{name}(width={other})", lambda _, width=other: Shape("features", (width,))))
    parameter = draw(st.sampled_from([None, "size"]))
    text, shape = inputs(draw)
    scope = Scope({"x": shape}, last="x")
    if draw(st.integers(0, 3)) == 0:
        text, shape = "image(3, 32, 32)", Shape("map", (3, 32, 32))
        scope = Scope({"x": shape}, last="x")
    body = [f"input {text}"]
    if shape == Shape("map", (3, 32, 32)):
        body += library_backbone(draw, scope)
    body += bodies(draw, scope, parameter, models)
    if len(body) == 1:
        body.append("neck only = relu()")
        scope.parts["only"] = None
    body += rules(draw, scope, tasks=tasks)
    body += draw(st.sampled_from([[], ["require parameters <= 10_000_000 over tasks"], ["require memory <= 1e9"]]))
    for name, definition in definitions.items():
        lines += definition if any(f"{name}(" in line for line in body) else []
    lines += ["", f"model Net{f'({parameter}=8)' if parameter else ''} {{", *(f"    {line}" for line in body), "}"]
    return "\n".join(lines) + "\n"
