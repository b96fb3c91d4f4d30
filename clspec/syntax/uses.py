"""From a text to the `Spec` that every later stage reads, with the files that it uses.

These lie inside one folder, are read once each, and never use each other in a ring.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from clspec.diagnostics import Diagnostic, SpecError, nearest, without_echoes
from clspec.ir.spec import Spec, Use
from clspec.source import SourceFile
from clspec.syntax.lower import lower
from clspec.syntax.read import Syntax, load, read, syntax_of

MOST_FILES = 100
"""How many files one spec may use altogether."""
DEEPEST_USES = 10
"""How many files may use each other in a row."""
_SUFFIXES = (".clspec", ".yaml", ".yml")


class UseError(Exception):
    """A file that cannot be used; `code` is the diagnostic's."""

    def __init__(self, message: str, help: str | None = None, code: str = "CL114") -> None:
        super().__init__(message)
        self.message, self.help, self.code = message, help, code


class Library(Protocol):
    """Where used files are looked up. A key is a path from the folder of the first spec, with forward slashes."""

    def open(self, key: str) -> SourceFile:
        """The text of a file. Raises UseError for one that is not to be had, SpecError for one that is no text."""
        ...


@dataclass(frozen=True)
class Folder:
    """The tree of folders that the spec lies in, and any others that the caller allows."""

    path: Path
    allowed: Sequence[str | os.PathLike[str]] = ()

    def open(self, key: str) -> SourceFile:
        self.judge(key)
        name = self.path / key
        if not name.is_file():
            there = name.exists()
            raise UseError(f'"{key}" is {"no file" if there else "not there"}', None if there else _near(name, key))
        return load(name)

    def judge(self, key: str) -> None:
        """Raises UseError for a file that lies where none may be used from, links followed."""
        real = Path(os.path.realpath(self.path / key))
        trees = [self.path, *map(Path, self.allowed)]
        if not any(real.is_relative_to(os.path.realpath(tree)) for tree in trees):
            help = (
                "a spec uses files beside it or below; others need leave: --allow-use FOLDER (parse(allow_use=[...]))"
            )
            raise UseError(f'"{key}" lies outside of the folder of the spec', help, "CL115")


def _near(name: Path, key: str) -> str | None:
    try:
        names = [each.name for each in name.parent.iterdir() if each.suffix in _SUFFIXES]
    except OSError:
        return None
    wanted = posixpath.basename(key)
    stem, _ = posixpath.splitext(wanted)  # all endings are alike, so they tell nothing
    close = [name for name in names if nearest(stem, [posixpath.splitext(name)[0]])]
    return nearest(wanted, close)


@dataclass(frozen=True)
class Texts:
    """Files that somebody carries along, as a checkpoint does, by key."""

    texts: Mapping[str, str]

    def open(self, key: str) -> SourceFile:
        if key not in self.texts:
            raise UseError(f'"{key}" is not among the texts that came with the spec')
        return SourceFile(key, self.texts[key])


class NoFolder:
    """A text by itself: there is no folder to look in."""

    def open(self, key: str) -> SourceFile:
        help = "save the spec to a file, or say where it lies: parse_string(text, name=PATH)"
        raise UseError(f'"{key}" cannot be looked up: this text lies in no folder', help)


NO_FOLDER = NoFolder()


def read_spec(source: SourceFile, syntax: Syntax, library: Library = NO_FOLDER) -> tuple[Spec | None, list[Diagnostic]]:
    """The spec that a text says and what is wrong with it; a spec with wrong values alone can still be checked."""
    document, told = read(source, syntax)
    if document is None:
        return None, told
    spec, more = lower(document)
    found = [*told, *without_echoes(told, more)]
    if spec is None:
        return None, found
    reader = _Reader(library)
    return reader.with_used(replace(spec, key=os.path.basename(source.name)), ()), [*found, *reader.found]  # noqa: PTH119


def texts_of(spec: Spec) -> dict[str, str]:
    """The text of every used file by its key, in the order in which they are first used."""
    found: dict[str, str] = {}
    for used in spec.used:
        if used is not None and used.key not in found:
            found |= {used.key: used.span.source.text, **texts_of(used)}
    return found


@dataclass
class _Reader:
    library: Library
    read: dict[str, Spec | None] = field(default_factory=dict[str, "Spec | None"])
    found: list[Diagnostic] = field(default_factory=list[Diagnostic])

    def with_used(self, spec: Spec, chain: tuple[str, ...]) -> Spec:
        """The spec with what its `use` statements name; `chain` are the keys of the files that led to it."""
        if not spec.uses:
            return spec
        return replace(spec, used=tuple(self.use(use, spec.key, chain) for use in spec.uses))

    def use(self, use: Use, user: str, chain: tuple[str, ...]) -> Spec | None:
        try:
            key = _key(use.path.value, user)
            self.judge(key, user, chain)
            if key not in self.read:
                self.read[key] = None  # where it cannot be read, that is told once
                self.read[key] = self.file(key, (*chain, user))
            return self.read[key]
        except UseError as error:
            self.found.append(Diagnostic(error.code, error.message, use.path.span, error.help))
        except SpecError as error:
            self.found += [found if found.span else replace(found, span=use.path.span) for found in error.diagnostics]
        return None

    def judge(self, key: str, user: str, chain: tuple[str, ...]) -> None:
        ring = [*chain, user]
        if key in ring:
            names = [posixpath.basename(each) for each in [*ring[ring.index(key) :], key]]
            if len(names) == 2:
                raise UseError(f"{names[0]} uses itself", "leave it out: a file knows its own models", "CL104")
            raise UseError(f"files that use each other: {' → '.join(names)}", "move what both need to a third", "CL104")
        if len(ring) > DEEPEST_USES:
            raise UseError(f"more than {DEEPEST_USES} files use each other in a row", "use fewer", "CL117")
        if key not in self.read and len(self.read) >= MOST_FILES:
            raise UseError(f"more than {MOST_FILES} files are used", "use fewer", "CL117")

    def file(self, key: str, chain: tuple[str, ...]) -> Spec | None:
        document, told = read(self.library.open(key), syntax_of(key))
        self.found += told
        if document is None:
            return None
        spec, wrong = lower(document)
        self.found += wrong
        return None if spec is None else self.with_used(replace(spec, key=key), chain)


def _key(path: str, user: str) -> str:
    """The key that a path means in the file that says it. Raises UseError for what is no path to a spec."""
    if not path.isprintable() or not path.strip() or "\\" in path:
        raise UseError("this is not the path of a file", 'such as "blocks/necks.clspec", with forward slashes')
    if posixpath.isabs(path) or path[1:2] == ":":
        raise UseError("a path in a spec starts from the spec's own folder", "such as `blocks/necks.clspec`", "CL115")
    if not path.lower().endswith(_SUFFIXES):
        raise UseError(f'"{path}" is no spec by its name', "specs end in .clspec, .yaml or .yml")
    return posixpath.normpath(posixpath.join(posixpath.dirname(user), path))
