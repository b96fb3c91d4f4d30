# pyright: standard, reportMissingImports=false
"""`clspec lsp`: what `clspec.editor` answers, spoken as the language server protocol over standard input and output."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, BinaryIO, cast

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path, to_fs_path

from clspec.diagnostics import Diagnostic
from clspec.editor.completion import Offer
from clspec.editor.definition import definition
from clspec.editor.edits import Edit, actions, formatting
from clspec.editor.hover import hover
from clspec.editor.rename import RenameError, renamable, rename
from clspec.editor.view import Desk, View
from clspec.editor.workspace import Workspace
from clspec.integrations.lsp_pipes import Output, Protocol, in_words
from clspec.source import SourceFile, Span, Unit
from clspec.version import VERSION

QUIET = 0.02
"""Seconds without a keystroke after which findings are told; questions are answered at once."""
LONG = 0.1
"""Seconds that finding them may take: what took longer last time waits as long, so that not every key starts it."""
IDLE = 2
"""Seconds without a keystroke after which garbage is collected: of a quick answer that would be a half."""
REQUEST_FAILED = -32803
_LOOKS = {
    "word": types.CompletionItemKind.Keyword, "component": types.CompletionItemKind.Class,
    "model": types.CompletionItemKind.Module, "part": types.CompletionItemKind.Variable,
    "parameter": types.CompletionItemKind.Variable, "argument": types.CompletionItemKind.Field,
    "value": types.CompletionItemKind.Value, "stream": types.CompletionItemKind.Variable,
    "file": types.CompletionItemKind.File, "inside": types.CompletionItemKind.Property,
}  # fmt: skip


class Server(LanguageServer):
    """A language server for specs. What they are allowed is said when it starts, never by a client or a spec."""

    def __init__(self, allow_imports: Sequence[str] = (), allow_use: Sequence[str] = ()) -> None:
        # Whole texts: a spec is small, and editors disagree on what ends a line.
        whole = types.TextDocumentSyncKind.Full
        super().__init__("clspec", VERSION, text_document_sync_kind=whole, protocol_cls=Protocol)
        self.specs = Workspace(Desk(allow_imports=allow_imports, allow_use=allow_use))
        self.telling: asyncio.TimerHandle | None = None
        self.told: list[str] = []
        self.took = 0.0

    @property
    def unit(self) -> Unit:
        """What client and server have agreed to count columns in."""
        agreed = self.workspace.position_encoding or types.PositionEncodingKind.Utf16
        return types.PositionEncodingKind(agreed).value  # a str where the client named it, as editors do

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Says on standard error what no handler expected; the client gets an error for an answer."""
        print(f"clspec lsp: {in_words(error)}", file=sys.stderr)

    # ---- texts

    def view(self, uri: str) -> View | None:
        """The open spec of a name; None for one that was never opened, or is no spec."""
        return self.specs.views.get(_path(uri))

    def place(self, uri: str, position: types.Position) -> tuple[View, int] | None:
        """The open spec of a name and a character in it, the nearest where the position is outside of the text."""
        view = self.view(uri)
        if view is None:
            return None
        return view, view.source.offset_in(self.unit, position.line + 1, position.character + 1)

    def range(self, span: Span) -> types.Range:
        start, end = (span.source.position_in(self.unit, at) for at in (span.start, span.end))
        return types.Range(types.Position(start[0] - 1, start[1] - 1), types.Position(end[0] - 1, end[1] - 1))

    def location(self, span: Span) -> types.Location:
        return types.Location(_uri(span.source), self.range(span))

    def edits(self, edits: Iterable[Edit]) -> list[types.TextEdit]:
        return [types.TextEdit(self.range(edit.span), edit.text) for edit in edits]

    def workspace_edit(self, edits: Iterable[Edit]) -> types.WorkspaceEdit:
        changes: dict[str, list[types.TextEdit]] = {}
        for edit in edits:
            changes.setdefault(_uri(edit.span.source), []).extend(self.edits([edit]))
        return types.WorkspaceEdit(changes=changes)

    # ---- findings

    def tell_soon(self) -> None:
        """Tells what is wrong once nobody has typed for a while."""
        if self.telling is not None:
            self.telling.cancel()
        self.telling = asyncio.get_running_loop().call_later(self.took if self.took > LONG else QUIET, self.tell)

    def tell(self) -> None:
        """Tells the findings of every open text, and that those closed have none any more."""
        start = time.perf_counter()
        try:
            found = {_uri(view.source): view.findings for view in self.specs.views.values()}
        except Exception as error:
            self.report_server_error(error, type(error))
            return
        for uri in dict.fromkeys([*found, *self.told]):
            told = [self.diagnostic(each) for each in found.get(uri, ())]
            self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, told))
        self.told = [*found]
        self.took = time.perf_counter() - start
        self.telling = asyncio.get_running_loop().call_later(IDLE, gc.collect)

    def diagnostic(self, finding: Diagnostic) -> types.Diagnostic:
        severity = types.DiagnosticSeverity.Error if finding.severity == "error" else types.DiagnosticSeverity.Warning
        start = types.Position(0, 0)
        return types.Diagnostic(
            range=types.Range(start, start) if finding.span is None else self.range(finding.span),
            severity=severity,
            code=finding.code,
            source="clspec",
            message=finding.message + (f"\nhelp: {finding.help}" if finding.help else ""),
            related_information=[
                types.DiagnosticRelatedInformation(self.location(each.span), each.message) for each in finding.related
            ],
        )

    def item(self, offer: Offer, where: types.Range, *, snippets: bool) -> types.CompletionItem:
        brackets = ("($0)" if snippets else "(") if offer.called else ""
        plain = types.InsertTextFormat.PlainText
        return types.CompletionItem(
            label=offer.label,
            kind=_LOOKS[offer.looks],
            detail=offer.detail or None,
            insert_text_format=types.InsertTextFormat.Snippet if brackets == "($0)" else plain,
            text_edit=types.TextEdit(where, offer.written + brackets),
            filter_text=offer.label,
        )


