"""Hypothesis strategies of specs that may be wrong in any way, in either syntax."""

from __future__ import annotations

import re

from hypothesis import strategies as st

from clspec.source import SourceFile
from clspec.syntax.convert import convert

from .valid_specs import argument_names, valid_specs

_WORDS = re.compile(r"\w+|\s+|[^\w\s]")
_STRAY = [
    *"{}[]()=:,;.#\"'$&*!|>-\t\r\x00\ufeffé", "..", "1e999", "none", "head", "until", "model", "${", "${}", "-1", "0",
    "1.5", "99999999999", "12345678901234567890", '"text"', "per_task", "incremental", "nosuch", "x", "body", "from",
    "freeze", "self", "import os", "__class__", "trunk.0", "[:-1]", "experience 3..1", "<=", "\\", "\u2028", "*a", "&a",
]  # fmt: skip


@st.composite
def broken_specs(draw) -> tuple[str, str]:
    """A syntax and the text of a spec in which words were taken out, doubled, swapped and put in."""
    text, syntax = draw(valid_specs()), draw(st.sampled_from(["clspec", "yaml"]))
    if syntax == "yaml":
        text = convert(SourceFile("t", text), "clspec", argument_names)
    words = _WORDS.findall(text)
    for _ in range(draw(st.integers(1, 4))):
        here, there = draw(st.integers(0, len(words) - 1)), draw(st.integers(0, len(words) - 1))
        match draw(st.sampled_from(["take out", "swap", "put in", "replace", "double", "cut"])):
            case "take out":
                words[here] = ""
            case "swap":
                words[here], words[there] = words[there], words[here]
            case "put in":
                words.insert(here, draw(st.sampled_from(_STRAY)))
            case "replace":
                words[here] = draw(st.sampled_from(_STRAY))
            case "double":
                words.insert(here, words[there])
            case _:
                words = words[: max(here, 1)]
    return syntax, "".join(words)
