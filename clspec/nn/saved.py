# pyright: standard
"""What a module remembers, as a tensor: canonical JSON in bytes, so every loop over a state dict can carry it."""

from __future__ import annotations

import json
from typing import Any

import torch
from torch import Tensor

FORMAT = 1


def pack(memory: dict[str, Any]) -> Tensor:
    """JSON-able data -> uint8 (bytes,), the same bytes for the same data."""
    text = json.dumps({"format": FORMAT, **memory}, sort_keys=True, separators=(",", ":"))
    return torch.frombuffer(bytearray(text.encode()), dtype=torch.uint8)


def unpack(saved: Tensor, part: str) -> dict[str, Any]:
    """uint8 (bytes,) -> the data; raises ValueError for what `pack` did not write."""
    try:
        memory: Any = json.loads(bytes(saved.detach().cpu().to(torch.uint8).tolist()))
        written = memory["format"]
    except (AttributeError, TypeError, ValueError, KeyError) as error:
        raise ValueError(f"{part}: the saved growth log cannot be read ({error})") from None
    if written != FORMAT:
        raise ValueError(f"{part}: the saved growth log has format {written}; this version of clspec reads {FORMAT}")
    return memory
