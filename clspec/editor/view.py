"""All that is known of a text while somebody writes it, worked out as far as it is asked for."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from clspec import driver
from clspec.analyses import Passed
from clspec.analyses.program import Block, Part
from clspec.diagnostics import Diagnostic, Related, SpecError
from clspec.editor.symbols import Occurrence, occurrences
from clspec.ir.spec import Spec
from clspec.reading import Folders, read_source
from clspec.source import SourceFile, Span
from clspec.syntax.read import Syntax
from clspec.syntax.uses import NO_FOLDER, Folder


@dataclass(frozen=True)
class Desk:
    """The texts that are open, by full path: they count before those on the disk. And what the user lets specs do."""

    texts: Mapping[str, str] = field(default_factory=dict[str, str])
    allow_imports: Sequence[str] = ()
    allow_use: Folders = ()


@dataclass(frozen=True)
class _OpenFolder(Folder):
    """A folder of files, some of which are open."""

    texts: Mapping[str, str] = field(default_factory=dict[str, str])

    def open(self, key: str) -> SourceFile:
        self.judge(key)
        path = os.path.normpath(self.path / key)
        return SourceFile(path, self.texts[path] if path in self.texts else super().open(key).text)


@dataclass(frozen=True)
class View:
    """A text under its full path."""

    source: SourceFile
    syntax: Syntax
    desk: Desk = Desk()

    @property
    def on_disk(self) -> bool:
        """Whether its name is a path: what an editor has not saved yet has none."""
        return Path(self.source.name).is_absolute()

    @cached_property
    def _read(self) -> tuple[Spec | None, list[Diagnostic]]:
        beside = _OpenFolder(self.source.folder, self.desk.allow_use, self.desk.texts)
        try:
            return read_source(self.source, self.syntax, beside if self.on_disk else NO_FOLDER)
        except SpecError as error:  # bounds of the language, such as too many items
            return None, error.diagnostics

    @property
    def spec(self) -> Spec | None:
        """What the text says, broken statements left out; None where it says too little."""
        return self._read[0]

    @cached_property
    def names(self) -> Sequence[Occurrence]:
        """Every name in the text and its places, as far as it can be read."""
        return () if self.spec is None else tuple(occurrences(self.spec))

    @property
    def looked_at(self) -> bool:
        """Whether somebody has asked what the text says."""
        return "_read" in self.__dict__

    @cached_property
    def _survey(self) -> tuple[list[Passed], list[Diagnostic]]:
        spec, told = self._read
        if spec is None:
            return [], told
        return driver.survey(spec, told, allow_imports=self.desk.allow_imports)

    @property
    def models(self) -> list[Passed]:
        """What could be made out of each model, with shapes as far as they are known."""
        return self._survey[0]

    @cached_property
    def findings(self) -> list[Diagnostic]:
        """What is wrong with this text. What is wrong with a file that it uses is told once, where it is used."""
        mine = [found for found in self._survey[1] if found.path == self.source.name]
        others = [found for found in self._survey[1] if found.path != self.source.name and found.severity == "error"]
        told = {found.path: self._used(found) for found in reversed(others)}
        return [*mine, *(each for each in told.values() if each is not None)]

    def _used(self, finding: Diagnostic) -> Diagnostic | None:
        for use, spec in zip(self.spec.uses, self.spec.used, strict=True) if self.spec else ():
            if spec is not None and finding.span is not None and _holds(spec, finding.path):
                message = f"{os.path.basename(finding.path)}: {finding.message}"  # noqa: PTH119
                return replace(finding, message=message, span=use.path.span, related=(Related("there", finding.span),))
        return None

    def part_at(self, span: Span) -> tuple[Passed, Part] | None:
        """The part that is declared at a place, as it is where its model is first used."""
        for passed in self.models:
            for part in passed.model.walk():
                if part.span == span:
                    return passed, part
        return None

    def block_at(self, span: Span) -> tuple[Passed, Block] | None:
        """The same of a model or group."""
        for passed in self.models:
            for block in passed.model.blocks():
                if block.span == span:
                    return passed, block
        return None


def _holds(spec: Spec, path: str) -> bool:
    return spec.file == path or any(used is not None and _holds(used, path) for used in spec.used)
