"""Two specs compared: read from files, revisions or checkpoints, and the model that they have in common."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clspec import driver
from clspec.analyses import Analysis, Given
from clspec.analyses.models import root_models
from clspec.comparison.changes import Comparison
from clspec.comparison.compare import compare
from clspec.comparison.judgement import Judgement, judge
from clspec.comparison.moment import counts_at
from clspec.comparison.strictness import STRICTNESSES, Strictness
from clspec.diagnostics import Diagnostic, SpecError
from clspec.files import is_checkpoint
from clspec.ir.spec import Spec
from clspec.ir.validation import validated
from clspec.reading import Folders, TextLike, read_source, text_of
from clspec.revisions import PREFIX, read_revision
from clspec.source import SourceFile
from clspec.syntax.read import syntax_of
from clspec.syntax.uses import Library

if TYPE_CHECKING:
    from clspec.checkpoint_file import SavedSpec

SpecLike = Spec | TextLike


def diff(
    old: SpecLike,
    new: SpecLike,
    model: str | None = None,
    params: Mapping[str, Given] | None = None,
    allow_imports: Sequence[str] = (),
    allow_use: Folders = (),
    *,
    at: int | None = None,
    stream: str | Iterable[Any] | None = None,
    old_model: str | None = None,
) -> Comparison:
    """What changed of a model from one spec to another, in words of the model; printable, with `.to_dict()`.

    A spec may be `git:REV:PATH` or a checkpoint. Without `model` it is the default model of NEW that OLD has too;
    `old_model` is its name in OLD, where that is another. Sizes are those of the models as they are born or, with `at`,
    as they learn that experience of `stream`, which each looks up in its own spec, and in the other's where its own has
    none. Raises SpecError, also for an experience that is not in the stream.
    """
    sides = analysed(old, new, model, params, allow_imports, allow_use, old_model=old_model)
    streams = followed(*sides, stream) if at is not None else ((), ())
    counts = [counts_at(analysis, each, at) for analysis, each in zip(sides, streams, strict=True)]
    return compare(*sides, (counts[0], counts[1]), at)


def breaking(
    old: SpecLike,
    new: SpecLike,
    model: str | None = None,
    params: Mapping[str, Given] | None = None,
    allow_imports: Sequence[str] = (),
    allow_use: Folders = (),
    *,
    strictness: Strictness = "names",
    old_model: str | None = None,
) -> Judgement:
    """What becomes of the keys of a state dict, and of the answers, from one spec to another; printable.

    `strictness` names what counts as a loss: `weights` (every tensor has a place), `heads` (and every answer means the
    same), `names` (and all is called the same). `.losses` are those that there are. Specs and models as in `diff`.
    Raises SpecError, ValueError for an unknown strictness.
    """
    wanted = judge_strictness(strictness)
    return judge(*analysed(old, new, model, params, allow_imports, allow_use, old_model=old_model), wanted)


def judge_strictness(strictness: Strictness) -> Strictness:
    """The same. Raises ValueError for an unknown one."""
    if strictness not in STRICTNESSES:
        raise ValueError(f'unknown strictness "{strictness}"; one of: {", ".join(STRICTNESSES)}')
    return strictness


# ---- reading both


@dataclass(frozen=True)
class Side:
    """A spec as it was read, with what is wrong with values in it; of a checkpoint, also its model and parameters."""

    spec: Spec
    told: list[Diagnostic]
    model: str | None = None
    params: Mapping[str, Given] | None = None

    @property
    def names(self) -> list[str]:
        """The models that can be compared: a checkpoint holds one."""
        return [self.model] if self.model else [model.name.text for model in self.spec.models]

    @property
    def roots(self) -> list[str]:
        """Those that no other model uses."""
        return [self.model] if self.model else [model.name.text for model in root_models(self.spec)]

    def chosen(self, model: str | None) -> str | None:
        """The name of a model of this side. Raises SpecError where it is not that of a checkpoint."""
        if self.model and model not in (None, self.model):
            message = f"the checkpoint holds {self.model}, not {model}"
            raise SpecError([Diagnostic("CL106", message, None, file=self.spec.file)])
        return self.model or model

    def of(self, model: str | None, params: Mapping[str, Given]) -> Mapping[str, Given]:
        """The parameters that this side's model has of those that are set for both."""
        if self.params is not None:
            return self.params
        chosen = model or next(iter(self.roots), "")
        known = {each.name.text for each in self.spec.by_name[chosen].parameters} if chosen in self.spec.by_name else ()
        return {name: value for name, value in params.items() if name in known}


