"""Writes clspec/syntax/tables.json: what Lark makes of grammar/clspec.lark, states numbered as a reader meets them."""

from __future__ import annotations

import json
from typing import Any, cast

from lark.grammar import Rule, Symbol
from lark.parsers.lalr_analysis import Shift

from clspec.syntax.grammar import STARTS, lark
from clspec.syntax.tables import FILE


def tables_text() -> str:
    """The file's text: a line a rule and a line a state, so that a diff can be read."""
    parser = cast(Any, lark()).parser
    scanner = parser.lexer.scanner
    (pattern,) = scanner._mres
    names = parser.lexer.callback["NAME"].scanner
    rules = lark().rules
    passing = _passing(rules)
    numbers = {rule: number for number, rule in enumerate(rules)}
    table = parser.parser._parse_table
    order = _in_order(table)
    steps: list[dict[str, int | str]] = []
    follows: list[dict[str, int]] = []
    for state in order:
        row = sorted(table.states[state].items())
        steps.append({name: _step(found, order, numbers, passing) for name, found in row if name.isupper()})
        follows.append({name: order[target] for name, (_, target) in row if not name.isupper()})
    for state in table.end_states.values():
        steps[order[state]]["$END"] = order[state]  # Lark stops by itself where a whole text was read
    parts = {
        "pattern": json.dumps(pattern.pattern),
        "reserved": json.dumps({each.pattern.value: each.name for each in names.terminals}),
        "starts": json.dumps({rule: order[table.start_states[rule]] for rule in STARTS}),
        "reductions": _lines([_reduction(rule, passing) for rule in rules]),
        "steps": _lines(steps),
        "follows": _lines(follows),
    }
    return "{\n" + ",\n".join(f'"{name}": {text}' for name, text in parts.items()) + "\n}\n"


def _lines(rows: list[Any]) -> str:
    return "[\n" + ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows) + "\n]"


def _in_order(table: Any) -> dict[Any, int]:
    """A number for each state: Lark's own are not the same in every run."""
    order: dict[Any, int] = {}
    pending = [table.start_states[rule] for rule in reversed(STARTS)]
    while pending:
        state = pending.pop()
        if state not in order:
            order[state] = len(order)
            nexts = sorted(table.states[state].items(), reverse=True)
            pending += [target for _, (action, target) in nexts if action is Shift]
    return order


def _step(found: tuple[Any, Any], order: dict[Any, int], numbers: dict[Rule, int], passing: set[str]) -> int | str:
    action, target = found
    if action is Shift:
        return order[target]
    if len(target.expansion) == 1 and target.origin.name in passing:
        return str(target.origin.name)
    return ~numbers[target]


def _reduction(rule: Rule, passing: set[str]) -> list[Any]:
    kept = [position for position, symbol in enumerate(rule.expansion) if _means(rule, symbol)]
    spliced = [position for position in kept if _is_list(rule.expansion[position], passing)]
    name = str(rule.origin.name)
    makes = "child" if name in passing else "list" if name.startswith("_") else "node"
    return [name, makes, len(rule.expansion), kept, spliced]


def _means(rule: Rule, symbol: Any) -> bool:
    """Whether Lark keeps a symbol in its tree: punctuation and words written as such in the grammar are left out."""
    return not symbol.is_term or rule.options.keep_all_tokens or not symbol.filter_out


def _is_list(symbol: Symbol, passing: set[str]) -> bool:
    return not symbol.is_term and symbol.name.startswith("_") and symbol.name not in passing


def _passing(rules: list[Rule]) -> set[str]:
    """The nonterminals without a node of their own that are always one child, such as `_value`."""
    passing = {str(rule.origin.name) for rule in rules if rule.origin.name.startswith("_")}
    while lists := {
        str(rule.origin.name) for rule in rules if rule.origin.name in passing and not _passes(rule, passing)
    }:
        passing -= lists
    return passing


def _passes(rule: Rule, passing: set[str]) -> bool:
    kept = [symbol for symbol in rule.expansion if _means(rule, symbol)]
    return len(kept) == 1 and not _is_list(kept[0], passing)


if __name__ == "__main__":
    FILE.write_text(tables_text(), "utf-8", newline="\n")
