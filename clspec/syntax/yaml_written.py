"""YAML nodes as the entries that are written, for comments and for `fmt` of a text with anchors."""

from __future__ import annotations

from collections.abc import Sequence

from clspec.source import SourceFile
from clspec.syntax.written import Written
from clspec.syntax.yaml_layout import Tree, YamlEntry, YamlTree
from clspec.syntax.yaml_nodes import Fields, Items, Scalar, YamlNode, compose, place_of
from clspec.syntax.yaml_words import scalar


def as_written(source: SourceFile) -> tuple[Written, Tree]:
    """The entries of a text that is known to be a spec in YAML, and the tree that prints them as they stand.

    In the tree keys keep their order and aliases stay: an alias has to come after its anchor.
    """
    root, _, _ = compose(source)
    if not isinstance(root, Fields):
        raise TypeError("a spec in YAML is a mapping")
    tree, entries = _value(root)
    whole = Written(None, -1, root.span, entries, root.flow)
    return whole, tree if isinstance(tree, Tree) else Tree((), mapping=True)


def _value(node: YamlNode) -> tuple[YamlTree, tuple[Written, ...]]:
    if node.alias is not None:
        return node.alias.text, ()
    anchor = f"&{node.anchor}" if node.anchor else ""
    if isinstance(node, Scalar):
        return f"{anchor} {_word(node)}".strip(), ()
    children: Sequence[tuple[Scalar | None, YamlNode]] = (
        [(None, each) for each in node.nodes] if isinstance(node, Items) else node.pairs
    )
    entries = [_entry(key, each) for key, each in children]
    tree = Tree(tuple(entries), mapping=isinstance(node, Fields), block=not node.flow, anchor=anchor)
    return tree, tuple(entry.unit for entry in entries if isinstance(entry.unit, Written))


def _entry(key: Scalar | None, node: YamlNode) -> YamlEntry:
    value, entries = _value(node)
    place, flow = place_of(node), not isinstance(node, Scalar) and node.flow
    if key is None:
        return YamlEntry(None, value, Written(None, place.start, place, entries, flow))
    at = place_of(key)
    return YamlEntry(_key(key), value, Written(key.text, at.end, at.to(place), entries, flow))


def _key(key: Scalar) -> str:
    word, _ = _value(key)
    # The name of an alias could go on with the colon.
    return f"{word} " if key.alias is not None else str(word)


def _word(node: Scalar) -> str:
    """A scalar with the meaning that it has, spelled as it was where that is one plain line."""
    if node.tag not in (None, "str"):
        return f"!!{node.tag} " + (node.text or '""')
    plain = node.plain and node.tag is None and "\n" not in node.text
    return node.text if plain else scalar(node.text)
