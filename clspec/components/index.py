"""The argument `index` of heads: in which column of the logits a class stands."""

from __future__ import annotations

from typing import Literal

from clspec.ir.construct import Expression

Index = Literal["class_id", "compact"]
"""By the class's id, or one column a row."""


def given_index(index: Index) -> dict[str, Expression]:
    """The torch module's keyword argument for the index, left out at its default."""
    return {} if index == "class_id" else {"index": index}
