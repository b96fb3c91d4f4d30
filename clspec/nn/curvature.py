# pyright: standard
"""L-BFGS, which keeps what it knows as one vector over all parameters in their order."""

from __future__ import annotations

from typing import Any

import torch

CLEARED = "the optimizer starts over: L-BFGS keeps its history as one vector of all parameters, as they were"


def start_over(optimizer: Any, changed: bool) -> bool:
    """Clears the history of an L-BFGS optimizer where it is of other parameters, or the model has `changed`.

    Else its next step would fail, or move what stands still by now. Whether there was any history to clear.
    """
    if not isinstance(optimizer, torch.optim.LBFGS):
        return False
    size = vars(optimizer)["_numel_cache"]
    follow(optimizer)
    if not changed and size in (None, optimizer._numel()):
        return False
    had_history = bool(optimizer.state)
    optimizer.state.clear()
    return had_history


def follow(optimizer: Any) -> None:
    """Lets an L-BFGS optimizer, which reads its group once, read it again."""
    if isinstance(optimizer, torch.optim.LBFGS):
        vars(optimizer).update(_params=optimizer.param_groups[0]["params"], _numel_cache=None)
