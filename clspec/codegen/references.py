"""The module-level names that a piece of Python refers to, each with its place and what hides names there."""

from __future__ import annotations

import ast
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

Function = ast.FunctionDef | ast.AsyncFunctionDef
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp

PACKAGE = "clspec"


@dataclass(frozen=True, eq=False)
class Reference:
    """A module-level name in use: `name`, or `name.attribute` where an attribute of it is read; places are bytes.

    `hidden` are the names that mean something else at that place. `origin` is the (module, name) that a function
    imported there under this name. `nodes` are the name and what is read of it, `joined` the f-string around: inside
    of one Python 3.11 tells no places.
    """

    name: str
    start: int
    end: int
    attribute: str | None = None
    attribute_end: int = 0
    hidden: frozenset[str] = frozenset()
    origin: tuple[str, str] | None = None
    nodes: tuple[ast.expr, ...] = ()
    joined: ast.JoinedStr | None = None


@dataclass(frozen=True)
class _Scope:
    """The names that a function, class or comprehension binds; what it imports from this package is none of them."""

    names: frozenset[str]
    is_class: bool = False
    imported: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])


class References(ast.NodeVisitor):
    """Collects the references of top-level statements, and the imports of this package inside their functions."""

    def __init__(self, line_starts: Sequence[int]) -> None:
        self.found: list[Reference] = []
        self.inner_imports: list[tuple[ast.ImportFrom, bool]] = []
        """With whether nothing else stands in its block."""
        self._line_starts = line_starts
        self._scopes: list[_Scope] = []
        self._joined: ast.JoinedStr | None = None
        self._in_type = False

    def visit(self, node: ast.AST) -> None:
        if isinstance(node, Function):
            self._visit_function(node)
        elif isinstance(node, Comprehension):
            self._visit_comprehension(node)
        else:
            super().visit(node)

    # ---- names

    def visit_Name(self, node: ast.Name) -> None:
        self._refer(node, None, node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if isinstance(node.value, ast.Name):
            self._refer(node.value, node.attr, node)
        else:
            self.visit(node.value)

    def _refer(self, name: ast.Name, attribute: str | None, whole: ast.expr) -> None:
        visible = [scope for scope in self._scopes[:-1] if not scope.is_class] + self._scopes[-1:]
        origin = next((scope.imported[name.id] for scope in reversed(visible) if name.id in scope.imported), None)
        hidden = frozenset[str]().union(*(scope.names for scope in visible))
        if origin is None and name.id in hidden:
            return
        start, end = place(self._line_starts, name)
        _, whole_end = place(self._line_starts, whole)
        self.found.append(
            Reference(name.id, start, end, attribute, whole_end, hidden, origin, (name, whole), self._joined)
        )

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        outermost = self._joined is None
        self._joined = self._joined or node
        self.generic_visit(node)
        if outermost:
            self._joined = None

    # ---- types written as strings

    def visit_Constant(self, node: ast.Constant) -> None:
        if not self._in_type or not isinstance(node.value, str) or self._joined is not None:
            return
        try:
            parsed = ast.parse(node.value, mode="eval")
        except SyntaxError:
            return
        for each in ast.walk(parsed):
            if isinstance(each, ast.expr):
                assert each.end_col_offset is not None
                each.lineno = each.end_lineno = node.lineno
                each.col_offset += node.col_offset + 1
                each.end_col_offset += node.col_offset + 1
        self.visit(parsed.body)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self.visit(node.value)
        literal = isinstance(node.value, ast.Name) and node.value.id == "Literal"
        with self._type(self._in_type and not literal):
            self.visit(node.slice)

    def visit_Call(self, node: ast.Call) -> None:
        self.visit(node.func)
        is_cast = isinstance(node.func, ast.Name) and node.func.id == "cast"
        for position, each in enumerate(node.args):
            with self._type(is_cast and position == 0):
                self.visit(each)
        self._visit_all(node.keywords)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.visit(node.target)
        with self._type(True):
            self.visit(node.annotation)
        if node.value is not None:
            self.visit(node.value)

    def visit_Assign(self, node: ast.Assign) -> None:
        self._visit_all(node.targets)
        with self._type(not self._scopes and isinstance(node.value, ast.Subscript)):  # an alias of a type
            self.visit(node.value)

    @contextmanager
    def _type(self, value: bool) -> Generator[None]:
        before, self._in_type = self._in_type, value
        yield
        self._in_type = before

    # ---- scopes

    def _visit_function(self, node: Function) -> None:
        self._visit_all(node.decorator_list)
        arguments = _arguments(node.args)
        self._visit_defaults(node.args)
        with self._type(True):
            self._visit_all(filter(None, [*(each.annotation for each in arguments), node.returns]))
        names, imported = _bound(node.body)
        with self._scope(_Scope(frozenset(names | {each.arg for each in arguments}), imported=imported)):
            self._visit_all(node.body)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._visit_defaults(node.args)
        with self._scope(_Scope(frozenset(each.arg for each in _arguments(node.args)))):
            self.visit(node.body)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._visit_all([*node.decorator_list, *node.bases, *node.keywords])
        names, imported = _bound(node.body)
        with self._scope(_Scope(frozenset(names), is_class=True, imported=imported)):
            self._visit_all(node.body)

    def _visit_comprehension(self, node: Comprehension) -> None:
        self.visit(node.generators[0].iter)  # read outside of the comprehension
        targets = {name.id for each in node.generators for name in ast.walk(each.target) if isinstance(name, ast.Name)}
        with self._scope(_Scope(frozenset(targets))):
            for position, each in enumerate(node.generators):
                self._visit_all([each.target, *([each.iter] if position else []), *each.ifs])
            self._visit_all([node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt])

    def generic_visit(self, node: ast.AST) -> None:
        blocks: list[list[ast.AST]] = [block for _, block in ast.iter_fields(node) if isinstance(block, list)]
        for block in blocks:
            self._note_imports(block)
        super().generic_visit(node)

    def _note_imports(self, block: Sequence[ast.AST]) -> None:
        found = [each for each in block if isinstance(each, ast.ImportFrom) and is_internal(each.module)]
        self.inner_imports += [(each, len(found) == len(block)) for each in found]

    @contextmanager
    def _scope(self, scope: _Scope) -> Generator[None]:
        self._scopes.append(scope)
        yield
        self._scopes.pop()

    def _visit_defaults(self, arguments: ast.arguments) -> None:
        self._visit_all(filter(None, [*arguments.defaults, *arguments.kw_defaults]))

    def _visit_all(self, nodes: Iterable[ast.AST]) -> None:
        listed = list(nodes)
        if self._scopes:
            self._note_imports(listed)
        for node in listed:
            self.visit(node)


def place(line_starts: Sequence[int], node: ast.expr | ast.stmt) -> tuple[int, int]:
    """The bytes at which a node starts and ends."""
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return line_starts[node.lineno - 1] + node.col_offset, line_starts[node.end_lineno - 1] + node.end_col_offset


def is_internal(module: str | None) -> bool:
    """Whether a module is one of this package."""
    return (module or "").partition(".")[0] == PACKAGE


def stored_names(node: ast.AST) -> set[str]:
    """The names that a statement binds in its own scope."""
    return _bound([node])[0]


def _arguments(arguments: ast.arguments) -> list[ast.arg]:
    starred = [each for each in (arguments.vararg, arguments.kwarg) if each is not None]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *starred]


def _bound(body: Sequence[ast.AST]) -> tuple[set[str], dict[str, tuple[str, str]]]:
    """The names that statements bind in their scope, and what they import from this package."""
    names: set[str] = set()
    declared: set[str] = set()
    imported: dict[str, tuple[str, str]] = {}
    waiting = list(body)
    while waiting:
        node = waiting.pop()
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                names.add(name)
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                names.add(name)
            case ast.MatchMapping(rest=str(name)):
                names.add(name)
            case ast.Global():
                declared |= set(node.names)
            case ast.ImportFrom(module=str(module)) if is_internal(module):
                imported |= {each.asname or each.name: (module, each.name) for each in node.names}
            case ast.Import() | ast.ImportFrom():
                names |= {each.asname or each.name.partition(".")[0] for each in node.names}
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case _:
                pass
        if isinstance(node, Comprehension):
            # Its targets are its own; `:=` inside binds out here.
            waiting += [each.target for each in ast.walk(node) if isinstance(each, ast.NamedExpr)]
        elif not isinstance(node, Function | ast.ClassDef | ast.Lambda):
            waiting += ast.iter_child_nodes(node)
    return names - declared, imported
