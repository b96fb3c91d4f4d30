"""The texts that an editor has open, as they are typed."""

from __future__ import annotations

from clspec.editor.view import Desk
from clspec.editor.workspace import Workspace

PATH = "/nowhere/net.clspec"
TEXT = "clspec 1\nmodel Net {\n    input features(4)\n    neck body = linear(2)\n    head labels = incremental()\n}\n"


def offered(workspace: Workspace, text: str) -> set[str]:
    return {offer.label for offer in workspace.completion(workspace.views[PATH], len(text)).offers}


def test_what_is_typed_quickly_is_not_read_and_the_names_stay() -> None:
    workspace = Workspace(Desk())
    workspace.put(PATH, TEXT)
    assert not workspace.views[PATH].looked_at
    begun = TEXT.rpartition("}")[0] + "    head more = incremental() from "
    for end in range(len(TEXT), len(begun) + 1):
        before = workspace.views[PATH]
        workspace.put(PATH, begun[:end])
        assert before.looked_at == (before.source.text == TEXT)  # the first, which alone can give the names
    assert {"x", "body"} <= offered(workspace, begun)


def test_names_are_those_of_the_last_text_that_was_looked_at() -> None:
    workspace = Workspace(Desk())
    workspace.put(PATH, TEXT)
    workspace.put(PATH, TEXT.replace("body", "wide"))
    assert not workspace.views[PATH].findings
    begun = TEXT.replace("body", "wide").rpartition("}")[0] + "    /* head more = incremental() from "
    workspace.put(PATH, begun)
    assert workspace.readable[PATH].source.text == TEXT.replace("body", "wide")
    workspace.close(PATH)
    assert not workspace.readable
