"""What a shell offers for a word that is being typed: names out of the spec that the line is about, kinds, networks.

A spec that cannot be read offers nothing: completing a word is no time to complain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from clspec.ir.spec import Group, Model, Node, Spec


def models(context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    return _begun(begun, (model.name.text for spec in _specs(context) for model in spec.models))


def streams(context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    return _begun(begun, (stream.name.text for spec in _specs(context) for stream in spec.streams))


def settings(context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    """`width=`: the parameters of the model that is chosen, else of any."""
    names = (each.name.text for model in _models(context) for each in model.parameters)
    return _begun(begun, (f"{name}=" for name in names))


def parts(context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    return _begun(begun, (path for model in _models(context) for path in _paths(model.body, "")))


def kinds(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    from clspec.components import registry

    return _begun(begun, (*(kind for kind in registry() if kind.isidentifier()), "split"))


def networks(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    from clspec.catalogue import pytorchcv_catalogue

    return _begun(begun, pytorchcv_catalogue().names)


def specs_and_codes(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """The codes of findings once one is begun, else what the shell itself lists: files."""
    from click.shell_completion import CompletionItem

    from clspec.diagnostics import CODES

    codes = [CompletionItem(code, help=about) for code, about in CODES.items() if begun and code.startswith(begun)]
    return codes or [CompletionItem(begun, type="file")]


def _begun(begun: str, names: Iterable[str]) -> list[str]:
    return [name for name in dict.fromkeys(names) if name.startswith(begun)]


def _models(context: click.Context) -> Iterator[Model]:
    chosen = context.params.get("model")
    for spec in _specs(context):
        yield from (model for model in spec.models if chosen in (None, model.name.text))


def _paths(body: Iterable[Node | Group], above: str) -> Iterator[str]:
    """The parts of a body, those of its groups included."""
    from clspec.ir.spec import Group

    for part in body:
        yield above + part.name.text
        if isinstance(part, Group):
            yield from _paths(part.body, f"{above}{part.name.text}.")


def _specs(context: click.Context) -> Iterator[Spec]:
    """What the files that are named so far say."""
    from clspec.diagnostics import SpecError
    from clspec.reading import read_source, text_of

    # Where the line ends with an option that lacks its value, click has not told arguments from the rest.
    for path in [*_arguments(context), *context.args]:
        if path == "-":
            continue
        try:
            read, _ = read_source(*text_of(path))
        except SpecError:
            continue
        if read is not None:
            yield read


def _arguments(context: click.Context) -> Iterator[str]:
    """What stands on the line by its place: files, as far as they are any."""
    for each in context.command.params:
        given = context.params.get(each.name or "") if isinstance(each, click.Argument) else None
        yield from [given] if isinstance(given, str) else given or ()
