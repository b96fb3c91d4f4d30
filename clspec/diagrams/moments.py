"""A model over a stream: the states that a view can show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clspec.diagrams.scene import Frame
from clspec.growth import Snapshot


class NoExperienceError(ValueError):
    """The stream has no such experience; `choices` say which there are."""

    def __init__(self, at: int, frames: Sequence[Frame]) -> None:
        self.choices = f"0 to {len(frames) - 1}" if frames else "none"
        super().__init__(f"experience {at} is not in the stream, which has {len(frames)}: {self.choices}")


@dataclass(frozen=True)
class Moments:
    """`born` is the model's state before the first experience, `frames` are the experiences.

    `why` tells a reader why there are none.
    """

    born: Snapshot
    frames: Sequence[Frame] = ()
    why: str = ""

    def until(self, at: int | None) -> tuple[Snapshot, Sequence[Frame]]:
        """The state at an experience, or at birth, and the experiences after it."""
        if at is None:
            return self.born, self.frames
        if not 0 <= at < len(self.frames):
            raise NoExperienceError(at, self.frames)
        return self.frames[at].states, self.frames[at + 1 :]
