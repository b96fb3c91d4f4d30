"""What a component reads from the shapes that come in, and what to write instead where it cannot."""

from __future__ import annotations

from math import prod

from clspec.components.mistakes import ShapeError
from clspec.ir.shapes import Shape


def spelt(shape: Shape) -> str:
    """A shape in a reader's words: `a map of 3×32×32`, `a sequence of 10×4`, `logits`, `128 token ids`."""
    if shape.kind == "tokens":
        return f"{shape} token ids"
    return {"map": "a map of ", "sequence": "a sequence of "}.get(shape.kind, "") + str(shape)


def no_tokens(shape: Shape, kind: str, reads: str = "numbers") -> Shape:
    """The shape as it is. Raises ShapeError for token ids, which are names, not numbers to calculate with."""
    if shape.kind == "tokens":
        help = 'read them by a network that embeds them: `backbone b = module("package.module:Class")`'
        raise ShapeError(f"{kind} reads {reads}, but gets {spelt(shape)}", help)
    return shape


def flat_width(inputs: tuple[Shape, ...], kind: str) -> int:
    """Width of the flat features that a head reads.

    Raises ShapeError with the hint that helps: a map has to be flattened first, a sequence pooled, logits cannot be
    read.
    """
    return _last(inputs, ("features",), kind, "flat features")


def last_width(inputs: tuple[Shape, ...], kind: str) -> int:
    """Width of features, or of each position of a sequence. Raises ShapeError as `flat_width` does."""
    return _last(inputs, ("features", "sequence"), kind, "flat features or a sequence")


def _last(inputs: tuple[Shape, ...], kinds: tuple[str, ...], kind: str, reads: str) -> int:
    (shape,) = inputs
    no_tokens(shape, kind, reads)
    if shape.kind in kinds and shape.sizes is not None:
        return shape.sizes[-1]
    if shape.kind == "map":
        help = "flatten it first: `[flatten(), ...]`, or `[avg_pool(), flatten()]` for one number a channel"
        raise ShapeError(f"{kind} reads {reads}, but gets {spelt(shape)}", help, "CL302")
    if shape.kind == "sequence":
        raise ShapeError(f"{kind} reads {reads}, but gets {spelt(shape)}", POOL_FIRST, "CL302")
    raise ShapeError(f"{kind} reads {reads}, but gets {spelt(shape)}", "read from the part before the head")


POOL_FIRST = "pool it first: `[avg_pool(), ...]` for the mean over its length; or `[flatten(), ...]`"
"""What to do with a sequence where flat features are wanted."""


def numbers(shape: Shape, kind: str) -> int:
    """How many numbers one sample holds, for a network that flattens its input."""
    no_tokens(shape, kind, "an image, features or a sequence")
    if shape.kind not in ("map", "features", "sequence") or shape.sizes is None:
        raise ShapeError(
            f"{kind} reads an image, features or a sequence, but gets {spelt(shape)}",
            "read from the part before the head",
        )
    return prod(shape.sizes)


def image_sizes(
    inputs: tuple[Shape, ...], kind: str, least: int = 1, *, reads: str = "an image or a map"
) -> tuple[int, int, int]:
    """Channels, height and width of a map. Raises ShapeError for what is none, or is lower or narrower than `least`."""
    (shape,) = inputs
    no_tokens(shape, kind, reads)
    if shape.kind != "map" or shape.sizes is None:
        raise ShapeError(
            f"{kind} reads {reads}, but gets {spelt(shape)}",
            "put it before what flattens, or start from `input image(channels, height, width)`",
        )
    channels, height, width = shape.sizes
    if min(height, width) < least:
        raise ShapeError(f"{kind} cannot take {shape}", f"the least image it can take is {least}×{least}")
    return channels, height, width
