"""Specs as a git repository has them: `git:REV:PATH`, and the files that they use in that same revision."""

from __future__ import annotations

import os
import posixpath
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from clspec.diagnostics import Diagnostic, SpecError
from clspec.source import SourceFile
from clspec.syntax.read import decode
from clspec.syntax.uses import UseError
from clspec.syntax.words import LONGEST_TEXT

PREFIX = "git:"
_FORM = "write `git:REV:PATH`, such as git:HEAD~1:specs/model.clspec; a path starts at the top of the repository"


@dataclass(frozen=True)
class Revision:
    """The files of one revision as a library of used files: those in the folder of the first spec, or below.

    `tree` is the revision's, by its hash; `folder` that of the first spec, from the top of the repository; `allowed`
    are further folders from there. `name` is the revision as it was asked for.
    """

    name: str
    tree: str
    folder: str
    allowed: tuple[str, ...] = ()

    def open(self, key: str) -> SourceFile:
        """The text of a file. Raises UseError for one that is not to be had, SpecError for one that is no text."""
        path = posixpath.normpath(posixpath.join(self.folder, key))
        if not any(_is_below(path, folder) for folder in (self.folder, *self.allowed)):
            help = "a spec uses files beside it or below; others need leave: --allow-use FOLDER"
            raise UseError(f'"{key}" lies outside of the folder of the spec', help, "CL115")
        if _kind(self.tree, path) != "blob":
            raise UseError(f'"{key}" is not there in {self.name}')
        return self.text(path)

    def text(self, path: str) -> SourceFile:
        return decode(f"{PREFIX}{self.name}:{path}", _blob(self.tree, path))


def read_revision(named: str, allow_use: Sequence[str | os.PathLike[str]] = ()) -> tuple[SourceFile, Revision]:
    """The text that `git:REV:PATH` names, and where the files that it uses are looked up. Raises SpecError."""
    name, sign, path = named.removeprefix(PREFIX).partition(":")
    if not (sign and name and path and named.isprintable()):
        _fail(named, f'"{named}" names no file of a revision', _FORM)
    found = _git("rev-parse", "--show-toplevel", "--show-prefix", named=named)
    if found.returncode:
        said = (found.stderr.decode(errors="replace").splitlines() or ["it says nothing"])[0]
        _fail(named, f"git finds no repository here: {said}", "run it in the repository, or name a file")
    top, prefix = (*os.fsdecode(found.stdout).splitlines(), "")[:2]
    # What begins with a dash would be an option to git, and is no name of a revision.
    tree = None if name.startswith("-") else _git("rev-parse", "--verify", "--quiet", f"{name}^{{tree}}")
    if tree is None or tree.returncode:
        _fail(named, f'there is no revision "{name}"', "`git log --oneline` lists them; `git branch -a` lists branches")
    return _read(named, Revision(name, tree.stdout.decode().strip(), ""), path, prefix, _from_top(allow_use, Path(top)))


def _read(
    named: str, revision: Revision, path: str, prefix: str, allowed: tuple[str, ...]
) -> tuple[SourceFile, Revision]:
    beside = posixpath.normpath(posixpath.join(prefix, path))
    full = beside if path.startswith(("./", "../")) else posixpath.normpath(path)
    kind = "" if full.startswith("..") else _kind(revision.tree, full)
    if kind != "blob":
        there = beside if prefix and not beside.startswith("..") and _kind(revision.tree, beside) == "blob" else None
        help = f"paths start at the top of the repository: {PREFIX}{revision.name}:{there}" if there else _FORM
        what = "a folder" if kind == "tree" else "not there"
        _fail(named, f'"{path}" is {what} in revision {revision.name}', help)
    located = Revision(revision.name, revision.tree, posixpath.dirname(full), allowed)
    return located.text(full), located


def _from_top(folders: Sequence[str | os.PathLike[str]], top: Path) -> tuple[str, ...]:
    """Folders on the disk as paths from the top of the repository; those outside of it hold nothing of a revision."""
    real, found = Path(os.path.realpath(top)), [Path(os.path.realpath(folder)) for folder in folders]
    return tuple(folder.relative_to(real).as_posix() for folder in found if folder.is_relative_to(real))


def _is_below(path: str, folder: str) -> bool:
    return not path.startswith("..") and (folder in ("", ".") or path.startswith(f"{folder}/"))


def _kind(tree: str, path: str) -> str:
    """`blob` for a file, `tree` for a folder, "" for what is not there."""
    return _git("cat-file", "-t", f"{tree}:{path}").stdout.decode().strip()


def _blob(tree: str, path: str) -> bytes:
    """The bytes of a file, unless it is larger than any spec: then so many that this is told."""
    size = int(_git("cat-file", "-s", f"{tree}:{path}").stdout)
    return bytes(LONGEST_TEXT + 1) if size > LONGEST_TEXT else _git("cat-file", "blob", f"{tree}:{path}").stdout


def _git(*arguments: str, named: str = "") -> subprocess.CompletedProcess[bytes]:
    """What git says; no shell reads the arguments. Raises SpecError where there is no git."""
    try:
        return subprocess.run(["git", *arguments], capture_output=True, stdin=subprocess.DEVNULL, check=False)
    except (OSError, ValueError) as error:  # ValueError: a NUL in an argument
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        _fail(named or PREFIX, f"git cannot be run: {reason.lower()}", "install git, or name a file")


def _fail(named: str, message: str, help: str) -> NoReturn:
    raise SpecError([Diagnostic("CL118", message, None, help, file=named)])
