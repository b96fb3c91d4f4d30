"""Wires a model: which part reads which, in what order data flows, and what comes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from clspec.analyses.program import Block, Link, Part, Wiring
from clspec.diagnostics import Diagnostic, Related, choices_help
from clspec.ir.rules import Reference
from clspec.source import Span

READ_UNSAID = ("input", "backbone", "neck")
"""Roles that a node without `from` may read; heads and groups are never read unsaid."""


def wire(model: Block) -> tuple[Wiring, list[Diagnostic]]:
    """The wiring of a model and of everything nested in it."""
    wirer = _Wirer()
    wirer.block(model, {part.name: part.span for part in model.input_parts})
    return Wiring(wirer.sources, wirer.order, wirer.inputs, wirer.outputs), wirer.found


@dataclass
class _Wirer:
    sources: dict[str, tuple[Link, ...]] = field(default_factory=dict[str, tuple[Link, ...]])
    order: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    inputs: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    outputs: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    found: list[Diagnostic] = field(default_factory=list[Diagnostic])

    def block(self, block: Block, inputs: Mapping[str, Span]) -> None:
        """Wires a scope whose forward takes `inputs`."""
        parts = {part.name: part for part in block.parts}
        self.inputs[block.path] = tuple(inputs)
        if not any(part.role != "input" for part in block.parts):
            self.found.append(
                Diagnostic("CL305", f"{block.kind} {block.title} has no part", block.span, "such as `head classifier = incremental()`")
            )
        for position, part in enumerate(block.parts):
            if part.role == "input":
                self._input(block, part)
            else:
                self.sources[part.path] = self._sources(block, part, position, inputs)
        self.order[block.path] = self._ordered(block, parts)
        self.outputs[block.path] = self._outputs(block, parts)
        for part in block.parts:
            if part.block is not None:
                self._inside(part, part.block)

    def _input(self, block: Block, part: Part) -> None:
        self.sources[part.path] = ()
        if part.written_sources:
            self.found.append(Diagnostic("CL303", "an input reads nothing", part.written_sources[0].span, "leave `from` out"))
        if block.kind == "group":
            self.found.append(
                Diagnostic("CL303", "a group has no inputs of its own", part.span, "it reads what its `from` names")
            )

    def _sources(self, block: Block, part: Part, position: int, inputs: Mapping[str, Span]) -> tuple[Link, ...]:
        if part.written_sources:
            links = [self._written(block, reference, inputs) for reference in part.written_sources]
            return self._counted(part, tuple(link for link in links if link is not None))
        above = [other for other in block.parts[:position] if other.role in READ_UNSAID]
        if above:
            return self._counted(part, (Link(above[-1].name, above[-1].span),))
        if block.kind == "group" and inputs:
            return self._counted(part, tuple(Link(name, span) for name, span in inputs.items()))
        if not part.broken:
            self.found.append(
                Diagnostic("CL305", f'"{part.name}" has nothing to read', part.span, "put an input above it, such as `input image(1, 28, 28)`")
            )
        return ()

    def _written(self, block: Block, reference: Reference, inputs: Mapping[str, Span]) -> Link | None:
        first, known = reference.parts[0].text, {part.name for part in block.parts} | set(inputs)
        if reference.slices:
            self.found.append(Diagnostic("CL901", "a slice as a source is not yet supported", reference.span))
        elif first not in known:
            self.found.append(
                Diagnostic("CL101", f'unknown name "{first}"', reference.parts[0].span, choices_help(first, known))
            )
        elif len(reference.parts) > 1:
            self.found.append(Diagnostic("CL901", f"a tap into {first} is not yet supported", reference.span, f"read {first} itself"))
        else:
            return Link(first, reference.span)
        return None

    def _counted(self, part: Part, links: tuple[Link, ...]) -> tuple[Link, ...]:
        """Checks that a part gets as many sources as it reads."""
        if part.broken or part.role == "group":
            return links
        takes = 1 if part.block is None else len(part.block.input_parts)
        if len(links) != takes and len(links) == max(len(part.written_sources), 1):
            names = ", ".join(link.name for link in links)
            self.found.append(
                Diagnostic(
                    "CL303", f'"{part.name}" reads {takes} source{"s" if takes != 1 else ""}, but gets {len(links)}: {names}',
                    part.places[0], f"name {'it' if takes == 1 else 'them'}: `from ...`",
                )
            )  # fmt: skip
            return ()
        if len(links) > takes:
            self.found.append(
                Diagnostic(
                    "CL303", f'"{part.name}" reads one source, but its group has {len(links)}', part.span,
                    f"say which: `from {links[-1].name}`",
                )
            )  # fmt: skip
            return ()
        return links

    def _ordered(self, block: Block, parts: Mapping[str, Part]) -> tuple[str, ...]:
        """Names in data-flow order, in the text's order where the flow leaves a choice. Reports cycles."""
        waiting = {
            name: {link.name for link in self.sources[part.path] if link.name in parts} for name, part in parts.items()
        }
        order: list[str] = []
        while waiting:
            ready = next((name for name, needs in waiting.items() if not needs), None)
            if ready is None:
                self._cycle(parts, waiting)
                return (*order, *waiting)
            order.append(ready)
            del waiting[ready]
            for needs in waiting.values():
                needs.discard(ready)
        return tuple(order)

    def _cycle(self, parts: Mapping[str, Part], waiting: Mapping[str, set[str]]) -> None:
        """Reports one ring of parts at its first node in the text; the others are related places."""
        chain = [next(iter(waiting))]
        while chain[-1] not in chain[:-1]:
            chain.append(min(waiting[chain[-1]], key=list(parts).index))
        ring = chain[chain.index(chain[-1]) : -1]
        first = min(range(len(ring)), key=lambda i: list(parts).index(ring[i]))
        ring = ring[first:] + ring[:first]
        # The walk went from reader to source; data flows the other way.
        flow = [ring[0], *reversed(ring[1:]), ring[0]]
        others = sorted(ring[1:], key=list(parts).index)
        self.found.append(
            Diagnostic(
                "CL104", f"a cycle: {' → '.join(flow)}", parts[ring[0]].span, "data can only flow one way",
                tuple(Related("part of the cycle", parts[name].span) for name in others),
            )
        )  # fmt: skip

    def _outputs(self, block: Block, parts: Mapping[str, Part]) -> tuple[str, ...]:
        """What the block gives: what its `output` names, else every part that nothing reads."""
        for output in block.outputs:
            if output.mode is not None:
                self.found.append(Diagnostic("CL901", f"`output` in {output.mode} mode is not yet supported", output.span))
        written = [reference for output in block.outputs for reference in output.names]
        if not written:
            read = {link.name for part in block.parts for link in self.sources[part.path]}
            return tuple(part.name for part in block.parts if part.role != "input" and part.name not in read)
        names: list[str] = []
        for reference in written:
            name = reference.parts[0].text
            part = parts.get(name)
            if part is None or part.role == "input":
                known = [other.name for other in block.parts if other.role != "input"]
                self.found.append(Diagnostic("CL113", f'"{name}" cannot be an output', reference.span, choices_help(name, known)))
            elif len(reference.parts) > 1 or reference.slices:
                self.found.append(Diagnostic("CL901", "an output inside a part is not yet supported", reference.span))
            elif name not in names:
                names.append(name)
        return tuple(names)

    def _inside(self, part: Part, block: Block) -> None:
        links = self.sources[part.path]
        if block.kind == "model":
            self.block(block, {inner.name: inner.span for inner in block.input_parts})
            return
        inputs: dict[str, Span] = {}
        for link in links:
            if link.name in inputs:
                self.found.append(Diagnostic("CL102", f'"{link.name}" is a source twice', link.span))
            inputs[link.name] = link.span
        for inner in block.parts:
            if inner.name in inputs:
                self.found.append(
                    Diagnostic(
                        "CL102", f'the name "{inner.name}" is used twice', inner.span, "inside a group its sources have names too",
                        (Related("first here", inputs[inner.name]),),
                    )
                )  # fmt: skip
        self.block(block, inputs)


def readers(names: Sequence[str], block: Block, wiring: Wiring) -> set[str]:
    """The names of a block's parts that `names` need, themselves included."""
    needed: set[str] = set()
    pending = list(names)
    while pending:
        name = pending.pop()
        part = block.part(name)
        if part is None or name in needed:
            continue
        needed.add(name)
        pending += [link.name for link in wiring.sources[part.path]]
    return needed
