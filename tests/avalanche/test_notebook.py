"""The tutorial as a notebook: every cell runs, and what it shows is what stands in it."""

import re

import nbformat

from tools.run_notebook import NOTEBOOK, run

SHARE = re.compile(r"\d+%")
"""Accuracies may differ by a little between machines; cells assert what matters of them."""


def shown(notebook):
    """What each cell shows: printed text whole, pictures by their kind and title."""
    return [
        [SHARE.sub("N%", output.text) if "text" in output else (sorted(output.data), output.data["text/plain"])
         for output in cell.get("outputs", ())]
        for cell in notebook.cells
    ]  # fmt: skip


def test_the_cells_show_what_stands_in_the_notebook():
    written = nbformat.read(NOTEBOOK, as_version=4)
    assert shown(run(written)) == shown(written)
