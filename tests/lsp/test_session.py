"""What an editor shows while somebody writes a spec."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol import types

SNAKE = "\N{SNAKE}"
SPEC = f"""clspec 1
use "blocks/necks.clspec"
model Net(size=64) {{
    "{SNAKE}{SNAKE} é"
    input image(3, 32, 32)  # {SNAKE}
    backbone trunk = pytorchcv("resnet20_cifar10")
    neck body = necks.Wide(width=size)
    head labels = incremental()
    freeze trunk until stage2
}}
"""
NECKS = "clspec 1\nmodel Wide(width=8) {\n    input features()\n    neck inner = linear(width)\n}\n"
YAML = """clspec: 1
use: [blocks/necks.clspec]
models:
  Net:
    body:
      - {input: x, uses: features, with: [8]}
      - {neck: body, uses: necks.Wide}
      - {head: labels, uses: incremental}
"""


class Desk:
    """An editor with a folder of specs."""

    def __init__(self, client, folder: Path) -> None:
        self.client, self.folder = client, folder
        (folder / "blocks").mkdir()
        self.write("blocks/necks.clspec", NECKS)
        self.texts: dict[str, str] = {}

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, "utf-8")

    def named(self, name: str) -> types.TextDocumentIdentifier:
        return types.TextDocumentIdentifier((self.folder / name).as_uri())

    async def open(self, name: str, text: str, *, saved: bool = True) -> list[types.Diagnostic]:
        """Opens a text and waits for what is told of it."""
        if saved:
            self.write(name, text)
        self.texts[name] = text
        language = "yaml" if name.endswith("yaml") else "clspec"
        item = types.TextDocumentItem(self.named(name).uri, language, 1, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        return await self.told(name)

    async def type(self, name: str, text: str) -> list[types.Diagnostic]:
        """Changes a text, as typing does, and waits for what is told of it."""
        self.change(name, text)
        return await self.told(name)

    def change(self, name: str, text: str) -> None:
        self.texts[name] = text
        document = types.VersionedTextDocumentIdentifier(2, self.named(name).uri)
        change = types.TextDocumentContentChangeWholeDocument(text)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(document, [change]))

    async def told(self, name: str) -> list[types.Diagnostic]:
        """What is told next; what was told before is forgotten."""
        uri = self.named(name).uri
        self.client.diagnostics.pop(uri, None)
        while uri not in self.client.diagnostics:
            await self.client.wait_for_notification(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        return list(self.client.diagnostics[uri])

    def at(self, name: str, words: str, inside: int = 0) -> types.Position:
        """Where words begin, so many characters on, counted as the protocol does."""
        text = self.texts[name]
        assert text.count(words) == 1, words
        before = text[: text.index(words) + inside]
        line = before.rpartition("\n")[2]
        return types.Position(before.count("\n"), len(line.encode("utf-16-le")) // 2)

    def text_at(self, name: str, where: types.Range) -> str:
        """The text in a range, which is counted in UTF-16 code units."""
        lines = self.texts[name].split("\n")
        assert where.start.line == where.end.line
        units = lines[where.start.line].encode("utf-16-le")
        return units[where.start.character * 2 : where.end.character * 2].decode("utf-16-le")

    def edited(self, name: str, edits) -> str:
        lines = self.texts.get(name, (self.folder / name).read_text("utf-8")).split("\n")

        def offset(place: types.Position) -> int:
            line = lines[place.line].encode("utf-16-le")[: place.character * 2].decode("utf-16-le")
            return sum(len(each) + 1 for each in lines[: place.line]) + len(line)

        text = "\n".join(lines)
        for edit in sorted(edits, key=lambda each: offset(each.range.start), reverse=True):
            text = text[: offset(edit.range.start)] + edit.new_text + text[offset(edit.range.end) :]
        return text


@pytest.fixture
def desk(client, tmp_path) -> Desk:
    return Desk(client, tmp_path)


async def test_findings_come_as_one_types_and_go_again(desk) -> None:
    assert await desk.open("net.clspec", SPEC) == []
    (found,) = await desk.type("net.clspec", SPEC.replace("incremental()", "incremantal()"))
    assert (found.code, found.source, found.severity) == ("CL110", "clspec", types.DiagnosticSeverity.Error)
    assert found.message == 'unknown component "incremantal"\nhelp: did you mean "incremental"?'
    assert desk.text_at("net.clspec", found.range) == "incremantal"
    (found,) = await desk.type("net.clspec", SPEC.replace("    head", f'    neck s = flatten("{SNAKE}") head'))
    assert found.code == "CL205"
    assert desk.text_at("net.clspec", found.range) == f'"{SNAKE}"'
    assert await desk.type("net.clspec", SPEC) == []


async def test_a_finding_in_a_file_that_is_used_and_open(desk) -> None:
    assert await desk.open("blocks/necks.clspec", NECKS) == []
    assert await desk.open("net.clspec", SPEC) == []
    desk.change("blocks/necks.clspec", NECKS.replace("linear", "linaer"))
    (found,) = await desk.told("net.clspec")
    assert desk.text_at("net.clspec", found.range) == '"blocks/necks.clspec"'
    assert found.message == 'necks.clspec: unknown component "linaer"\nhelp: did you mean "linear"?'
    (related,) = found.related_information
    assert related.location.uri == desk.named("blocks/necks.clspec").uri
    (there,) = desk.client.diagnostics[related.location.uri]
    assert there.range == related.location.range


async def test_closing_a_text_takes_its_findings_away(desk) -> None:
    assert await desk.open("net.clspec", SPEC.replace("incremental()", "incremantal()"))
    desk.client.text_document_did_close(types.DidCloseTextDocumentParams(desk.named("net.clspec")))
    assert await desk.told("net.clspec") == []


async def hovered(desk, name: str, words: str, inside: int = 0) -> str | None:
    found = await desk.client.text_document_hover_async(
        types.HoverParams(desk.named(name), desk.at(name, words, inside))
    )
    return found and found.contents.value


async def test_hover_tells_shapes_defaults_and_parameters(desk) -> None:
    await desk.open("net.clspec", SPEC)
    told = await hovered(desk, "net.clspec", "labels")
    assert "head labels = incremental" in told
    assert "64 → logits" in told and "130 parameters, 65 more a class" in told
    assert "own rule: `when new_class { expand self }`" in told
    assert 'index="class_id"' in await hovered(desk, "net.clspec", "incremental")
    assert "32×16×16" not in await hovered(desk, "net.clspec", "trunk =")
    assert "3×32×32 → 64" in await hovered(desk, "net.clspec", "trunk =")
    assert "width=8" in await hovered(desk, "net.clspec", "width=size")
    assert await hovered(desk, "net.clspec", f"# {SNAKE}", 3) is None


async def test_completion_behind_an_emoji_replaces_what_was_begun(desk) -> None:
    await desk.open("net.clspec", SPEC)
    desk.change("net.clspec", SPEC.replace("    head", "    neck n = [relu(), lin head"))
    at = desk.at("net.clspec", "lin head", 3)
    found = await desk.client.text_document_completion_async(types.CompletionParams(desk.named("net.clspec"), at))
    (linear,) = [item for item in found.items if item.label == "linear"]
    assert (linear.text_edit.new_text, linear.insert_text_format) == ("linear($0)", types.InsertTextFormat.Snippet)
    assert desk.text_at("net.clspec", linear.text_edit.range) == "lin"
    text = SPEC.replace("    head", f"    neck n = necks.Wide(width=2) /* {SNAKE} */ from tr")
    desk.change("net.clspec", text)
    at = desk.at("net.clspec", "from tr", 7)
    found = await desk.client.text_document_completion_async(types.CompletionParams(desk.named("net.clspec"), at))
    assert {item.label for item in found.items} == {"x", "trunk", "body"}
    assert desk.text_at("net.clspec", found.items[0].text_edit.range) == "tr"


async def test_definition_across_a_use(desk) -> None:
    await desk.open("net.clspec", SPEC)
    necks = desk.named("blocks/necks.clspec").uri

    async def defined(words: str, inside: int = 0):
        place = desk.at("net.clspec", words, inside)
        params = types.DefinitionParams(desk.named("net.clspec"), place)
        found = await desk.client.text_document_definition_async(params)
        return found and (found.uri, found.range.start)

    assert await defined("Wide(") == (necks, types.Position(1, 6))
    assert await defined("width=size") == (necks, types.Position(1, 11))
    assert await defined('"blocks', 3) == (necks, types.Position(0, 0))
    assert await defined("freeze trunk", 8) == (desk.named("net.clspec").uri, desk.at("net.clspec", "trunk ="))
    assert await defined("incremental") is None


async def test_rename_in_all_files_open_or_not(desk) -> None:
    desk.write("other.yaml", YAML)
    await desk.open("net.clspec", SPEC)
    desk.texts["blocks/necks.clspec"], desk.texts["other.yaml"] = NECKS, YAML
    place = types.RenameParams(desk.named("net.clspec"), desk.at("net.clspec", "Wide("), "Broad")
    found = await desk.client.text_document_rename_async(place)
    for name, text in (("net.clspec", SPEC), ("blocks/necks.clspec", NECKS), ("other.yaml", YAML)):
        assert desk.edited(name, found.changes[desk.named(name).uri]) == text.replace("Wide", "Broad")
    assert len(found.changes) == 3


async def test_what_cannot_be_renamed_is_refused_in_words(desk) -> None:
    await desk.open("net.clspec", SPEC)

    async def refused(words: str, name: str) -> str:
        params = types.RenameParams(desk.named("net.clspec"), desk.at("net.clspec", words), name)
        with pytest.raises(Exception) as error:
            await desk.client.text_document_rename_async(params)
        return str(error.value)

    assert '"incremental" is a component' in await refused("incremental", "fresh")
    assert '"two words" cannot be a name' in await refused("labels", "two words")
    assert 'the name "trunk" is used twice' in await refused("labels", "trunk")
    assert '"lambda" cannot be a name: Python uses it' in await refused("labels", "lambda")
    params = types.PrepareRenameParams(desk.named("net.clspec"), desk.at("net.clspec", "labels"))
    assert desk.text_at("net.clspec", await desk.client.text_document_prepare_rename_async(params)) == "labels"


async def test_formatting_touches_only_what_differs(desk) -> None:
    await desk.open("net.clspec", SPEC.replace("    neck body =", "  neck   body="))
    params = types.DocumentFormattingParams(desk.named("net.clspec"), types.FormattingOptions(4, True))
    edits = await desk.client.text_document_formatting_async(params)
    formatted = desk.edited("net.clspec", edits)
    assert "    neck body = necks.Wide(width=size)\n" in formatted
    await desk.type("net.clspec", formatted)
    assert not await desk.client.text_document_formatting_async(params)
    await desk.type("net.clspec", "clspec 1\nmodel {")
    assert not await desk.client.text_document_formatting_async(params)


async def test_a_fix_mends_its_finding(desk) -> None:
    text = SPEC.replace("incremental()", "incremantal()").replace('    "', f'    "{SNAKE}')
    (found,) = await desk.open("net.clspec", text)
    params = types.CodeActionParams(desk.named("net.clspec"), found.range, types.CodeActionContext([found]))
    (action,) = await desk.client.text_document_code_action_async(params)
    assert (action.title, action.kind, action.is_preferred) == ('write "incremental"', "quickfix", True)
    fixed = desk.edited("net.clspec", action.edit.changes[desk.named("net.clspec").uri])
    assert fixed == text.replace("incremantal", "incremental")
    assert await desk.type("net.clspec", fixed) == []


async def test_a_yaml_spec_and_yaml_that_is_none(desk) -> None:
    assert await desk.open("net.yaml", YAML) == []
    assert "8 → 8" in await hovered(desk, "net.yaml", "body, uses")
    at = desk.at("net.yaml", "incremental", 3)
    found = await desk.client.text_document_completion_async(types.CompletionParams(desk.named("net.yaml"), at))
    assert {"incremental", "per_task"} <= {item.label for item in found.items}
    (incremental,) = [item for item in found.items if item.label == "incremental"]
    assert incremental.text_edit.new_text == "incremental"
    (wrong,) = await desk.type("net.yaml", YAML.replace("incremental", "incremantal"))
    assert desk.text_at("net.yaml", wrong.range) == "incremantal"
    desk.texts["other.yaml"] = "on: push\njobs: [a, a]\n"
    item = types.TextDocumentItem(desk.named("other.yaml").uri, "yaml", 1, desk.texts["other.yaml"])
    desk.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
    assert await desk.type("net.yaml", YAML) == []
    assert desk.named("other.yaml").uri not in desk.client.diagnostics
    assert await hovered(desk, "other.yaml", "push") is None


async def test_a_file_that_changes_on_the_disk(desk) -> None:
    await desk.open("net.clspec", SPEC)
    desk.write("blocks/necks.clspec", NECKS.replace("linear", "linaer"))
    change = types.FileEvent(desk.named("blocks/necks.clspec").uri, types.FileChangeType.Changed)
    desk.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([change]))
    (found,) = await desk.told("net.clspec")
    assert "linaer" in found.message
