"""A comparison in words: signs as in a diff, the parts as a reader of the spec calls them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from clspec.comparison.changes import Comparison, Entry, PartChange, Sign
from clspec.comparison.facts import Fact

SIGNS: Mapping[Sign, str] = {"added": "+", "removed": "-", "changed": "~", "moved": "→"}


def comparison_text(comparison: Comparison) -> str:
    """The whole as lines, sections apart."""
    at = "" if comparison.experience is None else f", at experience {comparison.experience}"
    title = f"{comparison.model}, {comparison.old} → {comparison.new}{at}"
    if comparison.same:
        return f"{title}: nothing changed"
    blocks = [
        [title],
        [str(fact) for fact in comparison.facts],
        [line for part in comparison.parts for line in _part(part, "")],
        *(_section(heading, entries) for heading, entries in comparison.sections.items()),
        [str(fact) for fact in comparison.numbers],
    ]
    return "\n\n".join("\n".join(lines) for lines in blocks if lines)


def _part(change: PartChange, indent: str) -> Iterator[str]:
    """`+ head b (incremental per task, from proj)`, and below it what changed of it, and inside."""
    said = [change.what, f"from {', '.join(change.sources)}" if change.sources else ""]
    said = [words for words in said if words] if change.sign != "changed" else []
    was = [f"was {change.was}"] if change.was else []
    about = ", ".join([*was, *said])
    yield f"{indent}{SIGNS[change.sign]} {change.role} {change.path}" + (f" ({about})" if about else "")
    yield from (f"{indent}    {fact}" for fact in change.facts)
    for each in change.inside:
        yield from _part(each, f"{indent}  ")


def _section(heading: str, entries: Sequence[Entry]) -> list[str]:
    return [heading, *(f"  {entry_line(entry)}" for entry in entries)] if entries else []


def entry_line(entry: Entry, kind: str = "") -> str:
    """`+ when new_task: branch b, its own rule`; `kind` says what it is where no heading does."""
    return f"{SIGNS[entry.sign]} {kind}{entry.words}{_facts(entry.facts)}"


def _facts(facts: Sequence[Fact]) -> str:
    return f": {', '.join(map(str, facts))}" if facts else ""
