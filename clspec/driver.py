"""The whole pipeline on one page: text -> Spec -> analyses -> code, diagrams, forecasts."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any, Literal

from clspec import analyses
from clspec.analyses import Analysis, Given
from clspec.analyses.program import AdaptationPlan
from clspec.analyses.streams import find_stream, make_stream
from clspec.analyses.table import print_shapes
from clspec.analyses.unreached import find_unreached
from clspec.budgets import check_sizes, check_stream
from clspec.components.mistakes import ArgumentError
from clspec.diagnostics import Diagnostic, SpecError, choices_help, not_yet, without_echoes
from clspec.ir.printer import print_spec
from clspec.ir.spec import Spec, Stream
from clspec.ir.validation import validated
from clspec.out_of_range import check_slices
from clspec.reading import Folders, TextLike, parse, parse_string, read_source, text_of
from clspec.source import SourceFile, Span
from clspec.syntax.read import read_document
from clspec.syntax.tree import print_tree
from clspec.syntax.uses import NO_FOLDER

if TYPE_CHECKING:
    import torch
    from torch import nn

    from clspec.diagrams.render import Diagram
    from clspec.forecast import Forecast

__all__ = ["check", "compile", "emit", "parse", "parse_string", "plan", "render", "simulate"]

SpecLike = Spec | TextLike
Target = Literal["torch", "avalanche"]
Stage = Literal["document", "ir", "shapes", "plan"]
View = Literal["architecture", "evolution"]


def check(
    spec: SpecLike,
    model: str | None = None,
    params: Mapping[str, Given] | None = None,
    allow_imports: Sequence[str] = (),
    allow_use: Folders = (),
) -> list[Diagnostic]:
    """Every finding in a spec; [] where it is fine. A file that cannot be read gives its findings too."""
    try:
        read, told = _read(spec, allow_use)
    except SpecError as error:
        return error.diagnostics
    return _checked(read, told, model, params, allow_imports)


def _checked(
    spec: Spec,
    told: list[Diagnostic],
    model: str | None,
    params: Mapping[str, Given] | None,
    allow_imports: Sequence[str],
) -> list[Diagnostic]:
    fine, found = analyses.check(spec, model, params or {}, allow_imports)
    warnings = [warning for analysis in fine for warning in check_slices(analysis)]
    warnings += [warning for analysis in fine for warning in find_unreached(analysis.model, analysis.wiring)]
    return _merged(spec, told, [*found, *check_sizes(*fine), *warnings])


def convert(spec: TextLike) -> str:
    """A spec's text in the syntax that it is not written in, with the same meaning. Raises SpecError."""
    from clspec.analyses.lookup import Models, argument_names
    from clspec.expansion import with_calls
    from clspec.syntax.convert import convert as write_other

    source, syntax = text_of(spec)
    read, _ = read_source(source, syntax)  # what is wrong with it is told by whoever checks it
    models = None if read is None else Models(read)

    def names(callee: str) -> Sequence[str] | None:
        return argument_names(callee, models)

    if models is None:
        return write_other(source, syntax, names)
    return write_other(source, syntax, names, lambda document: with_calls(document, models))


def expand(spec: TextLike, allow_imports: Sequence[str] = (), allow_use: Folders = ()) -> str:
    """A spec's text with every default and own rule written out. Raises SpecError."""
    from clspec.expansion import expand as write_out

    read, told = _read(spec, allow_use)
    found = _checked(read, told, None, None, allow_imports)
    if any(finding.severity == "error" for finding in found):
        raise SpecError(found)
    return write_out(read_document(*text_of(spec)), read, tuple(allow_imports))


def analyse(
    spec: SpecLike,
    model: str | None = None,
    params: Mapping[str, Given] | None = None,
    allow_imports: Sequence[str] = (),
    allow_use: Folders = (),
) -> Analysis:
    """Everything known about one model of a spec. Raises SpecError carrying every finding."""
    read, told = _read(spec, allow_use)
    try:
        analysis = analyses.analyse(read, model, params or {}, allow_imports)
    except SpecError as error:
        raise SpecError(_merged(read, told, error.diagnostics)) from None
    found = _merged(read, told, check_sizes(analysis))
    if found:
        raise SpecError(found)
    return analysis


