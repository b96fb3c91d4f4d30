"""What a misspelt word was probably meant to be."""

from __future__ import annotations

import re
from collections.abc import Iterable


def nearest(word: str, choices: Iterable[str]) -> str | None:
    """`did you mean "resnet18"?` for the closest of the choices, None where nothing is close."""
    from difflib import get_close_matches

    found = get_close_matches(word, sorted(set(choices)), n=1, cutoff=0.6)
    return f'did you mean "{found[0]}"?' if found else None


def nearest_networks(word: str, names: Iterable[str]) -> str | None:
    """`did you mean "resnet20_cifar10", "resnet20_cifar100" or "resnet20_svhn"?`: names of networks near a wrong one.

    The one that is as good as the same; else first those that go on where it ends and those that are in it, such as
    `resnet18` in `fcn_resnet18`, then the closest. None where nothing is near.
    """
    from difflib import get_close_matches

    wanted, known = word.lower(), sorted(set(names), key=_natural)
    found = get_close_matches(wanted, known, n=1, cutoff=0.9)
    longer = [name for name in known if name.startswith(f"{wanted}_")]
    if not found or (longer and found[0] != wanted):
        within = [name for name in known if f"_{name}_" in f"_{wanted}_"]
        found = [*dict.fromkeys([*longer, *within, *get_close_matches(wanted, known, n=3, cutoff=0.6)])][:3]
    *first, last = [f'"{name}"' for name in found] or [""]
    return f"did you mean {', '.join(first)}{' or ' if first else ''}{last}?" if last else None


def choices_help(word: str, choices: Iterable[str]) -> str | None:
    """The nearest choice; where nothing is near, the choices themselves."""
    known = sorted(set(choices), key=_natural)
    return nearest(word, known) or (f"one of: {', '.join(known)}" if known else None)


def _natural(word: str) -> list[tuple[int, str]]:
    """A key by which `unit2` comes before `unit10`."""
    return [(int(piece), "") if piece.isdecimal() else (0, piece) for piece in re.split(r"([0-9]+)", word)]