def analysed(
    old: SpecLike | Side,
    new: SpecLike | Side,
    model: str | None = None,
    params: Mapping[str, Given] | None = None,
    allow_imports: Sequence[str] = (),
    allow_use: Folders = (),
    *,
    old_model: str | None = None,
) -> tuple[Analysis, Analysis]:
    """The two models to compare. Raises SpecError, where both specs have findings with those of both."""
    before, after = _read(old, allow_use), _read(new, allow_use)
    names = _in_common(before, after, old_model, model)
    given = dict(params or {})
    own = before.of(names[0], given), after.of(names[1], given)
    neither = {name: value for name, value in given.items() if name not in {*own[0], *own[1]}}  # is told of NEW
    found: list[Diagnostic] = []
    sides: list[Analysis] = []
    for side, name, set_to in ((before, names[0], own[0]), (after, names[1], {**own[1], **neither})):
        try:
            sides.append(driver.analyse_read(side.spec, side.told, side.chosen(name), set_to, allow_imports))
        except SpecError as error:
            found += error.diagnostics
    if found:
        raise SpecError(list(dict.fromkeys(found)))
    return sides[0], sides[1]


def saved_side(saved: SavedSpec, name: str) -> Side:
    """The spec that a checkpoint of this name holds. Raises SpecError."""
    read = driver.parse_string(saved.text, saved.syntax, name, saved.used)
    return Side(read, [], saved.model, saved.parameters)


def _read(spec: SpecLike | Side, allow_use: Folders) -> Side:
    if isinstance(spec, Side):
        return spec
    if isinstance(spec, Spec):
        return Side(validated(spec), [])
    name = spec if isinstance(spec, str | SourceFile) else os.fspath(spec)
    if isinstance(name, str) and name.startswith(PREFIX):
        source, library = read_revision(name, allow_use)
        return _side(source, library, allow_use)
    if isinstance(name, str) and is_checkpoint(name):
        from clspec.checkpoint_file import read_contents

        return saved_side(read_contents(name).spec, name)
    return _side(name, None, allow_use)


def _side(text: TextLike, library: Library | None, allow_use: Folders) -> Side:
    source, syntax = text_of(text)
    if library is not None:
        syntax = syntax_of(source.name)
    read, told = read_source(source, syntax, library, allow_use=allow_use)
    if read is None:
        raise SpecError(told)
    return Side(read, told)


def _in_common(old: Side, new: Side, old_model: str | None, model: str | None) -> tuple[str | None, str | None]:
    """The names of the models to compare; None: the spec's default one. Raises SpecError where none is in both."""
    if old_model is not None or model is not None:
        return old_model or model, model
    before, after = old.names, new.names
    tops = [name for name in new.roots if name in old.roots]
    both = tops or [name for name in new.roots if name in before] or [name for name in old.roots if name in after]
    if len(both) == 1 or not (before and after):  # where one has no model at all, its analysis says so
        return (both[0], both[0]) if both else (None, None)
    if both:
        message = f"no default model: {', '.join(both)} are in both"
        raise SpecError([Diagnostic("CL105", message, None, f"say which: --model {both[0]}", file=new.spec.file)])
    message = f"no model in common: {_listed(before)} in {old.spec.file}, {_listed(after)} in {new.spec.file}"
    help = f"where it has another name now: --old-model {old.roots[0]} --model {new.roots[0]}"
    raise SpecError([Diagnostic("CL119", message, None, help, file=new.spec.file)])


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:4]) + (", ..." if len(names) > 4 else "")


# ---- streams


def followed(old: Analysis, new: Analysis, stream: str | Iterable[Any] | None) -> tuple[Sequence[Any], Sequence[Any]]:
    """The experiences that each of two models follows; one whose spec has no such stream follows the other's."""
    if stream is not None and not isinstance(stream, str):
        both = tuple(stream)
        return both, both
    return _followed(old, new, stream), _followed(new, old, stream)


def _followed(analysis: Analysis, other: Analysis, stream: str | None) -> Sequence[Any]:
    streams, others = ({each.name.text for each in side.spec.streams} for side in (analysis, other))
    lacks = not streams if stream is None else "(" not in stream and stream not in streams
    borrowed = other if lacks and (others if stream is None else stream in others) else analysis
    return driver.experiences(analysis, stream, borrowed.spec)
