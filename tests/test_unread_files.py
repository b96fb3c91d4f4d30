"""A file that cannot be read is told once, wherever its models were to stand."""

import pytest

import clspec
from clspec.source import SourceFile


@pytest.mark.parametrize("component", ["n.A()", "per_task(n.A())", "[n.A(), relu()]", "[n.A()]", "per_task([n.A()])"])
def test_a_model_of_an_unread_file_brings_no_second_finding(component) -> None:
    text = f'clspec 1\nuse "nosuch.clspec" as n\nmodel M {{\n    input features(4)\n    head h = {component}\n}}\n'
    assert [found.code for found in clspec.check(SourceFile("t.clspec", text))] == ["CL114"]
