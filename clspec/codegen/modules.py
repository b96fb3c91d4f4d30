"""Modules of this package as text: their top-level definitions, and where the names come from that they use."""

from __future__ import annotations

import ast
import importlib.resources
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from clspec.codegen.references import PACKAGE, Reference, References, is_internal, place, stored_names

Origin = tuple[str, str]
"""(module, name in it); the name is "" for the module itself."""


@dataclass(frozen=True, eq=False)
class Definition:
    """A top-level statement that binds names: its bytes, the comments above and a docstring below it included."""

    module: Module
    names: tuple[str, ...]
    start: int
    end: int
    references: tuple[Reference, ...]
    inner_imports: tuple[tuple[int, int, str], ...]
    """Bytes to be replaced, and by what: imports of this package inside functions."""


class Module:
    """The source of one module. Raises ValueError for a top-level statement that can be no part of another file."""

    def __init__(self, name: str, text: str) -> None:
        self.name, self.source = name, text.encode()
        self.tree = ast.parse(text)
        self.doc = ast.get_docstring(self.tree) or ""
        self._line_starts = [0, *(match.end() for match in re.finditer(b"\n", self.source)), len(self.source)]
        self.imports: dict[str, Origin] = {}
        self.needs: list[Origin] = []
        """What is imported of this package when this module is."""
        self.definitions: list[Definition] = []
        self._read()

    @cached_property
    def by_name(self) -> dict[str, Definition]:
        return {name: definition for definition in self.definitions for name in definition.names}

    @property
    def head(self) -> str:
        """The docstring as it is written."""
        return self.source[: self._end(self.tree.body[0])].decode().rstrip("\n")

    def place(self, node: ast.expr) -> tuple[int, int]:
        return place(self._line_starts, node)

    def _read(self) -> None:
        body, done = self.tree.body, 0
        for position, statement in enumerate(body):
            if isinstance(statement, ast.Import | ast.ImportFrom):
                self.needs += self._import(statement)
            elif inner := _imported_for_types(statement):
                for each in inner:
                    self._import(each)
            elif _defines(statement):
                follower = body[position + 1] if position + 1 < len(body) else None
                last = follower if follower is not None and _is_text(follower) else statement
                self.definitions.append(self._definition(statement, done, self._end(last)))
            elif not _is_text(statement) and stored_names(statement) != {"__all__"}:
                raise ValueError(f"{self.name}: line {statement.lineno} cannot stand in another file")
            done = self._end(statement)

    def _import(self, statement: ast.stmt) -> list[Origin]:
        """Notes what a statement imports; what of it is this package's."""
        match statement:
            case ast.ImportFrom(module=str(module), level=0):
                found = {each.asname or each.name: (module, each.name) for each in statement.names}
            case ast.Import() if all(each.asname or "." not in each.name for each in statement.names):
                found = {each.asname or each.name: (each.name, "") for each in statement.names}
            case _:
                raise ValueError(f"{self.name}: line {statement.lineno} is no import of names from a module")
        self.imports |= found
        return [origin for origin in found.values() if is_internal(origin[0])]

    def _definition(self, statement: ast.stmt, after: int, end: int) -> Definition:
        walker = References(self._line_starts)
        walker.visit(statement)
        found = [*walker.found, *self._own_name(statement)]
        removed = tuple(
            (*place(self._line_starts, each), "pass") if alone else (*self._lines(each), "")
            for each, alone in walker.inner_imports
        )
        lead = self.source[after : self._start(statement)]
        start = after + len(lead) - len(lead.lstrip())
        return Definition(self, tuple(sorted(stored_names(statement))), start, end, tuple(found), removed)

    def _own_name(self, statement: ast.stmt) -> Iterator[Reference]:
        """The name in the head of a function or class, which the tree has no place for."""
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            head = self._line_starts[statement.lineno - 1]
            match = re.compile(rb"(?:async\s+)?(?:def|class)\s+(\w+)").match(self.source, head)
            assert match is not None
            yield Reference(statement.name, *match.span(1))

    def _start(self, statement: ast.stmt) -> int:
        decorators: Sequence[ast.expr] = getattr(statement, "decorator_list", ())
        return self._line_starts[min([statement.lineno, *(each.lineno for each in decorators)]) - 1]

    def _end(self, statement: ast.stmt) -> int:
        assert statement.end_lineno is not None
        return self._line_starts[statement.end_lineno]

    def _lines(self, statement: ast.stmt) -> tuple[int, int]:
        """The bytes of the lines of a statement and of the blank ones below it."""
        start, end = self._line_starts[statement.lineno - 1], self._end(statement)
        blank = re.compile(rb"[ \t\n]*\n").match(self.source, end)
        return start, blank.end() if blank else end


class Library:
    """The modules of this package by name, and others that are `given`."""

    def __init__(self, *given: Module) -> None:
        self._given = {module.name: module for module in given}

    def module(self, name: str) -> Module | None:
        """A module of this package; None where there is none of that name."""
        return self._given.get(name) or _shipped(name)

    def home(self, module: str, name: str) -> Origin | None:
        """Where a name of a module is defined, imports followed: here, or in another library. None: nowhere."""
        if not is_internal(module):
            return module, name
        found = self.module(module)
        if found is not None and name in found.by_name:
            return module, name
        if found is not None and found.imports.get(name, (module, name)) != (module, name):
            return self.home(*found.imports[name])
        return (f"{module}.{name}", "") if self.module(f"{module}.{name}") is not None else None

    def in_order(self, names: Iterable[str]) -> list[Module]:
        """Modules, each after all those that it needs when it is imported."""
        done: dict[str, Module] = {}
        for name in names:
            self._add(name, done)
        return list(done.values())

    def _add(self, name: str, done: dict[str, Module]) -> None:
        module = self.module(name)
        if name in done or module is None:
            return
        for origin in module.needs:
            self._add((self.home(*origin) or origin)[0], done)
        done[name] = module


@cache
def _shipped(name: str) -> Module | None:
    """A module of this package, read as data: it is not imported."""
    folder = importlib.resources.files(PACKAGE)
    path = name.removeprefix(PACKAGE).strip(".").replace(".", "/")
    for file in (folder.joinpath(f"{path}/__init__.py"), folder.joinpath(f"{path}.py")):
        if file.is_file():
            module = Module(name, file.read_text(encoding="utf-8"))
            if not all(each.names for each in module.definitions):
                raise ValueError(f"{name} does something when it is imported, which no other file would do")
            return module
    return None


def _imported_for_types(statement: ast.stmt) -> list[ast.stmt]:
    """What stands under `if TYPE_CHECKING:`."""
    match statement:
        case ast.If(test=ast.Name(id="TYPE_CHECKING"), body=body):
            return body
        case _:
            return []


def _defines(statement: ast.stmt) -> bool:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign)
    return isinstance(statement, kinds) and stored_names(statement) != {"__all__"}


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