def emit(
    spec: SpecLike,
    model: str | None = None,
    target: Target = "torch",
    standalone: bool = False,
    params: Mapping[str, Given] | None = None,
    seed: int | None = None,
    weights: Mapping[str, str | os.PathLike[str]] | None = None,
    allow_imports: Sequence[str] = (),
    allow_use: Folders = (),
) -> str:
    """The generated source of a model. Raises SpecError.

    `standalone`: with all of clspec in it that it uses. The module reads the files in `weights` when it is built.
    """
    from clspec.codegen import generate
    from clspec.codegen.standalone import make_standalone

    _supported(target)
    _judge_seed(seed)
    analysis = analyse(spec, model, params, allow_imports, allow_use)
    _judge_weights(analysis, weights or {})
    text = generate(analysis, seed, weights or {})
    return make_standalone(text) if standalone else text


def show(
    spec: TextLike,
    stage: Stage,
    model: str | None = None,
    params: Mapping[str, Given] | None = None,
    allow_imports: Sequence[str] = (),
    allow_use: Folders = (),
) -> str:
    """What a stage before code generation makes of a spec, as text that is the same each time. Raises SpecError."""
    if stage == "document":
        return print_tree(read_document(*text_of(spec)))
    if stage == "ir":
        return print_spec(parse(spec, allow_use))
    analysis = analyse(spec, model, params, allow_imports, allow_use)
    return print_shapes(analysis) if stage == "shapes" else f"{analysis.plan}\n"


def compile(
    spec: SpecLike,
    model: str | None = None,
    params: Mapping[str, Given] | None = None,
    target: Target = "torch",
    seed: int | None = None,
    device: torch.device | str | None = None,
    dtype: torch.dtype | None = None,
    weights: Mapping[str, str | os.PathLike[str]] | None = None,
    allow_imports: Sequence[str] = (),
    allow_use: Folders = (),
) -> nn.Module:
    """A torch module built from the very source that `emit` gives. Raises SpecError.

    `seed` None draws weights from torch's global generator, else they depend on the seed alone, at growth too.
    `weights` are files by the path of the part that takes them, read with `weights_only=True`, or `.safetensors`.
    """
    from clspec.codegen import generate

    _supported(target)
    _judge_seed(seed)
    analysis = analyse(spec, model, params, allow_imports, allow_use)
    _judge_weights(analysis, weights or {})
    _judge_files(analysis)
    text = generate(analysis, seed)
    from clspec.nn import load_source

    built: nn.Module = getattr(load_source(text, analysis.model.title), analysis.model.title)()
    for path, file in (weights or {}).items():
        _load(built, path, file)
    return built.to(device=device, dtype=dtype)


def plan(
    spec: SpecLike,
    model: str | None = None,
    params: Mapping[str, Given] | None = None,
    allow_imports: Sequence[str] = (),
    allow_use: Folders = (),
) -> AdaptationPlan:
    """What a model does when experiences arrive. Raises SpecError."""
    return analyse(spec, model, params, allow_imports, allow_use).plan


def simulate(
    spec: SpecLike,
    stream: str | Iterable[Any] | None = None,
    model: str | None = None,
    params: Mapping[str, Given] | None = None,
    allow_imports: Sequence[str] = (),
    allow_use: Folders = (),
) -> Forecast:
    """What a model will become over a stream, with no torch. Raises SpecError.

    `stream` is the name of one in the spec, a `split(...)` in words, or an iterable of experiences; None: the spec's
    only stream.
    """
    from clspec.forecast import forecast

    analysis = analyse(spec, model, params, allow_imports, allow_use)
    return forecast(analysis, _stream(analysis, stream))


