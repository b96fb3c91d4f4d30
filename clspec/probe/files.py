# pyright: standard
"""Whether the weights that a backbone asks for lie on this machine."""

from __future__ import annotations

from clspec.components.mistakes import ArgumentError
from clspec.nn.pretrained import cached_file


def judge_cached(argument: str, library: str, file: str) -> None:
    """Raises ArgumentError, which names the file that was looked for, where the library's folder lacks it."""
    try:
        cached_file(library, file)
    except FileNotFoundError as error:
        help = "nothing is downloaded; get the file by the library itself, or give one by weights={...}"
        raise ArgumentError(argument, str(error), "CL212", help) from None
