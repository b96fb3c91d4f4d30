"""A model over a stream: the states that a view can show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clspec.diagrams.scene import Frame
from clspec.growth import Snapshot


@dataclass(frozen=True)
class Moments:
    """`born` is the model's state before the first experience, `frames` are the experiences.

    `why` tells a reader why there are none.
    """

    born: Snapshot
    frames: Sequence[Frame] = ()
    why: str = ""

    def until(self, at: int | None) -> tuple[Snapshot, Sequence[Frame]]:
        """The state at an experience, or at birth, and the experiences after it. Raises ValueError."""
        if at is None:
            return self.born, self.frames
        if not 0 <= at < len(self.frames):
            raise ValueError(f"experience {at} is not in the stream, which has {len(self.frames)}")
        return self.frames[at].states, self.frames[at + 1 :]