def render(
    spec: SpecLike | nn.Module,
    view: View = "architecture",
    stream: str | Iterable[Any] | None = None,
    at: int | None = None,
    model: str | None = None,
    params: Mapping[str, Given] | None = None,
    allow_imports: Sequence[str] = (),
    allow_use: Folders = (),
) -> Diagram:
    """A picture of a model: its `architecture`, or its `evolution` over a stream. Raises SpecError.

    `at` shows the architecture as it is while the model learns that experience of the stream.
    """
    from clspec.diagrams.architecture import draw_architecture
    from clspec.diagrams.evolution import draw_evolution
    from clspec.diagrams.model_scene import make_scene
    from clspec.diagrams.render import Diagram
    from clspec.diagrams.scene import Frame
    from clspec.forecast import forecast

    if view not in ("architecture", "evolution"):
        raise ValueError(f'unknown view "{view}"; one of: architecture, evolution')
    if not isinstance(spec, (Spec, str, os.PathLike, SourceFile)):
        raise SpecError([not_yet("drawing a live model", None, file="clspec")])
    analysis = analyse(spec, model, params, allow_imports, allow_use)
    scene = make_scene(analysis)
    wanted = view == "evolution" or at is not None or stream is not None or len(analysis.spec.streams) == 1
    table = forecast(analysis, _stream(analysis, stream) if wanted else ())
    frames = [Frame(row.experience, row.classes, row.task_labels, row.states, row.changes) for row in table.rows]
    if view == "evolution":
        return Diagram(draw_evolution(scene, table.initial, frames))
    if at is None:
        return Diagram(draw_architecture(scene, table.initial, later=frames))
    if not 0 <= at < len(frames):
        raise ValueError(f"experience {at} is not in the stream, which has {len(frames)}: 0 to {len(frames) - 1}")
    return Diagram(draw_architecture(scene, frames[at].states, later=frames[at + 1 :], at=at))


def _read(spec: SpecLike, allow_use: Folders) -> tuple[Spec, list[Diagnostic]]:
    """A spec, and what is wrong with values in its text. Raises SpecError where the text says no spec."""
    if isinstance(spec, Spec):
        return validated(spec), []
    read, told = read_source(*text_of(spec), allow_use=allow_use)
    if read is None:
        raise SpecError(told)
    return read, told


def _merged(spec: Spec, told: Sequence[Diagnostic], found: Sequence[Diagnostic]) -> list[Diagnostic]:
    return analyses.in_text_order([*told, *without_echoes(told, found)], spec.file)


def _stream(analysis: Analysis, stream: str | Iterable[Any] | None) -> Iterable[Any]:
    if stream is not None and not isinstance(stream, str):
        return stream
    declared = _stream_in_words(stream) if stream and "(" in stream else find_stream(analysis.spec, stream)
    too_long = check_stream(analysis, declared)
    if too_long:
        raise SpecError(too_long)
    return make_stream(declared)


def _stream_in_words(text: str) -> Stream:
    """`split(classes=10, experiences=5)`, as on the command line."""
    source = SourceFile("--stream", f"clspec 1\nstream it = {text}")
    spec, told = read_source(source, "clspec", NO_FOLDER)
    if spec is None or told:
        raise SpecError(told)
    stream = spec.streams[0]
    if len(spec.streams) > 1 or spec.models or spec.uses:
        rest = Span(source, stream.span.end, len(source.text))
        raise SpecError([Diagnostic("CL001", "unexpected text after the stream", rest, "give one `split(...)`")])
    return stream


def _judge_seed(seed: object) -> None:
    if isinstance(seed, bool) or not isinstance(seed, Integral | None):
        raise TypeError(f"seed must be an integer or None, not {type(seed).__name__}")


def _judge_weights(analysis: Analysis, weights: Mapping[str, Any]) -> None:
    """Raises SpecError for weights of what is no part of the model."""
    paths = [part.path for part in analysis.model.walk() if part.role != "input"]
    found = [
        Diagnostic(
            "CL212", f'weights are given for "{path}", which is no part', None, choices_help(path, paths), file=name
        )
        for path in weights
        if path not in paths
        for name in (analysis.spec.file,)
    ]
    if found:
        raise SpecError(found)


def _judge_files(analysis: Analysis) -> None:
    """Raises SpecError for published weights that this machine does not have."""
    found: list[Diagnostic] = []
    for part in analysis.model.walk():
        try:
            if part.component is not None:
                part.component.judge_files()
        except ArgumentError as error:
            found.append(Diagnostic(error.code, error.message, part.places[0], error.help))
    if found:
        raise SpecError(found)


def _load(model: nn.Module, path: str, file: str | os.PathLike[str]) -> None:
    """Loads a file of weights into a part. Raises SpecError."""
    from clspec.nn import load_weights

    try:
        load_weights(model.get_submodule(path), file)
    except (OSError, ValueError) as error:
        raise SpecError([Diagnostic("CL212", f"weights of {path}: {error}", None, file=os.fspath(file))]) from None


def _supported(target: str) -> None:
    if target not in ("torch", "avalanche"):
        raise ValueError(f'unknown target "{target}"; one of: torch, avalanche')
    if target == "avalanche":
        raise SpecError([not_yet("target=avalanche", None, file="clspec")])
