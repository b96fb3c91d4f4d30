"""Values, references and rules as clspec text, as a person would write them."""

from __future__ import annotations

import json

from clspec.ir.rules import Action, Reference, WrittenRule, WrittenTrigger
from clspec.ir.values import (
    Argument,
    Arithmetic,
    Boolean,
    Call,
    Decimal,
    Integer,
    Name,
    Negation,
    Nothing,
    Sequence,
    Text,
    Value,
)


def print_value(value: Value) -> str:
    """A value: `linear(2 * width, bias=false)`."""
    match value:
        case Integer():
            return str(value.value)
        case Decimal():
            return _decimal(value.value)
        case Text():
            return json.dumps(value.value, ensure_ascii=False)
        case Boolean():
            return "true" if value.value else "false"
        case Nothing():
            return "none"
        case Name():
            return value.text
        case Call():
            return f"{value.name.text}({', '.join(map(_argument, value.arguments))})"
        case Sequence():
            return f"[{', '.join(map(print_value, value.items))}]"
        case Negation():
            return f"-{_operand(value.operand, 3)}"
        case Arithmetic():
            rank = _rank(value)
            # Equal rank on the right needs parentheses: `a - (b - c)`.
            return f"{_operand(value.left, rank)} {value.operator} {_operand(value.right, rank + 1)}"


def print_reference(reference: Reference) -> str:
    """A reference: `coarse.labels[:-1]`."""
    return str(reference)


def print_action(action: Action) -> str:
    """An action: `freeze trunk until stage2`."""
    text = f"{action.verb} {', '.join(map(print_reference, action.targets))}"
    if action.until:
        text += f" until {print_reference(action.until)}"
    if action.since:
        text += f" from {print_reference(action.since)}"
    return text


def print_trigger(trigger: WrittenTrigger) -> str:
    """A trigger: `experience 2..`."""
    if trigger.event != "experience" or (trigger.first, trigger.last) == (0, None):
        return trigger.event
    if trigger.first == trigger.last:
        return f"experience {trigger.first}"
    return f"experience {trigger.first}..{'' if trigger.last is None else trigger.last}"


def print_rule(rule: WrittenRule) -> str:
    """A rule on one line: `when experience 2.. { freeze trunk }`."""
    actions = "; ".join(map(print_action, rule.actions))
    if rule.trigger is not None:
        return f"{rule.timing} {print_trigger(rule.trigger)} {{ {actions} }}"
    return actions if len(rule.actions) == 1 else f"{{ {actions} }}"


def _argument(argument: Argument) -> str:
    value = print_value(argument.value)
    return f"{argument.name.text}={value}" if argument.name else value


def _operand(value: Value, rank: int) -> str:
    text = print_value(value)
    return f"({text})" if _rank(value) < rank else text


def _rank(value: Value) -> int:
    """How tightly a value's outermost operator binds."""
    if isinstance(value, Arithmetic):
        return 1 if value.operator in "+-" else 2
    return 3


def _decimal(value: float) -> str:
    """Digits on both sides of the point, or an exponent: what the grammar reads."""
    return repr(value)