def make_server(allow_imports: Sequence[str] = (), allow_use: Sequence[str] = ()) -> Server:
    """A server that answers; `serve` lets it listen."""
    server = Server(allow_imports, allow_use)

    @server.feature(types.INITIALIZED)
    def _(params: types.InitializedParams) -> None:
        folders = [to_fs_path(folder.uri) for folder in server.workspace.folders.values()]
        server.specs.folders = [folder for folder in folders or [server.workspace.root_path] if folder]

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def _(params: types.DidOpenTextDocumentParams) -> None:
        opened = params.text_document
        server.specs.put(_path(opened.uri), opened.text, opened.language_id)
        server.tell_soon()

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def _(params: types.DidChangeTextDocumentParams) -> None:
        for change in params.content_changes:
            if isinstance(change, types.TextDocumentContentChangeWholeDocument):
                server.specs.put(_path(params.text_document.uri), change.text)
        server.tell_soon()

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def _(params: types.DidCloseTextDocumentParams) -> None:
        server.specs.close(_path(params.text_document.uri))
        server.tell_soon()

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def _(params: Any) -> None:
        server.specs.refresh()
        server.tell_soon()

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def _(params: types.HoverParams) -> types.Hover | None:
        found = server.place(params.text_document.uri, params.position)
        told = None if found is None else hover(*found)
        if told is None:
            return None
        return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, told.text), server.range(told.span))

    @server.feature(types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=list('.(=,["/{ ')))
    def _(params: types.CompletionParams) -> types.CompletionList | None:
        found = server.place(params.text_document.uri, params.position)
        if found is None:
            return None
        offered = server.specs.completion(*found)
        where, snippets = server.range(offered.span), _snippets(server.client_capabilities)
        items = [server.item(offer, where, snippets=snippets) for offer in offered.offers]
        return types.CompletionList(is_incomplete=False, items=items)

    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    def _(params: types.DefinitionParams) -> types.Location | None:
        found = server.place(params.text_document.uri, params.position)
        given = None if found is None else definition(*found)
        return None if given is None else server.location(given)

    @server.feature(types.TEXT_DOCUMENT_PREPARE_RENAME)
    def _(params: types.PrepareRenameParams) -> types.Range | None:
        found = server.place(params.text_document.uri, params.position)
        return None if found is None else server.range(_refusing(lambda: renamable(*found)))

    @server.feature(types.TEXT_DOCUMENT_RENAME, types.RenameOptions(prepare_provider=True))
    def _(params: types.RenameParams) -> types.WorkspaceEdit | None:
        found = server.place(params.text_document.uri, params.position)
        if found is None:
            return None
        view, offset = found
        edits = _refusing(lambda: rename(view, offset, params.new_name, server.specs.others(view)))
        return server.workspace_edit(edits)

    @server.feature(types.TEXT_DOCUMENT_FORMATTING)
    def _(params: types.DocumentFormattingParams) -> list[types.TextEdit] | None:
        view = server.view(params.text_document.uri)
        return None if view is None else server.edits(formatting(view))

    kinds = types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix])

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, kinds)
    def _(params: types.CodeActionParams) -> list[types.CodeAction] | None:
        uri = params.text_document.uri
        start, end = (server.place(uri, position) for position in (params.range.start, params.range.end))
        if start is None or end is None:
            return None
        return [
            types.CodeAction(
                title=action.title,
                kind=types.CodeActionKind.QuickFix,
                diagnostics=[server.diagnostic(action.finding)],
                is_preferred=action.only,
                edit=server.workspace_edit(action.edits),
            )
            for action in actions(start[0], start[1], end[1])
        ]

    return server


def serve(allow_imports: Sequence[str] = (), allow_use: Sequence[str] = ()) -> None:
    """Answers a client until it says goodbye or its pipe is closed."""
    for name in ("pygls", "asyncio"):  # a client's mistake is answered, not logged with a traceback
        logging.getLogger(name).addHandler(logging.NullHandler())
        logging.getLogger(name).propagate = False
    server = make_server(allow_imports, allow_use)
    _collect_rarely()
    server.start_io(sys.stdin.buffer, cast(BinaryIO, Output()))


def _collect_rarely() -> None:
    """Leaves garbage to quiet moments, but for the most; what is loaded by now stays, and is not looked through."""
    gc.freeze()
    gc.set_threshold(200_000, 5, 5)


def _refusing(answer: Callable[[], Any]) -> Any:
    """An answer; a name that cannot be given is refused in the words of the protocol."""
    try:
        return answer()
    except RenameError as error:
        raise JsonRpcException(str(error), code=REQUEST_FAILED) from None


def _snippets(client: types.ClientCapabilities) -> bool:
    item = client.text_document and client.text_document.completion and client.text_document.completion.completion_item
    return bool(item and item.snippet_support)


def _path(uri: str) -> str:
    """The full path that a name of a text means; for what is no file, the name itself."""
    path = to_fs_path(uri) if uri.startswith("file:") else None
    return os.path.normpath(path) if path else uri


def _uri(source: SourceFile) -> str:
    return from_fs_path(source.name) or source.name if os.path.isabs(source.name) else source.name  # noqa: PTH117
