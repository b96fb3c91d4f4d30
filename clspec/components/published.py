"""Whether the weights that a backbone asks for lie on this machine."""

from __future__ import annotations

from clspec.components.mistakes import ArgumentError


def judge_cached(argument: str, library: str, file: str) -> None:
    """Raises ArgumentError, which names the file that was looked for, where the library's folder lacks it."""
    from clspec.probe import missing_weights

    message = missing_weights(library, file)
    if message is not None:
        help = "nothing is downloaded; get the file by the library itself, or give one by weights={...}"
        raise ArgumentError(argument, message, "CL212", help)
