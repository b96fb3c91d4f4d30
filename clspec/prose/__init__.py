"""A model in prose: what it is, what grows when, what stands still, what it costs at the end of its stream."""

from __future__ import annotations

from clspec.prose.explaining import explain

__all__ = ["explain"]
