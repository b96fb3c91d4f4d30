"""The paragraphs of one model, in order."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

from clspec.analyses import Analysis
from clspec.diagrams.text import plain
from clspec.forecast import Forecast
from clspec.prose.costs import what_it_costs
from clspec.prose.parts import what_it_is
from clspec.prose.rules import what_grows, what_stands_still

WIDTH = 100


def explain(analysis: Analysis, forecasts: Mapping[str, Forecast]) -> str:
    """A model in prose; `forecasts` are those of its streams, by name."""
    paragraphs = [
        *what_it_is(analysis), what_grows(analysis), what_stands_still(analysis), what_it_costs(analysis, forecasts)
    ]  # fmt: skip
    return "\n\n".join(map(_wrapped, paragraphs))


def _wrapped(paragraph: str) -> str:
    return textwrap.fill(plain(paragraph), WIDTH, break_long_words=False, break_on_hyphens=False)
