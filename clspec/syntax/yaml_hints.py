"""Hints in the syntax of the spec they are for: the pieces of the clspec language in them, written as YAML."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from clspec.diagnostics import Diagnostic
from clspec.ir.values import Argument, Arithmetic, Call, Name, Sequence, Text, Value
from clspec.source import SourceFile, Span
from clspec.syntax.dsl import read_fragment

_SNIPPET = re.compile("`([^`]+)`")
_REST = "REST_"
"""What `...` in a hint is read as: a name."""
_VALUE = re.compile(r"[\w.]+\(.*\)|\[.*[\w)]\]")
_STRING = re.compile(r'not the string "(.*)"$')
_PARAMETER = re.compile(r"\$?\{?([A-Za-z_]\w*)\}?")
_WORDS = {"no": "false", "off": "false", "n": "false", "yes": "true", "on": "true", "y": "true", "none": "null"}


def in_yaml(finding: Diagnostic) -> Diagnostic:
    """The finding with a hint that can be typed into a YAML spec."""
    if finding.code == "CL203" and (string := _STRING.search(finding.message)):
        return replace(finding, help=_meant(string[1]) or finding.help)
    help_ = finding.help and _SNIPPET.sub(lambda found: f"`{_translated(found[1])}`", finding.help)
    return finding if help_ == finding.help else replace(finding, help=help_)


def _meant(string: str) -> str | None:
    """What is written as a string, but is the name of something else or an expression."""
    if string.lower() in _WORDS:
        return f"write `{_WORDS[string.lower()]}`"
    word = _PARAMETER.fullmatch(string)
    if word and word[1] not in ("true", "false"):
        return f'for a parameter write `"${{{word[1]}}}"`'
    source = SourceFile("hint", string)
    value, _ = read_fragment("_value", source.text, lambda start, end: Span(source, start, end))
    return f'for an expression write `"${{{string}}}"`' if isinstance(value, Arithmetic) else None


def _translated(snippet: str) -> str:
    for pattern, write in _STATEMENTS:
        found = pattern.fullmatch(snippet)
        if found:
            return write(found)
    return _value(snippet) if _VALUE.fullmatch(snippet) else snippet


def _part(found: re.Match[str]) -> str:
    role, name, value = found.groups()
    return f"{{{role}: {name}, {_uses(value)}}}"


def _uses(value: str) -> str:
    written = _value(value)
    return written[1:-1] if written.startswith("{uses") else f"uses: {written}"


_STATEMENTS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"(input|backbone|neck|head) (\w+) = (.+)"), _part),
    (re.compile(r"input (\w+\(.*\))"), lambda found: f"{{input: x, {_uses(found[1])}}}"),
    (re.compile(r"stream (\w+) = (.+)"), lambda found: f"streams: {{{found[1]}: {_value(found[2])}}}"),
    (re.compile(r"group (\w+) from (.+)"), lambda found: f"{{group: {found[1]}, from: [{found[2]}]}}"),
    (re.compile(r"from (.+)"), lambda found: f"from: [{found[1]}]"),
    (re.compile(r"output (.+)"), lambda found: f"output: [{found[1]}]"),
    (re.compile(r"require (.+)"), lambda found: f'require: ["{found[1]}"]'),
    (re.compile(r"(when|after) (.+) \{ (.+) \}"), lambda found: f"{{{found[1]}: {found[2]}, do: [{found[3]}]}}"),
    (re.compile(r"use (\".+\") as (\w+)"), lambda found: f"use: [{{path: {found[1]}, as: {found[2]}}}]"),
    (re.compile(r"use \"(.+)\""), lambda found: f"use: [{found[1]}]"),
    (re.compile(r"model (\w+)\((\w+)=(.+)\)"), lambda found: f"params: {{{found[2]}: {found[3]}}}"),
    (re.compile(r"model (\w+) \{ \.\.\. \}"), lambda found: f"models: {{{found[1]}: {{body: [...]}}}}"),
    (re.compile(r"clspec (\d+)"), lambda found: f"clspec: {found[1]}"),
    (re.compile(r"(\w+)=(.+)"), lambda found: f"{found[1]}: {found[2]}"),
)
"""Statements, and how YAML says them."""


def _value(text: str) -> str:
    """A component or a list of them; as it is where it is neither."""
    source = SourceFile("hint", text.replace("...", _REST))
    value, _ = read_fragment("_value", source.text, lambda start, end: Span(source, start, end))
    return text if value is None else _written(value).replace(_REST, "...")


def _written(value: Value) -> str:
    match value:
        case Sequence():
            return f"[{', '.join(map(_written, value.items))}]"
        case Call() if not value.arguments:
            return value.name.text
        case Call():
            return f"{{uses: {value.name.text}, with: {_arguments(value.arguments)}}}"
        case Text():
            return value.value if re.fullmatch(r"\w+", value.value) else value.span.text
        case _:
            return value.span.text


def _arguments(arguments: tuple[Argument, ...]) -> str:
    if all(each.name is None for each in arguments) and not any(_is_word(each.value) for each in arguments):
        return f"[{', '.join(_written(each.value) for each in arguments)}]"
    named = (f"{each.name.text}: {_written(each.value)}" if each.name else _word(each.value) for each in arguments)
    return f"{{{', '.join(named)}}}"


def _is_word(value: Value) -> bool:
    return isinstance(value, Name) and value.text != _REST


def _word(value: Value) -> str:
    """An argument that a hint gives by its name alone, as `linear(features)`."""
    return f"{_written(value)}: ..." if _is_word(value) else _written(value)
