# pyright: standard
"""Fresh weights from a seed: the same seed and the same name give the same numbers, whatever was drawn before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor


def stable_seed(*key: int | str) -> int:
    """A number for a key, the same on every machine and in every process (Python's own hash is neither)."""
    digest = hashlib.sha256(json.dumps(key).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def row_generator(seed: int, path: str, class_id: int, times_drawn: int = 0) -> torch.Generator:
    """The CPU generator of one class's row: it depends on no other row, so the order of growth does not matter."""
    return torch.Generator().manual_seed(stable_seed(seed, path, class_id, times_drawn))


@contextmanager
def seeded(seed: int | None, path: str, *more: int) -> Iterator[None]:
    """Inside, torch's CPU generator starts from (seed, path, ...); afterwards it is as it was. No effect for None."""
    if seed is None:
        yield
        return
    with untouched_rng():
        torch.default_generator.manual_seed(stable_seed(seed, path, *more))
        yield


@contextmanager
def drawn_alike(seed: int | None, path: str, phase: str, tensors: Iterable[Tensor]) -> Iterator[None]:
    """As `seeded`, for the generators of the GPUs that these tensors lie on too: rows are drawn where they will lie."""
    if seed is None:
        yield
        return
    number = stable_seed(seed, path, phase)
    devices = sorted({tensor.device.index for tensor in tensors if tensor.device.type == "cuda"})
    with torch.random.fork_rng(devices=devices):
        torch.default_generator.manual_seed(number)
        for device in devices:
            torch.cuda.default_generators[device].manual_seed(number)
        yield


@contextmanager
def untouched_rng() -> Iterator[None]:
    """What is drawn inside from torch's global CPU generator is not missing from it afterwards."""
    with torch.random.fork_rng(devices=[]):
        yield
