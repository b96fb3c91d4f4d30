"""Small words that every paragraph needs."""

from __future__ import annotations

from collections.abc import Sequence

from clspec.ir.shapes import Shape


def listed(words: Sequence[str], most: int = 6) -> str:
    """`a`, `a and b`, `a, b and c`; long lists end in how many more there are."""
    if len(words) > most:
        rest = len(words) - most + 1
        return f"{', '.join(words[: most - 1])} and {rest} more"
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def counted(number: int, noun: str, many: str | None = None) -> str:
    """`1 class`, `10 classes`."""
    return f"{number:,} {noun if number == 1 else many or f'{noun}s'}"


def sized(shape: Shape) -> str:
    """What one sample is: `64 features`, `a map of 32×16×16`."""
    match shape.kind:
        case "features":
            return counted(shape.sizes[0], "feature") if shape.sizes else "features"
        case "map":
            return f"a map of {shape}"
        case "sequence":
            return f"a sequence of {shape}"
        case "tokens":
            return counted(shape.sizes[0], "token") if shape.sizes else "tokens"
        case _:
            return "logits"


def sentence(words: str) -> str:
    """The words with a capital letter and a full stop; names of parts keep their own spelling inside."""
    return f"{words[:1].upper()}{words[1:]}."
