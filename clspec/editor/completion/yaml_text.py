"""What is wanted at a place of a YAML spec, told by the lines before it, however far they are from being YAML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from clspec.editor.completion.clspec_text import wanted_in_clspec
from clspec.editor.completion.wanted import Wanted
from clspec.syntax.yaml_statements import ROLES

_TOKEN = re.compile(
    r"""
    (?P<comment>(?:(?<=\s)|^)\#[^\n]*)
  | (?P<line>\n)
  | (?P<dash>-(?=\s|$))
  | (?P<key>(?:"[^"\n]*"|'[^'\n]*'|[^\s\[\]{},#"'&*:-][^\[\]{},\n#:]*?)[ ]*:(?=\s|$))
  | (?P<open>[{\[])
  | (?P<close>[}\]])
  | (?P<comma>,)
  | (?P<scalar>"[^"\n]*"?|'[^'\n]*'?|[^\s\[\]{},#][^\[\]{},\n]*)
    """,
    re.VERBOSE | re.MULTILINE,
)
_ENTRY = (*ROLES, "group", "when", "after", "do")
_RULE = ("when", "after", "do")
_KEYS = {
    "part": ("uses", "with", "from"),
    "group": ("from", "body", "rules", "output"),
    "component": ("uses", "with"),
    "use": ("path", "as"),
    "model": ("doc", "params", "body", "rules", "output", "require"),
    "": ("clspec", "use", "streams", "models"),
}
_PIECES = {
    "do": "when new_class { ", "from": "neck it = it() from ", "output": "output ", "require": "require ",
    "when": "when ", "after": "after ",
}  # fmt: skip
"""Keys whose values are pieces of the clspec language, and what stands before such a piece there."""


@dataclass
class _Level:
    """A mapping or list that is open. `column` is where its entries begin; none where it stands in brackets."""

    mapping: bool
    column: int | None
    key: str = ""
    keys: dict[str, str] = field(default_factory=dict[str, str])
    position: int = 0


def wanted_in_yaml(text: str, offset: int) -> Wanted | None:
    """What is wanted at a place; None where nothing can be told, as in a comment or for a name that is new."""
    scanner = _Scanner(text[:offset])
    wanted = None if scanner.in_comment or not scanner.levels else _wanted(scanner.levels, scanner.piece)
    if wanted is None:
        return None
    begun = re.search(r"[\w./-]*$" if wanted.what == "file" else r"\w*$", scanner.piece)
    return replace(wanted, scope=_scope(scanner.levels), begun=begun.group() if begun else "")


def _scope(levels: Sequence[_Level]) -> tuple[str, ...]:
    """The model and the groups in which these levels are."""
    if levels[0].key != "models" or len(levels) < 2:
        return ()
    groups = [level.keys["group"] for level in levels if "group" in level.keys and level.key in _KEYS["group"]]
    return (levels[1].key, *groups)


class _Scanner:
    """The levels that are open at the end of a text, and what is written of the value or key there."""

    def __init__(self, text: str) -> None:
        self.levels: list[_Level] = []
        self.in_comment = False
        self.line = self.value = 0
        self.key_on_line = False
        for token in _TOKEN.finditer(text):
            self.take(token.lastgroup or "", token.group(), token.start(), token.end(), len(text))
        self.piece = text[self.value :].lstrip().lstrip("\"'")
        in_item = bool(self.levels) and not self.levels[-1].mapping and self.value > self.line
        if not self.in_brackets and not self.key_on_line and not in_item:
            self.begin(len(text) - len(text[self.value :].lstrip(" ")) - self.line)

    @property
    def in_brackets(self) -> bool:
        return bool(self.levels) and self.levels[-1].column is None

    def take(self, kind: str, text: str, start: int, end: int, length: int) -> None:
        match kind:
            case "comment":
                self.in_comment = end == length
            case "line":
                self.line = end
                if not self.in_brackets:
                    self.value, self.key_on_line = end, False
            case "dash" if not self.in_brackets and not self.key_on_line:
                self.item(start - self.line)
                self.value = end
            case "key":
                self.name(text.rstrip(": ").strip("\"'"), start - self.line)
                self.value = end
            case "open":
                self.levels.append(_Level(mapping=text == "{", column=None))
                self.value = end
            case "close" if self.in_brackets:
                self.levels.pop()
            case "comma" if self.in_brackets:
                self.levels[-1].key = ""
                self.levels[-1].position += 1
                self.value = end
            case "scalar" if end < length and self.levels and self.levels[-1].key:
                level = self.levels[-1]
                level.keys[level.key] = level.keys[level.key] or text.strip().strip("\"'")
            case _:
                pass

    def leave(self, column: int, *, item: bool) -> None:
        """Leaves what does not reach to a column, where a key or an item begins. A list may begin below its own key."""
        while self.levels and (inner := self.levels[-1].column) is not None:
            if inner < column or (inner == column and (item or self.levels[-1].mapping)):
                return
            self.levels.pop()

    def item(self, column: int) -> None:
        self.leave(column, item=True)
        if not self.levels or self.levels[-1].mapping:
            self.levels.append(_Level(mapping=False, column=column, position=-1))
        self.levels[-1].position += 1

    def name(self, key: str, column: int) -> None:
        if not self.in_brackets:
            self.begin(column)
            self.key_on_line = True
        self.levels[-1].key = key
        self.levels[-1].keys.setdefault(key, "")

    def begin(self, column: int) -> None:
        """A key begins at a column: its mapping is the one that reaches there, or is new."""
        self.leave(column, item=False)
        if not self.levels or not self.levels[-1].mapping or self.levels[-1].column != column:
            self.levels.append(_Level(mapping=True, column=column))
        self.levels[-1].key = ""


def _wanted(levels: Sequence[_Level], piece: str) -> Wanted | None:
    maps = [level for level in levels if level.mapping]
    path = [level.key for level in maps]
    last = levels[-1]
    if last.mapping and not last.key:
        return _key(maps, path[:-1])
    if not last.mapping and path[-1:] in (["body"], ["rules"]):
        return _words(_ENTRY if path[-1] == "body" else _RULE)
    if "${" in piece and "}" not in piece.rpartition("${")[2]:
        return Wanted("parameter")
    if path and path[-1] in _PIECES:
        statement = f"model it {{ {_PIECES[path[-1]]}{piece}"
        return wanted_in_clspec(statement, len(statement))
    return _value(maps, path, None if last.mapping else last.position) if path else None


def _key(maps: Sequence[_Level], path: Sequence[str]) -> Wanted | None:
    """What is wanted where a key begins of the last mapping, which stands below the keys of `path`."""
    keys = maps[-1].keys
    if path[-1:] == ["with"]:
        return Wanted("argument", callee=maps[-2].keys.get("uses", ""), given=frozenset(keys))
    if path[-1:] == ["body"]:
        known = "part" if not keys.keys().isdisjoint(ROLES) else "group" if "group" in keys else ""
        names = _KEYS[known] if known else _RULE if not keys.keys().isdisjoint(_RULE) else _ENTRY
    elif path[-1:] == ["rules"]:
        names = _RULE
    elif path[-1:] in (["params"], ["models"], ["streams"]):
        return None  # the name is new
    elif len(path) == 2 and path[0] == "models":
        names = _KEYS["model"]
    else:
        names = _KEYS[path[0] if path == ["use"] else "component" if path else ""]
    return _words(name for name in names if name not in keys)


def _value(maps: Sequence[_Level], path: Sequence[str], position: int | None) -> Wanted | None:
    """What is wanted as the value of the last key of `path`; in a list as its item at a position."""
    keys, key, above = maps[-1].keys, path[-1], path[:-1]
    if path in (["use"], ["use", "path"]):
        return Wanted("file")
    if path == ["clspec"]:
        return Wanted("word", words=("1",))
    if key == "uses":
        roles = [role for role in ROLES if role in keys]
        if not roles and path[-3:-2] == ["with"]:  # a component that is an argument
            return Wanted("value", callee=maps[-3].keys.get("uses", ""), argument=path[-2])
        return Wanted("component", role=roles[0] if roles and position is None else "neck" if roles else "stream")
    if key == "with" and position is not None:
        return Wanted("value", callee=keys.get("uses", ""), argument=position)
    if above[-1:] == ["with"]:
        return Wanted("value", callee=maps[-2].keys.get("uses", ""), argument=key)
    return None


def _words(names: Iterable[str]) -> Wanted:
    return Wanted("word", words=tuple(f"{name}: " for name in names))
