"""What becomes of every key of a state dict of OLD in a model of NEW."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from clspec.analyses import Analysis
from clspec.comparison.inside import renamed
from clspec.comparison.keys import Holder, holders
from clspec.comparison.matching import Matching
from clspec.comparison.strictness import Loss
from clspec.ir.tensors import Sizes, Tensor, Tensors

Fate = Literal["stays", "grows", "moves", "lost", "new"]
_LOSSES: dict[Fate, Loss] = {"lost": "key lost", "moves": "key moved", "new": "key new"}
WHOLE = "*"
"""Stands for all keys of a part that is built alike in both models: torch need not tell them."""


@dataclass(frozen=True)
class Key:
    """A key of OLD and what becomes of it: its place in NEW is `into`; or, of fate `new`, a key that only NEW has.

    `grows` is a key that stays and that a model grows to as many of as were saved. Of what is lost `into` is the place
    that would be its own and has another size, "" where there is none. A `*` stands for numbers of generations, members
    or columns, and at the end for all that is in a part. `holder` is the part that it is of.
    """

    fate: Fate
    key: str
    sizes: Sizes | None
    into: str
    into_sizes: Sizes | None
    holder: str

    @property
    def loss(self) -> Loss | None:
        return _LOSSES.get(self.fate)

    def to_dict(self) -> dict[str, Any]:
        sizes, into = (None if each is None else list(each) for each in (self.sizes, self.into_sizes))
        told = {"fate": self.fate, "key": self.key, "sizes": sizes, "into": self.into, "into_sizes": into}
        return {**told, "loss": self.loss}


def fates(old: Analysis, new: Analysis, matching: Matching) -> tuple[Key, ...]:
    """Every key of OLD by its parts, with those that a part has only in NEW; at the end the parts that only NEW has."""
    before, after = holders(old), holders(new)
    kept = {path: into for path in before if (into := matching.moved(path)) in after}
    pairs = [(holder, after.get(kept.get(path, path))) for path, holder in before.items()]
    alone = [holder for path, holder in after.items() if path not in kept.values()]
    return (*(key for pair in pairs for key in _fates(*pair)), *(key for holder in alone for key in _fresh(holder)))


def _fates(old: Holder, new: Holder | None) -> Iterator[Key]:
    if old.known is None and (new is None or (new.known is None and old.construct == new.construct)):
        into = "" if new is None else _full(new, WHOLE)
        fate = "lost" if new is None else _kept(_full(old, WHOLE), into)
        yield Key(fate, _full(old, WHOLE), None, into, None, old.path)
        return
    before, after = old.tensors(), () if new is None else new.tensors()
    there = {tensor.name: tensor for tensor in after}
    places = _places(old, new, before, after)
    for tensor in before:
        key, into = _full(old, tensor.name), there.get(places.get(tensor.name, ""))
        if new is None or into is None:
            yield Key("lost", key, tensor.sizes, "", None, old.path)
            continue
        full = _full(new, into.name)
        fate = _kept(key, full) if into.sizes == tensor.sizes else "lost"
        yield Key(fate, key, tensor.sizes, full, into.sizes, old.path)
    if new is not None:
        taken = set(places.values())
        yield from (_new(new, tensor) for tensor in after if tensor.name not in taken)


def _places(old: Holder, new: Holder | None, before: Tensors, after: Tensors) -> Mapping[str, str]:
    if new is None or old.component is None or new.component is None:
        return {tensor.name: tensor.name for tensor in before}
    return renamed(old.component, new.component, before, after)


def _kept(key: str, into: str) -> Fate:
    """The fate of a key whose tensor has a place of its own size."""
    if key != into:
        return "moves"
    return "grows" if WHOLE in key.split(".")[:-1] else "stays"


def _fresh(holder: Holder) -> Iterator[Key]:
    if holder.known is None:
        yield Key("new", _full(holder, WHOLE), None, "", None, holder.path)
    else:
        yield from (_new(holder, tensor) for tensor in holder.known)


def _new(holder: Holder, tensor: Tensor) -> Key:
    return Key("new", _full(holder, tensor.name), tensor.sizes, "", None, holder.path)


def _full(holder: Holder, name: str) -> str:
    return f"{holder.path}.{name}".lstrip(".")
