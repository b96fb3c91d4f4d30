"""Python text: names without collisions, imports, calls that fit a line. Nothing here comes from a spec unchecked."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Container, Iterable, Sequence

from clspec.ir.construct import Construct, Expression

WIDTH = 120


class Namespace:
    """The one owner of a module's top-level names: classes first, imports give way to them."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._imports: dict[tuple[str, str], str] = {}

    def claim(self, wanted: str, avoid: Container[str] = ()) -> str:
        """A free name as close to `wanted` as can be: `Block`, `Block2`, `Block3`. None of `avoid`."""
        name, number = wanted, 2
        while name in self._taken or name in avoid:
            name, number = f"{wanted}{number}", number + 1
        self._taken.add(name)
        return name

    def imported(self, module: str, name: str, alias: str | None = None, avoid: Container[str] = ()) -> str:
        """The name by which `from module import name` is known here; imports it on first use.

        With "" as name it is `import module`. None of `avoid` becomes an alias.
        """
        key = (module, name)
        if key not in self._imports:
            wanted = alias or name or module.rpartition(".")[2]
            while wanted in self._taken or wanted in avoid:
                wanted += "_"
            self._taken.add(wanted)
            self._imports[key] = wanted
        return self._imports[key]

    def import_lines(self) -> list[str]:
        """The import statements, one a module: the standard library's, the libraries', clspec's."""
        modules: dict[str, list[str]] = {}
        groups: dict[int, list[str]] = {}
        for (module, name), alias in sorted(self._imports.items()):
            if name:
                modules.setdefault(module, []).append(name if name == alias else f"{name} as {alias}")
            else:
                line = f"import {module}" if module == alias else f"import {module} as {alias}"
                groups.setdefault(_import_group(module), []).append(line)
        for module, names in modules.items():
            groups.setdefault(_import_group(module), []).extend(_import_from(module, names))
        return "\n\n".join("\n".join(groups[group]) for group in sorted(groups)).split("\n")


def _import_from(module: str, names: Sequence[str]) -> list[str]:
    one = f"from {module} import {', '.join(names)}"
    return [one] if len(one) <= WIDTH else [f"from {module} import (", *(f"    {name}," for name in names), ")"]


def _import_group(module: str) -> int:
    package = module.partition(".")[0]
    return 2 if package == "clspec" else 0 if package in sys.stdlib_module_names else 1


class CallPrinter:
    """Prints constructor calls, importing what they name."""

    def __init__(self, namespace: Namespace, class_of: Callable[[Construct], str]) -> None:
        self.namespace, self.class_of = namespace, class_of

    def callee(self, construct: Construct) -> str:
        if construct.blueprint is not None:
            return self.class_of(construct)
        if construct.module == "torch.nn":
            return f"{self.namespace.imported('torch', 'nn')}.{construct.name}"
        if construct.module == "clspec.nn":
            return f"{self.namespace.imported('clspec', 'nn', 'cl')}.{construct.name}"
        return self.namespace.imported(construct.module, construct.name)

    def lines(self, head: str, value: Construct, tail: str, indent: int) -> list[str]:
        """`head` + call + `tail`, on one line where it fits, else one argument a line."""
        pad = " " * indent
        one = f"{pad}{head}{self.inline(value)}{tail}"
        if len(one) <= WIDTH and not _is_long_sequence(value):
            return [one]
        opening, arguments = self._call(value)
        lines = [f"{pad}{head}{opening}"]
        lines += [f"{pad}    {self.callee(value)},"] if value.factory else []
        for name, argument in arguments:
            lead = f"{name}=" if name else ""
            if isinstance(argument, Construct):
                lines += self.lines(lead, argument, ",", indent + 4)
            else:
                lines.append(f"{pad}    {lead}{literal(argument)},")
        return [*lines, f"{pad}){tail}"]

    def inline(self, value: Expression) -> str:
        if not isinstance(value, Construct):
            return literal(value)
        if value.factory and not value.positional and not value.named:
            return self.callee(value)
        opening, arguments = self._call(value)
        spelt = [self.callee(value)] if value.factory else []
        spelt += [f"{name}={self.inline(each)}" if name else self.inline(each) for name, each in arguments]
        return f"{opening}{', '.join(spelt)})"

    def _call(self, value: Construct) -> tuple[str, list[tuple[str, Expression]]]:
        """The call up to its opening bracket, and its arguments ("" as name: positional)."""
        arguments = [("", each) for each in value.positional] + list(value.named)
        if value.factory:
            partial = self.namespace.imported("functools", "partial")
            return f"{partial}(", arguments
        return f"{self.callee(value)}(", arguments


def _is_long_sequence(value: Construct) -> bool:
    return value.name in ("Sequential", "Residual") and len(value.positional) > 2


def comment(text: str) -> str:
    """Text of a spec inside a comment: one line, nothing that could end it."""
    return "".join(character if character.isprintable() else " " for character in text)


def docstring(lines: Sequence[str], indent: int) -> list[str]:
    """A docstring of these lines; whatever they hold, it cannot end it early."""
    pad = " " * indent
    safe = [_escaped(line) for line in lines]
    if len(safe) == 1 and len(safe[0]) + indent + 6 <= WIDTH:
        return [f'{pad}"""{safe[0]}"""']
    rest = [f"{pad}{line}" if line else "" for line in safe[1:]]
    return [f'{pad}"""{safe[0]}', *rest, f'{pad}"""']


def _escaped(text: str) -> str:
    kept = "".join(
        character if character.isprintable() else " " if character.isspace() else repr(character)[1:-1]
        for character in text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    ).rstrip()
    return f'{kept[:-1]}\\"' if kept.endswith('"') else kept


Plain = int | float | str | bool | None


def literal(value: Plain | Sequence[Plain]) -> str:
    """A Python literal, strings in double quotes where nothing in them needs care."""
    plain = isinstance(value, str) and value.isascii() and value.isprintable() and not set(value) & {'"', "\\"}
    return f'"{value}"' if plain else repr(value)


def text_literal(text: str) -> str:
    """A literal of a text of many lines, as it is but for what could end it or would not be read back the same."""
    kept = "".join(
        character if character.isprintable() or character == "\n" else repr(character)[1:-1]
        for character in text.replace("\\", "\\\\")
    )
    quoted = re.sub(r'"(?="|\Z)', r'\\"', kept)
    return f'"""\\\n{quoted}"""'


def pascal(name: str) -> str:
    """`coarse_labels` -> `CoarseLabels`."""
    return "".join(word[:1].upper() + word[1:] for word in name.split("_")) or name


def joined(items: Iterable[str]) -> str:
    return ", ".join(items)
