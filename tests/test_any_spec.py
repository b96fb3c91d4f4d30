"""What holds for every spec that is right, whichever it is: see valid_specs.py for how they are made."""

from __future__ import annotations

import re

import torch
from hypothesis import HealthCheck, given, settings

import clspec
from clspec.analyses.streams import choose_stream
from clspec.components import registry
from clspec.diagnostics import render_concise, render_full, render_github, render_json
from clspec.rewriting import expand
from clspec.source import SourceFile
from clspec.syntax.convert import convert
from clspec.syntax.format import format_text
from clspec.syntax.read import read_document

from .broken_specs import broken_specs
from .samples import with_samples
from .valid_specs import LEFT_OUT, argument_names, valid_specs

torch.set_num_threads(1)
EXAMPLES = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def check_right(text: str):
    """It checks; printed, converted and expanded it says the same; what is generated is Python."""
    spec = clspec.parse_string(text)
    assert not [finding for finding in clspec.check(spec) if finding.severity == "error"]
    source = SourceFile("t.clspec", text)
    formatted = format_text(source, "clspec")
    assert read_document(SourceFile("t", formatted), "clspec").statements == read_document(source, "clspec").statements
    assert format_text(SourceFile("t", formatted), "clspec") == formatted
    there = convert(source, "clspec", argument_names)
    assert clspec.parse_string(there, "yaml") == spec
    assert format_text(SourceFile("t", there), "yaml") == there
    assert clspec.parse_string(convert(SourceFile("t", there), "yaml", argument_names)) == spec
    emitted = clspec.emit(spec)
    compile(emitted, "t.py", "exec")
    assert clspec.emit(spec) == emitted
    return spec


def check_broken(syntax: str, text: str) -> None:
    """Findings with places inside the text, or nothing wrong; never another exception."""
    try:
        spec = clspec.parse_string(text, syntax)
    except clspec.SpecError as error:
        found = error.diagnostics
    else:
        found = clspec.check(spec)
        if not found:
            try:
                compile(clspec.emit(spec), "t.py", "exec")
            except clspec.SpecError as error:  # which of several models, or an input without a size
                assert {finding.code for finding in error.diagnostics} <= {"CL105", "CL304"}
    for finding in found:
        span = finding.span
        assert span is None or 0 <= span.start <= span.end <= len(text)
        assert span is not None or finding.code in {"CL004", "CL105", "CL106"}
    for render in (render_full, render_concise, render_json, render_github):
        render(found)


def run_model(spec) -> None:
    """The compiled model adapts, counts and answers as forecast."""
    table = clspec.simulate(spec)
    model = clspec.compile(spec, seed=0)
    inputs = [torch.randn(3, *sizes) for sizes in model.INPUTS.values()]
    for arriving, row in zip(choose_stream(spec, None), table.rows, strict=True):
        experience = with_samples(arriving, inputs[0])
        assert model.adaptation(experience).changes == row.changes
        assert sum(parameter.numel() for parameter in model.parameters()) == row.parameters
        trainable = sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)
        assert trainable == row.trainable
        model.eval()
        answer = model(*inputs, *([row.task_labels[0]] if model.NEEDS_TASK_LABELS else []))
        model.train()
        for each in answer.values() if isinstance(answer, dict) else [answer]:
            assert each.shape[0] == 3 and torch.isfinite(each).all()
        assert model.post_adaptation(experience).changes == row.after


@EXAMPLES
@given(valid_specs())
def test_every_stage_keeps_the_meaning(text) -> None:
    check_right(text)


@EXAMPLES
@given(broken_specs())
def test_whatever_is_wrong_has_a_place(broken) -> None:
    check_broken(*broken)


@EXAMPLES
@given(valid_specs())
def test_the_generated_code_runs_as_forecast(text) -> None:
    run_model(clspec.parse_string(text))


@EXAMPLES
@given(valid_specs())
def test_expanding_keeps_the_meaning(text) -> None:
    expanded = expand(SourceFile("t.clspec", text))
    assert expand(SourceFile("t.clspec", expanded)) == expanded
    one, other = (clspec.parse_string(each) for each in (text, expanded))
    assert [str(row.rule) for row in clspec.plan(one).rules] == [str(row.rule) for row in clspec.plan(other).rules]
    assert clspec.simulate(one).to_dict() == clspec.simulate(other).to_dict()


def test_they_reach_what_there_is() -> None:
    """Nearly every kind that needs no other library and no hours, every trigger, and what holds others."""
    seen: set[str] = set()

    @settings(max_examples=400, deadline=None, database=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(valid_specs())
    def collect(text):
        seen.update(re.findall(r"\w+", text))

    collect()
    kinds = {name for name in registry() if name.isidentifier()} - LEFT_OUT - {"tokens", "split"}
    words = {"group", "require", "when", "after", "freeze", "unfreeze", "reset", "from", "new_class", "new_task"}
    assert words <= seen
    assert len(kinds - seen) <= 4  # which of the larger networks come is left to chance
