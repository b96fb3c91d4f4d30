"""Runs the tutorial and writes what its cells show into it. Run by `make notebook`."""

from __future__ import annotations

import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).parents[1]
NOTEBOOK = ROOT / "docs" / "tutorial.ipynb"
FIRST = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import tests.torchvision_operators"
"""Lets Avalanche be imported beside a CPU build of torch; a hosted notebook service has no need of it."""


def run(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The notebook with what its cells show today. Raises CellExecutionError where one fails."""
    cells = [nbformat.v4.new_code_cell(FIRST), *notebook.cells]
    ran = nbformat.from_dict({**notebook, "cells": cells})
    with tempfile.TemporaryDirectory() as folder:  # it writes a file
        NotebookClient(ran, timeout=300, coalesce_streams=True, resources={"metadata": {"path": folder}}).execute()
    del ran.cells[0]
    for cell in ran.cells:
        cell.metadata = {}
        if cell.cell_type == "code":
            cell.execution_count = None
            cell.outputs = [output for output in map(_kept, cell.outputs) if output is not None]
    return ran


def _kept(output: nbformat.NotebookNode) -> nbformat.NotebookNode | None:
    """What belongs to the tutorial: printed text and pictures, no warnings of libraries, no counters."""
    if output.output_type == "stream":
        return output if output.name == "stdout" else None
    return nbformat.v4.new_output("display_data", output.data)


if __name__ == "__main__":
    nbformat.write(run(nbformat.read(NOTEBOOK, as_version=4)), NOTEBOOK)
