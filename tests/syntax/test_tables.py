"""The tables that the package ships: what Lark makes of the grammar as it stands."""

import runpy
from pathlib import Path

from clspec.syntax.build import Builder
from clspec.syntax.tables import FILE, tables

TOOL = Path(__file__).parents[2] / "tools" / "make_grammar.py"


def test_the_shipped_tables_are_those_of_the_grammar():
    made = runpy.run_path(str(TOOL))["tables_text"]()
    assert FILE.read_text("utf-8") == made, "grammar/clspec.lark has changed: run `make grammar`"


def test_every_rule_with_a_node_has_a_function():
    rules = {reduction.name for reduction in tables().reductions if reduction.makes == "node"}
    assert rules == set(Builder(lambda start, end: None).makers)
