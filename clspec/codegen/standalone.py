"""A generated module that needs nothing of clspec: what it uses is written into it, and no more than that."""

from __future__ import annotations

import ast
import builtins
import copy
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from clspec.codegen.modules import Definition, Library, Module, Origin
from clspec.codegen.python import WIDTH, Namespace
from clspec.codegen.references import PACKAGE, Reference, is_internal
from clspec.version import VERSION

_MODEL = f"{PACKAGE}.<model>"
_ABOUT = f"""What the model uses of clspec {VERSION} (MIT License); the model itself stands last.
What `adaptation` and `post_adaptation` call an experience is any object with these attributes:
    classes_in_this_experience: class ids, such as [2, 3]; None where there are none (regression)
    task_labels: ids of the tasks that it belongs to; [0] where there are no tasks
    current_experience: its number in the stream, from 0 (may be left out)
    classes_by_task: for several tasks, which class belongs to which, as {{task: class ids}} (may be left out)
    dataset: its samples, for the `observe` rules (may be left out)"""
_BUILTINS = frozenset(dir(builtins))


def make_standalone(text: str) -> str:
    """The source of a generated module with all in it that it imports from clspec, which is read, not imported.

    Definitions keep their text, comments and docstrings included; only names that would collide are changed.
    """
    model = Module(_MODEL, text)
    library = Library(model)
    reached = _reach(model, library)
    uses = _names_around(reached)
    modules = library.in_order([*(origin[0] for origin in uses if is_internal(origin[0])), _MODEL])
    definitions = [each for module in modules for each in module.definitions if each in reached]
    namespace = Namespace()
    names = _choose_names(namespace, model, definitions, uses)
    lines = [model.head, "", "from __future__ import annotations", "", *namespace.import_lines(), "", ""]
    lines += _comment(_ABOUT)
    for previous, each in zip([None, *definitions], definitions, strict=False):
        if previous is None or previous.module is not each.module:
            title = "The model" if each.module is model else f"{each.module.name}: {each.module.doc}"
            lines += ["", "", *_comment(f"---- {title}")]
        adjoins = previous is not None and previous.module is each.module and previous.end == each.start
        lines += [_write(each, reached[each], names)] if adjoins else ["", "", _write(each, reached[each], names)]
    return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class _Meaning:
    """What a reference stands for. `whole` where that is `name.attribute`, read through a module of clspec."""

    reference: Reference
    origin: Origin
    whole: bool

    @property
    def end(self) -> int:
        return self.reference.attribute_end if self.whole else self.reference.end


_Reached = Mapping[Definition, list[_Meaning]]


def _reach(model: Module, library: Library) -> _Reached:
    """Every definition that the model needs, however indirectly, with what it refers to."""
    reached: dict[Definition, list[_Meaning]] = {}
    waiting = list(model.definitions)
    while waiting:
        definition = waiting.pop()
        if definition in reached:
            continue
        reached[definition] = list(_meanings(definition, library))
        for module, name in (meaning.origin for meaning in reached[definition]):
            found = library.module(module) if is_internal(module) else None
            waiting += [found.by_name[name]] if found is not None else []
    return reached


def _meanings(definition: Definition, library: Library) -> Iterator[_Meaning]:
    for reference in definition.references:
        home = library.home(*(reference.origin or (definition.module.name, reference.name)))
        if home is not None and is_internal(home[0]) and not home[1]:
            # A module of clspec under a name: what counts is what is read of it.
            home = library.home(home[0], reference.attribute or "")
            if home is None or not home[1]:
                raise ValueError(f"{definition.module.name}: {reference.name} is used as a whole module")
            yield _Meaning(reference, home, whole=True)
        elif home is not None:
            yield _Meaning(reference, home, whole=False)
        elif reference.name in _BUILTINS:
            yield _Meaning(reference, ("builtins", reference.name), whole=False)


def _names_around(reached: _Reached) -> dict[Origin, set[str]]:
    """For all that is used, in a fixed order, the names that would mean something else at one of its places."""
    around: dict[Origin, set[str]] = {}
    for meanings in reached.values():
        for meaning in meanings:
            around.setdefault(meaning.origin, set()).update(meaning.reference.hidden)
    return dict(sorted(around.items()))


def _choose_names(
    namespace: Namespace, model: Module, definitions: list[Definition], uses: Mapping[Origin, set[str]]
) -> dict[Origin, str]:
    """A name for everything: the model's classes keep theirs, imports come next, what is inlined gives way."""
    names = {(_MODEL, name): namespace.claim(name) for each in model.definitions for name in each.names}
    outside = [origin for origin in uses if not is_internal(origin[0]) and origin[0] != "builtins"]
    names |= {origin: namespace.imported(*origin, avoid=uses[origin]) for origin in outside}
    for origin in [(each.module.name, name) for each in definitions for name in each.names]:
        if origin not in names:
            names[origin] = namespace.claim(origin[1], uses.get(origin, ()))
    taken = set(names.values())
    for origin in [origin for origin in uses if origin[0] == "builtins"]:
        names[origin] = namespace.imported(*origin, avoid=uses[origin]) if origin[1] in taken else origin[1]
    return names


def _write(definition: Definition, meanings: list[_Meaning], names: Mapping[Origin, str]) -> str:
    """The text of a definition under the names of its new file."""
    source = definition.module.source
    changes = list(definition.inner_imports)
    inside: dict[ast.JoinedStr, dict[ast.expr, str]] = {}
    for meaning in meanings:
        reference, name = meaning.reference, names[meaning.origin]
        if not meaning.whole and reference.name == name:
            continue
        if reference.joined is None:
            changes.append((reference.start, meaning.end, name))
        else:
            inside.setdefault(reference.joined, {})[reference.nodes[meaning.whole]] = name
    changes += [(*definition.module.place(joined), _renamed(joined, new)) for joined, new in inside.items()]
    text, position = b"", definition.start
    for start, end, replacement in sorted(changes):
        text += source[position:start] + replacement.encode()
        position = end
    return (text + source[position : definition.end]).decode().rstrip("\n")


def _renamed(joined: ast.JoinedStr, names: Mapping[ast.expr, str]) -> str:
    """An f-string with other names in it, written anew: places inside one are not known."""
    # What a copy has already been made of is not copied again: the new names stand in for the old.
    return ast.unparse(copy.deepcopy(joined, {id(node): ast.Name(name) for node, name in names.items()}))


def _comment(text: str) -> list[str]:
    return [f"# {line}".rstrip() for each in text.split("\n") for line in textwrap.wrap(each, WIDTH - 2) or [""]]
