"""Wires a model: which part reads which, in what order data flows, and what comes out."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Literal

from clspec.analyses.program import Block, Link, Part, Wiring
from clspec.diagnostics import Diagnostic, Findings, Related, choices_help, nearest
from clspec.ir.rules import Reference
from clspec.ir.spec import Output
from clspec.source import Span

READ_UNSAID = ("input", "backbone", "neck")
"""Roles that a node without `from` may read; heads and groups are never read unsaid."""


def wire(model: Block) -> tuple[Wiring, list[Diagnostic]]:
    """The wiring of a model and of everything nested in it."""
    wirer = _Wirer()
    wirer.block(model, {part.name: part.span for part in model.input_parts})
    return Wiring(wirer.sources, wirer.order, wirer.inputs, wirer.outputs, wirer.by_mode), wirer.found


@dataclass
class _Wirer:
    sources: dict[str, tuple[Link, ...]] = field(default_factory=dict[str, tuple[Link, ...]])
    order: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    inputs: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    outputs: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    by_mode: dict[str, Mapping[Literal["train", "eval"], tuple[str, ...]]] = field(
        default_factory=dict[str, "Mapping[Literal['train', 'eval'], tuple[str, ...]]"]
    )
    found: Findings = field(default_factory=Findings)
    around: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    """The names outside of each group, which it could read and does not."""
    lacking: set[str] = field(default_factory=set[str])
    """Groups of which a source could not be made out: what they lack was told."""

    def block(self, block: Block, inputs: Mapping[str, Span]) -> None:
        """Wires a scope whose forward takes `inputs`."""
        parts = {part.name: part for part in block.parts}
        self.inputs[block.path] = tuple(inputs)
        if not any(part.role != "input" for part in block.parts):
            help = "such as `head classifier = incremental()`"
            self.found.report("CL305", f"{block.kind} {block.title} has no part", block.span, help)
        above: Part | None = None
        for part in block.parts:
            if part.role == "input":
                self._input(block, part)
            else:
                self.sources[part.path] = self._sources(block, part, above, inputs)
            above = part if part.role in READ_UNSAID else above
        shadowed = set(inputs) if block.kind == "group" else set[str]()
        self.order[block.path] = self._ordered(parts, shadowed)
        self.outputs[block.path] = self._outputs(block, parts)
        for part in block.parts:
            if part.block is not None:
                if part.block.kind == "group":
                    self.around[part.block.path] = {*parts, *inputs} - {part.name}
                self._inside(part, part.block)

    def _input(self, block: Block, part: Part) -> None:
        self.sources[part.path] = ()
        if part.written_sources:
            self.found.report("CL303", "an input reads nothing", part.written_sources[0].span, "leave `from` out")
        if block.kind == "group":
            help = "it reads what its `from` names"
            self.found.report("CL303", "a group has no inputs of its own", part.span, help)

    def _sources(self, block: Block, part: Part, above: Part | None, inputs: Mapping[str, Span]) -> tuple[Link, ...]:
        """What a part reads; `above` is the nearest part above it that may be read unsaid."""
        if part.written_sources:
            links = [self._written(block, part, reference, inputs) for reference in part.written_sources]
            return self._counted(part, tuple(link for link in links if link is not None))
        if above is not None:
            return self._counted(part, (Link(above.name, above.span),))
        if block.kind == "group" and inputs:
            return self._counted(part, tuple(Link(name, span) for name, span in inputs.items()))
        if not part.broken and block.path not in self.lacking:
            help = "put an input above it, such as `input image(1, 28, 28)`"
            self.found.report("CL305", f'"{part.name}" has nothing to read', part.span, help)
        return ()

    def _written(self, block: Block, part: Part, reference: Reference, inputs: Mapping[str, Span]) -> Link | None:
        first = reference.parts[0].text
        if reference.slices:
            help = f"read {reference.path} as a whole"
            self.found.report("CL303", "slices are for rules: a source is a whole part", reference.span, help)
        elif reference.path in inputs:
            return Link(reference.path, reference.span)
        elif block.part(first) is None and first not in inputs:
            self._unknown(block, part, reference, inputs)
        elif len(reference.parts) == 1:
            return Link(first, reference.span)
        elif first in inputs and block.kind == "group":
            help = f"let the group read it: `group {block.title} from {reference.path}`"
            self.found.report("CL303", f'"{reference.path}" lies outside of the group', reference.span, help)
        else:
            return self._tap(block, reference)
        return None

    def _unknown(self, block: Block, part: Part, reference: Reference, inputs: Mapping[str, Span]) -> None:
        first, outside = reference.parts[0].text, self.around.get(block.path, set[str]())
        if first in outside:
            if block.path not in self.lacking:
                sources = ", ".join([*inputs, reference.path])
                message, help = f'"{first}" lies outside of the group', f"`group {block.title} from {sources}`"
                self.found.report("CL101", message, reference.parts[0].span, f"let the group read it: {help}")
            return
        known = {other.name: other.role for other in block.parts if other is not part} | dict.fromkeys(inputs, "input")
        fitting = [name for name, role in known.items() if role != "head"]
        help = nearest(first, known) or choices_help(first, fitting)
        self.found.report("CL101", f'unknown name "{first}"', reference.parts[0].span, help)

    def _tap(self, block: Block, reference: Reference) -> Link | None:
        name, _, path = reference.path.partition(".")
        part = block.part(name)
        if part is None or part.broken or part.role == "backbone":
            return Link(name, reference.span, path)
        article = "an" if part.role == "input" else "a"
        message = f'"{name}" is {article} {part.role}: only the inside of a backbone can be read'
        help = f"read {name} itself" if part.block is None else f"write `backbone {name} = ...`, or read {name} itself"
        self.found.report("CL303", message, reference.span, help)
        return None

    def _counted(self, part: Part, links: tuple[Link, ...]) -> tuple[Link, ...]:
        """Checks that a part gets as many sources as it reads."""
        if part.broken or part.role == "group":
            return links
        if part.component is not None and part.component.merges:
            return self._merged(part, links)
        takes = 1 if part.block is None else len(part.block.input_parts)
        if len(links) != takes and len(links) == max(len(part.written_sources), 1):
            names = ", ".join(link.label for link in links)
            wanted, name_them = ("1 source", "name it") if takes == 1 else (f"{takes} sources", "name them")
            message = f'"{part.name}" reads {wanted}, but gets {len(links)}: {names}'
            help = f"{name_them}: `from ...`" if len(links) < takes or takes > 1 else "merge them first: `concat()`"
            self.found.report("CL303", message, part.places[0], help)
            return ()
        if len(links) > takes:
            message = f'"{part.name}" reads one source, but its group has {len(links)}'
            help = f"say which: `from {links[-1].label}`, or merge them first: `concat()`"
            self.found.report("CL303", message, part.span, help)
            return ()
        return links

    def _merged(self, part: Part, links: tuple[Link, ...]) -> tuple[Link, ...]:
        """Checks that a merge has something to merge."""
        if len(links) == 1 and len(part.written_sources) < 2:
            message = f'"{part.name}" merges several sources, but gets 1: {links[0].label}'
            self.found.report("CL303", message, part.places[0], f"name them: `from {links[0].label}, ...`")
            return ()
        return links

    def _ordered(self, parts: Mapping[str, Part], shadowed: Set[str]) -> tuple[str, ...]:
        """Names in data-flow order, in the text's order where the flow leaves a choice. Reports cycles.

        A name that is also a source of the group means that source, so it makes no part wait.
        """
        waiting = {
            name: {link.name for link in self.sources[part.path] if link.name in parts} - shadowed
            for name, part in parts.items()
        }
        readers: dict[str, list[str]] = {name: [] for name in parts}
        for name, needs in waiting.items():
            for needed in needs:
                readers[needed].append(name)
        names = list(parts)
        place = {name: position for position, name in enumerate(names)}
        ready = [place[name] for name, needs in waiting.items() if not needs]
        order: list[str] = []
        while waiting:
            done = [names[heappop(ready)]] if ready else self._cycle(parts, waiting)
            order += done
            for name in done:
                del waiting[name]
            for name in done:
                for reader in readers[name]:
                    if reader in waiting:
                        waiting[reader].discard(name)
                        if not waiting[reader]:
                            heappush(ready, place[reader])
        return tuple(order)

    def _cycle(self, parts: Mapping[str, Part], waiting: Mapping[str, set[str]]) -> list[str]:
        """Reports one ring of parts at its first node in the text; the others are related places. Returns the ring."""
        place = {name: number for number, name in enumerate(parts)}.__getitem__
        chain = [next(iter(waiting))]
        while chain[-1] not in chain[:-1]:
            chain.append(min(waiting[chain[-1]], key=place))
        ring = chain[chain.index(chain[-1]) : -1]
        start = ring.index(min(ring, key=place))
        # The walk went from reader to source; data flows the other way.
        first, *others = [ring[start], *reversed(ring[:start]), *reversed(ring[start + 1 :])]
        self.found.report(
            "CL104",
            f"a cycle: {' → '.join([first, *others, first])}",
            parts[first].span,
            "data can only flow one way",
            *(Related("part of the cycle", parts[name].span) for name in sorted(others, key=place)),
        )
        return ring

    def _outputs(self, block: Block, parts: Mapping[str, Part]) -> tuple[str, ...]:
        """What the block gives: what its `output` names, else every part that nothing reads."""
        read = {link.name for part in block.parts for link in self.sources[part.path]}
        unread = tuple(part.name for part in block.parts if part.role != "input" and part.name not in read)
        if not any(output.names for output in block.outputs):
            return unread
        always: list[str] = []
        modes: dict[Literal["train", "eval"], list[str]] = {}
        for output in block.outputs:
            self._once(output)
            names = [name for each in output.names if (name := self._output(block, parts, each)) is not None]
            if output.mode is None:
                always += names
            else:
                modes.setdefault(output.mode, []).extend(names)
        if modes:
            # A mode that no statement names gives what the model would give without any.
            by_mode: dict[Literal["train", "eval"], tuple[str, ...]] = {
                mode: tuple(dict.fromkeys([*always, *modes.get(mode, [])])) or unread for mode in ("train", "eval")
            }
            self.by_mode[block.path] = by_mode
            return tuple(dict.fromkeys([*by_mode["train"], *by_mode["eval"]]))
        return tuple(dict.fromkeys(always))

    def _output(self, block: Block, parts: Mapping[str, Part], reference: Reference) -> str | None:
        """The part that an output names; None where it cannot be one."""
        name = reference.parts[0].text
        part = parts.get(name)
        if part is None or part.role == "input":
            known = [other.name for other in block.parts if other.role != "input"]
            self.found.report("CL113", f'"{name}" cannot be an output', reference.span, choices_help(name, known))
        elif len(reference.parts) > 1 or reference.slices:
            help = f"write `output {name}`; what {name} gives is said by its own `output`"
            self.found.report(
                "CL113", f'"{reference}" cannot be an output: it is not a whole part', reference.span, help
            )
        else:
            return name
        return None

    def _once(self, output: Output) -> None:
        """Reports names that an output (all statements of one mode together) gives twice."""
        seen: dict[str, Span] = {}
        for reference in output.names:
            name = str(reference)
            if name in seen:
                first = Related("first here", seen[name])
                self.found.report("CL102", f'"{name}" is an output twice', reference.span, "name it once", first)
            seen.setdefault(name, reference.span)

    def _inside(self, part: Part, block: Block) -> None:
        links = self.sources[part.path]
        if block.kind == "model":
            self.block(block, {inner.name: inner.span for inner in block.input_parts})
            return
        if len(links) < len(part.written_sources):
            self.lacking.add(block.path)
        inputs: dict[str, Span] = {}
        for link in links:
            if link.label in inputs:
                first = Related("first here", inputs[link.label])
                self.found.report("CL102", f'"{link.label}" is a source twice', link.span, "name it once", first)
            inputs[link.label] = link.span
        for inner in block.parts:
            if inner.name in inputs:
                message, first = f'the name "{inner.name}" is used twice', Related("first here", inputs[inner.name])
                self.found.report("CL102", message, inner.span, "inside a group its sources have names too", first)
        self.block(block, inputs)
