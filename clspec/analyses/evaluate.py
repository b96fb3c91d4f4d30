"""Values of the language: literals, parameters and arithmetic worked out."""

from __future__ import annotations

import math
from collections.abc import Mapping

from clspec.diagnostics import Diagnostic, choices_help, nearest
from clspec.ir.values import Arithmetic, Boolean, Decimal, Integer, Name, Negation, Nothing, Sequence, Text, Value

Scalar = int | float | str | bool | None
Constant = Scalar | tuple[Scalar, ...]
"""What a parameter of a model holds: one value, or a list of values."""
Given = Constant | list[Scalar]
"""What a caller may give for one."""
LARGEST = 2**63 - 1
"""Integers beyond 64 bits are refused: no size is that large, and arithmetic on them can take for ever."""


class EvaluationError(Exception):
    """A value that cannot be worked out."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


def evaluate_constant(value: Value, parameters: Mapping[str, Constant]) -> Constant:
    """Works out a value, or a list of values, that is no component. Raises EvaluationError."""
    if not isinstance(value, Sequence):
        return evaluate(value, parameters)
    items: list[Scalar] = []
    for item in value.items:
        worked_out = evaluate(item, parameters)
        if isinstance(worked_out, tuple):
            raise _error(item, "CL203", f"a list holds single values, not {spell(worked_out)}")
        items.append(worked_out)
    return tuple(items)


def evaluate(value: Value, parameters: Mapping[str, Constant]) -> Constant:
    """Works out a value that is written as no list; a parameter may hold one. Raises EvaluationError."""
    match value:
        case Integer() | Decimal() | Text() | Boolean():
            return value.value
        case Nothing():
            return None
        case Name():
            if value.text in parameters:
                return parameters[value.text]
            raise _error(value, "CL101", f'unknown name "{value.text}"', _instead_of(value, parameters))
        case Negation():
            return _within(value, -_number(value.operand, evaluate(value.operand, parameters)))
        case Arithmetic():
            return _compute(value, parameters)
        case _:
            raise _error(value, "CL203", "expected a number, a string, `true`, `false` or `none` here")


def _compute(value: Arithmetic, parameters: Mapping[str, Constant]) -> int | float:
    left = _number(value.left, evaluate(value.left, parameters))
    right = _number(value.right, evaluate(value.right, parameters))
    try:
        match value.operator:
            case "+":
                result = left + right
            case "-":
                result = left - right
            case "*":
                result = left * right
            case "/":
                result = left / right
            case "//":
                result = left // right
    except ZeroDivisionError:
        raise _error(value.right, "CL208", "division by zero") from None
    except OverflowError:
        raise _error(value, "CL208", "the result is too large") from None
    return _within(value, result)


def _within(value: Value, number: int | float) -> int | float:
    if isinstance(number, int) and abs(number) > LARGEST:
        raise _error(value, "CL208", "the result is too large for an integer of 64 bits")
    if not math.isfinite(number):
        raise _error(value, "CL208", "the result is too large")
    return number


def _number(value: Value, result: Constant) -> int | float:
    if isinstance(result, bool) or not isinstance(result, (int, float)):
        raise _error(value, "CL208", f"arithmetic needs numbers, not {spell(result)}")
    return result


def spell(value: Constant) -> str:
    """A value as the language writes it."""
    if value is None:
        return "none"
    if isinstance(value, tuple):
        return f"the list [{', '.join(map(_item, value))}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'the string "{value}"' if isinstance(value, str) else str(value)


_OTHER_WORDS = {
    "true": "true",
    "yes": "true",
    "on": "true",
    "false": "false",
    "no": "false",
    "off": "false",
    "none": "none",
    "null": "none",
    "nil": "none",
}
"""What other languages call the words `true`, `false` and `none`."""


def _item(value: Scalar) -> str:
    return f'"{value}"' if isinstance(value, str) else spell(value)


def _instead_of(value: Name, parameters: Mapping[str, Constant]) -> str:
    word = value.text
    if word.lower() in _OTHER_WORDS and word not in parameters:
        return f"write `{_OTHER_WORDS[word.lower()]}`"
    quoted = f'for a string write "{word}" in quotes'
    if not parameters:
        return f"{quoted}; for a parameter declare it: `model NAME({word}=...)`"
    return nearest(word, parameters) or f"{choices_help(word, parameters)}; {quoted}"


def _error(value: Value, code: str, message: str, help: str | None = None) -> EvaluationError:
    return EvaluationError(Diagnostic(code, message, value.span, help))
