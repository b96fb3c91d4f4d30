"""Weights from files: whether the parts that they are given for are there, and the files too."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from clspec.analyses import Analysis
from clspec.components.mistakes import ArgumentError
from clspec.diagnostics import Diagnostic, SpecError, choices_help

if TYPE_CHECKING:
    from torch import nn


def judge_weights(analysis: Analysis, weights: Mapping[str, Any]) -> None:
    """Raises SpecError for weights of what is no part of the model."""
    paths = [part.path for part in analysis.model.walk() if part.role != "input"]
    found = [
        Diagnostic(
            "CL212", f'weights are given for "{path}", which is no part', None, choices_help(path, paths), file=name
        )
        for path in weights
        if path not in paths
        for name in (analysis.spec.file,)
    ]
    if found:
        raise SpecError(found)


def judge_files(analysis: Analysis) -> None:
    """Raises SpecError for published weights that this machine does not have."""
    found: list[Diagnostic] = []
    for part in analysis.model.walk():
        try:
            if part.component is not None:
                part.component.judge_files()
        except ArgumentError as error:
            found.append(Diagnostic(error.code, error.message, part.places[0], error.help))
    if found:
        raise SpecError(found)


def refused(analysis: Analysis, problem: str) -> SpecError:
    """What is wrong with a file of published weights, at the one part that asks for such weights, if it is one."""
    asking = [
        part.places[0]
        for part in analysis.model.walk()
        if part.component is not None and part.component.without_weights() != part.component
    ]
    place = asking[0] if len(asking) == 1 else None
    help = "get the file anew by the library itself, or give one by weights={...}"
    return SpecError([Diagnostic("CL212", problem, place, help, file=analysis.spec.file)])


def load_into(model: nn.Module, path: str, file: str | os.PathLike[str]) -> None:
    """Loads a file of weights into a part. Raises SpecError."""
    from clspec.nn import load_weights

    try:
        load_weights(model.get_submodule(path), file)
    except (OSError, ValueError) as error:
        raise SpecError([Diagnostic("CL212", f"weights of {path}: {error}", None, file=os.fspath(file))]) from None
