"""The texts that an editor has open, and the specs on the disk around them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from clspec.diagnostics import SpecError
from clspec.editor.completion import Completion, completion
from clspec.editor.view import Desk, View
from clspec.source import SourceFile
from clspec.syntax.folders import specs_below
from clspec.syntax.read import Syntax, load, syntax_of, syntax_of_text


@dataclass
class Workspace:
    """Views of the open texts, by full path. `folders` are those that the editor works in.

    `readable` are the last texts that were looked at and could be read: names for those that cannot. What is typed
    quickly is not read at every keystroke.
    """

    desk: Desk
    folders: Sequence[str] = ()
    views: dict[str, View] = field(default_factory=dict[str, View])
    readable: dict[str, View] = field(default_factory=dict[str, View])

    def put(self, path: str, text: str, language: str = "") -> None:
        """Opens a text, or changes it. `language` is the editor's name for it, for one that has no file name yet."""
        before = self.views.get(path)
        if before is not None and (before.looked_at or path not in self.readable) and before.spec is not None:
            self.readable[path] = before
        syntax = before.syntax if before is not None else _syntax(path, text, language)
        if syntax is not None:
            self._lay_out({**self.views, path: View(SourceFile(path, text), syntax)})

    def close(self, path: str) -> None:
        """Closes a text: what is on the disk counts again."""
        self.readable.pop(path, None)
        self._lay_out({name: view for name, view in self.views.items() if name != path})

    def refresh(self) -> None:
        """Forgets what was read of the disk."""
        self._lay_out(self.views)

    def _lay_out(self, views: Mapping[str, View]) -> None:
        """Each open text may use any other, so all are looked at anew, once somebody asks."""
        desk = replace(self.desk, texts={name: view.source.text for name, view in views.items()})
        self.views = {name: View(view.source, view.syntax, desk) for name, view in views.items()}

    def completion(self, view: View, offset: int) -> Completion:
        """What can be written at a place of an open text."""
        return completion(view, offset, self.readable.get(view.source.name))

    def others(self, view: View) -> Iterator[View]:
        """All other specs: those that are open, then those in the folders that the editor works in."""
        yield from (each for name, each in self.views.items() if name != view.source.name)
        for folder in self.folders:
            for path in specs_below(folder, yaml=True):
                if path not in self.views and path != view.source.name:
                    try:
                        yield View(load(path), syntax_of(path), view.desk)
                    except SpecError:  # it cannot be read, so it uses nothing
                        continue


def _syntax(path: str, text: str, language: str) -> Syntax | None:
    """The syntax of a text that is opened; None for YAML that is no spec."""
    if syntax_of(path) == "clspec" and language != "yaml":
        return "clspec"
    return "yaml" if not text.strip() or syntax_of_text(text) == "yaml" else None
