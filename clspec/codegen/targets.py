"""What a generated model can be made for: the class that its root derives from."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from clspec.analyses import Analysis
from clspec.codegen.forward import block_gives
from clspec.diagnostics import Diagnostic, SpecError, SpecWarning
from clspec.ir.shapes import Shape

TargetName = Literal["torch", "avalanche"]


@dataclass(frozen=True)
class Target:
    """Where the base of a root stands, and its name for models without and with task labels."""

    module: str
    base: str
    base_by_task: str


TARGETS: dict[TargetName, Target] = {
    "torch": Target("clspec.nn", "CompiledModel", "CompiledModel"),
    "avalanche": Target("clspec.integrations.avalanche", "AvalancheModel", "AvalancheMultiTaskModel"),
}


def judge_target(analysis: Analysis, target: TargetName) -> None:
    """Raises SpecError for a model that its target cannot take; warns (SpecWarning) of what it leaves to the user.

    ValueError for a target that does not exist.
    """
    if target not in TARGETS:
        raise ValueError(f'unknown target "{target}"; one of: {", ".join(TARGETS)}')
    found = list(_findings(analysis)) if target == "avalanche" else []
    errors = [finding for finding in found if finding.severity == "error"]
    if errors:
        raise SpecError(errors)
    for finding in found:
        warnings.warn(SpecWarning(finding), stacklevel=4)


def _findings(analysis: Analysis) -> Iterator[Diagnostic]:
    """Avalanche hands a model one input and wants one tensor back, and its strategies hand it no optimizer."""
    model = analysis.model
    if any(not isinstance(given, Shape) for given in block_gives(model, analysis).values()):
        names = " and ".join(dict.fromkeys(analysis.wiring.outputs[model.path]))
        message = f"{model.title} has several outputs, {names}; Avalanche trains models with one"
        yield Diagnostic("CL902", message, model.span, "make a model of each, or compile it for torch")
    for part in model.input_parts[1:]:
        message = f"{model.title} has {len(model.input_parts)} inputs; Avalanche gives a model one"
        yield Diagnostic("CL902", message, part.places[0], "compile it for torch")
    for planned in analysis.plan.rules:
        if planned.rule.trigger.after or planned.rule.action == "reset":
            message = f"`{planned.text}` needs the plugin AfterRules in Avalanche's strategies"
            help = "plugins=[AfterRules()], from clspec.integrations.avalanche; an Agent needs none"
            yield Diagnostic("CL902", message, planned.span, help, severity="warning")
