"""Specs that a caller builds or changes: frozen, compared by meaning, judged by Pydantic before anything uses them."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, fields, is_dataclass, replace

import pytest
from pydantic import ValidationError

import clspec
from clspec.ir.values import Integer
from clspec.source import SourceFile, Span

TEXT = "clspec 1\nmodel M {\n    input features(4)\n    neck n = [linear(8), relu()]\n    head h = incremental()\n}\n"
HERE = Span(SourceFile("t", "3"), 0, 1)


def with_width(spec, value):
    """The spec with another width of its linear layer."""
    (model,) = spec.models
    first, neck, head = model.body
    linear, relu = neck.component.items
    call = replace(linear, arguments=(replace(linear.arguments[0], value=value),))
    neck = replace(neck, component=replace(neck.component, items=(call, relu)))
    return replace(spec, models=(replace(model, body=(first, neck, head)),))


def test_a_spec_that_a_caller_changes_is_checked_like_one_that_was_read() -> None:
    spec = clspec.parse_string(TEXT)
    assert clspec.check(spec) == []
    (found,) = clspec.check(with_width(spec, Integer(value=0, span=HERE)))
    assert found.code == "CL204"


@pytest.mark.parametrize("value", [Integer(value="8", span=HERE), Integer(value=True, span=HERE), 8, None])
@pytest.mark.parametrize("use", [clspec.check, clspec.plan, clspec.emit])
def test_what_is_no_spec_is_refused_before_anything_uses_it(use, value) -> None:
    with pytest.raises(ValidationError, match="value"):
        use(with_width(clspec.parse_string(TEXT), value))


def test_specs_are_frozen_and_compared_by_what_they_say() -> None:
    spec, other = clspec.parse_string(TEXT), clspec.parse_string(TEXT.replace("    ", " "), name="other")
    assert spec == other
    assert hash(spec) == hash(other)
    assert spec != with_width(spec, Integer(value=9, span=HERE))
    assert copy.deepcopy(spec) == pickle.loads(pickle.dumps(spec)) == spec
    with pytest.raises(FrozenInstanceError):
        spec.edition = 2
    assert is_dataclass(spec)
    assert [each.name for each in fields(Integer)] == ["value", "span", "kind"]
    assert repr(Integer(value=3, span=HERE)) == "Integer(value=3, kind='integer')"


def test_arguments_of_a_node_are_all_named_and_all_known() -> None:
    with pytest.raises(TypeError, match="span"):
        Integer(value=3)
    with pytest.raises(TypeError, match="size"):
        Integer(value=3, span=HERE, size=1)
