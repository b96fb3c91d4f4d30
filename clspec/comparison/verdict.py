"""A judgement in words: a row for each key, answer and input, those of one part and one fate together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from clspec.comparison.state import Key
from clspec.comparison.strictness import SETS, Loss
from clspec.ir.tensors import Sizes

if TYPE_CHECKING:
    from clspec.comparison.judgement import Judgement

MOST = 4
"""As many keys of one part and one fate stand by themselves."""


class Row(NamedTuple):
    """One line: what it is of, what becomes of it, and which, in words."""

    subject: str
    fate: str
    words: str
    loss: Loss | None


def judgement_text(judgement: Judgement) -> str:
    """The verdict, then all rows by what they are of; a `!` before those that count as losses."""
    counted = SETS[judgement.strictness]
    blocks = [[verdict_line(judgement)]]
    for subject, some in groupby(rows_of(judgement), key=lambda row: row.subject):
        rows = list(some)
        wide = max(len(row.fate) for row in rows)
        marked = [("!" if row.loss in counted else " ", row) for row in rows]
        blocks.append([f"{subject}s", *(f"{mark} {row.fate:<{wide}}  {row.words}" for mark, row in marked)])
    return "\n\n".join("\n".join(lines) for lines in blocks)


def verdict_line(judgement: Judgement) -> str:
    """`Net, old.clspec → new.clspec: 2 losses by "weights"`."""
    number = len(judgement.losses)
    count = "nothing is lost" if not number else f"{number} {'loss' if number == 1 else 'losses'}"
    return f'{judgement.model}, {judgement.old} → {judgement.new}: {count} by "{judgement.strictness}"'


def loss_lines(judgement: Judgement) -> list[str]:
    """The rows that count as losses."""
    lost = SETS[judgement.strictness]
    return [f"{row.subject} {row.fate}: {row.words}" for row in rows_of(judgement) if row.loss in lost]


def rows_of(judgement: Judgement) -> Iterator[Row]:
    """Keys first, then answers, inputs and rules."""
    for _, keys in groupby(judgement.keys, key=lambda key: key.holder):
        yield from _rows(list(keys))
    for each in judgement.meaning:
        facts = ", ".join(map(str, each.facts))
        yield Row(each.subject, each.fate, f"{each.name}{facts and ': '}{facts}", each.loss)


def _rows(keys: Sequence[Key]) -> Iterator[Row]:
    """The keys of one part; what becomes of all of them together is one row."""
    fates, holder = list(dict.fromkeys(key.fate for key in keys)), keys[0].holder
    into = _moved_to(keys)
    if len(keys) > 1 and set(fates) <= {"stays", "grows"}:
        yield Row("key", "grows" if "grows" in fates else "stays", f"{holder}.*", None)
    elif len(keys) > 1 and into:
        yield Row("key", "moves", f"{holder}.* → {into}.*", keys[0].loss)
    elif len(keys) > MOST and len(fates) == 1:
        yield Row("key", fates[0], f"{holder}.*, {len(keys)} keys", keys[0].loss)
    else:
        for fate in fates:
            some = [key for key in keys if key.fate == fate]
            yield from (Row("key", fate, _words(key), key.loss) for key in some[:MOST])
            if len(some) > MOST:
                yield Row("key", fate, f"{len(some) - MOST} more of {holder}.*", some[0].loss)


def _moved_to(keys: Sequence[Key]) -> str | None:
    """Where a part moved to, with all its keys; None where they did not move so."""

    def lead(key: Key) -> str | None:
        end = key.key.removeprefix(key.holder)
        return key.into.removesuffix(end) if key.fate == "moves" and key.into.endswith(end) else None

    leads = {lead(key) for key in keys}
    return leads.pop() if len(leads) == 1 else None


def _words(key: Key) -> str:
    if key.fate == "moves":
        return f"{key.key} → {key.into}"
    there = ""
    if key.fate == "lost" and key.into:
        at = "" if key.into == key.key else f" at {key.into}"
        there = f", in NEW {spell_sizes(key.into_sizes)}{at}"
    return f"{key.key} {spell_sizes(key.sizes)}".rstrip() + there


def spell_sizes(sizes: Sizes | None) -> str:
    """`(rows, 64)`; nothing where they are not known."""
    return "" if sizes is None else f"({', '.join(map(str, sizes))})"
