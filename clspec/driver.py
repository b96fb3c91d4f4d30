"""The whole pipeline on one page: text -> Spec -> analyses -> code, diagrams, forecasts."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any, Literal

from clspec import analyses
from clspec.analyses import Analysis, Given, Passed
from clspec.analyses.program import AdaptationPlan
from clspec.analyses.streams import find_stream, make_stream
from clspec.analyses.table import print_shapes
from clspec.analyses.unreached import find_unreached
from clspec.budgets import check_sizes, check_stream
from clspec.consequences import in_their_syntax, without_consequences
from clspec.diagnostics import Diagnostic, SpecError, without_echoes
from clspec.ir.printer import print_spec
from clspec.ir.spec import Spec, Stream
from clspec.ir.validation import validated
from clspec.ir.values import Call, Identifier
from clspec.out_of_range import check_slices
from clspec.reading import Folders, TextLike, parse, parse_string, read_source, text_of
from clspec.source import SourceFile, Span
from clspec.syntax.dsl import read_fragment
from clspec.syntax.read import read_document
from clspec.syntax.tree import print_tree
from clspec.weights import judge_files, judge_weights, load_into, refused

if TYPE_CHECKING:
    import torch
    from torch import nn

    from clspec.codegen.targets import TargetName
    from clspec.diagrams.options import Theme, Turn
    from clspec.diagrams.render import Diagram
    from clspec.diagrams.views import View
    from clspec.forecast import Forecast

__all__ = ["check", "compile", "emit", "parse", "parse_string", "plan", "render", "simulate"]

SpecLike = Spec | TextLike
Stage = Literal["document", "ir", "shapes", "plan"]


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
    return survey(read, told, model, params, allow_imports)[1]


def survey(
    spec: Spec,
    told: Sequence[Diagnostic],
    model: str | None = None,
    params: Mapping[str, Given] | None = None,
    allow_imports: Sequence[str] = (),
) -> tuple[list[Passed], list[Diagnostic]]:
    """What can be made out of each model of a spec, and every finding; `told` is what is wrong with its text."""
    made, found = analyses.check(spec, model, params or {}, allow_imports)
    fine = [analysis for passed in made if (analysis := passed.analysis(spec)) is not None]
    warnings = [warning for analysis in fine for warning in check_slices(analysis)]
    warnings += [warning for analysis in fine for warning in find_unreached(analysis.model, analysis.wiring)]
    return made, _merged(spec, told, [*found, *check_sizes(*fine), *warnings])


def analyse(
    spec: SpecLike,
    model: str | None = None,
    params: Mapping[str, Given] | None = None,
    allow_imports: Sequence[str] = (),
    allow_use: Folders = (),
) -> Analysis:
    """Everything known about one model of a spec. Raises SpecError carrying every finding."""
    return analyse_read(*_read(spec, allow_use), model, params, allow_imports)


def analyse_read(
    read: Spec,
    told: list[Diagnostic],
    model: str | None = None,
    params: Mapping[str, Given] | None = None,
    allow_imports: Sequence[str] = (),
) -> Analysis:
    """The same of a spec that was read already, with what was `told` of values in its text."""
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
    target: TargetName = "torch",
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
    from clspec.codegen.targets import judge_target

    _judge_seed(seed)
    analysis = analyse(spec, model, params, allow_imports, allow_use)
    judge_target(analysis, target)
    judge_weights(analysis, weights or {})
    text = generate(analysis, seed, weights or {}, target)
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
    target: TargetName = "torch",
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
    from clspec.codegen.targets import judge_target

    _judge_seed(seed)
    analysis = analyse(spec, model, params, allow_imports, allow_use)
    judge_target(analysis, target)
    judge_weights(analysis, weights or {})
    judge_files(analysis)
    text = generate(analysis, seed, target=target)
    if target != "torch":
        from clspec.integrations import import_integration

        import_integration(target)
    from clspec.nn import WeightsError, load_source

    try:
        built: nn.Module = getattr(load_source(text, analysis.model.title), analysis.model.title)()
    except WeightsError as error:
        raise refused(analysis, str(error)) from None
    for path, file in (weights or {}).items():
        load_into(built, path, file)
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
    return forecast(analysis, experiences(analysis, stream))


def render(
    spec: SpecLike | nn.Module,
    view: View = "architecture",
    stream: str | Iterable[Any] | None = None,
    at: int | None = None,
    model: str | None = None,
    params: Mapping[str, Given] | None = None,
    allow_imports: Sequence[str] = (),
    allow_use: Folders = (),
    *,
    direction: Turn = "auto",
    theme: Theme = "auto",
    legend: bool = True,
    depth: int | None = None,
    expand: Sequence[str] = (),
) -> Diagram:
    """A picture of a model: its `architecture`, its `adaptation` plan, or its `evolution` over a stream.

    `spec` may be a compiled model, which is drawn as it has grown. `at` shows the model as it is while it learns that
    experience of the stream, and its evolution as far as there. The others say how: see Options. Raises SpecError, also
    for an experience that is not in the stream, ValueError for an unknown view, part, direction or theme, TypeError for
    a model that was not compiled from a spec.
    """
    from clspec.diagrams.options import Options
    from clspec.drawing import draw_grown, draw_spec, grown_model, judge_view

    options = Options(direction, theme, legend, depth, (expand,) if isinstance(expand, str) else tuple(expand))
    if not isinstance(spec, (Spec, str, os.PathLike, SourceFile)):
        grown = grown_model(spec)
        told = {"stream": stream, "at": at, "model": model, "params": params or None}
        judge_view(view, grown=True, unfit=[name for name, value in told.items() if value is not None])
        source = grown.SPEC
        written = parse_string(source.text, source.syntax, source.file, source.used)
        return draw_grown(analyse(written, source.model, source.parameters, allow_imports), grown, view, options)
    judge_view(view, grown=False)
    analysis = analyse(spec, model, params, allow_imports, allow_use)
    wanted = view == "evolution" or at is not None or stream is not None or len(analysis.spec.streams) == 1
    return draw_spec(analysis, experiences(analysis, stream, drawn=True) if wanted else (), view, at, options)


def _read(spec: SpecLike, allow_use: Folders) -> tuple[Spec, list[Diagnostic]]:
    """A spec, and what is wrong with values in its text. Raises SpecError where the text says no spec."""
    if isinstance(spec, Spec):
        return validated(spec), []
    read, told = read_source(*text_of(spec), allow_use=allow_use)
    if read is None:
        raise SpecError(told)
    return read, told


def _merged(spec: Spec, told: Sequence[Diagnostic], found: Sequence[Diagnostic]) -> list[Diagnostic]:
    lasting = without_consequences(spec, without_echoes(told, found))
    return analyses.in_text_order([*told, *in_their_syntax(spec, lasting)], spec.file)


def experiences(
    analysis: Analysis, stream: str | Iterable[Any] | None, spec: Spec | None = None, *, drawn: bool = False
) -> Sequence[Any]:
    """The experiences that `simulate` and `render` mean by `stream`, of `spec` or the model's own. Raises SpecError."""
    if stream is not None and not isinstance(stream, str):
        return tuple(stream)
    declared = _stream_in_words(stream) if stream and "(" in stream else find_stream(spec or analysis.spec, stream)
    too_long = check_stream(analysis, declared, drawn=drawn)
    if too_long:
        raise SpecError(too_long)
    return make_stream(declared)


def _stream_in_words(text: str) -> Stream:
    """`split(classes=10, experiences=5)`, as on the command line."""
    source = SourceFile("<--stream>", text)
    value, told = read_fragment("_value", text, lambda start, end: Span(source, start, end))
    span = Span(source, 0, len(text))
    if told:
        raise SpecError(told)
    if not isinstance(value, Call):
        raise SpecError([Diagnostic("CL502", "a stream is made by one call", span, "give one `split(...)`")])
    return Stream(name=Identifier(text="it", span=span), maker=value, span=span)


def _judge_seed(seed: object) -> None:
    if isinstance(seed, bool) or not isinstance(seed, Integral | None):
        raise TypeError(f"seed must be an integer or None, not {type(seed).__name__}")
