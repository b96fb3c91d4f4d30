"""`--output-format sarif`: the structure that code scanning wants, with the columns that it counts."""

from __future__ import annotations

import json

import jsonschema
import pytest

from clspec.cli import main
from clspec.diagnostics import CODES

Schema = dict[str, object]


def closed(required: Schema, **optional: object) -> Schema:
    """A JSON object with these members and no others."""
    members = {**required, **optional}
    return {"type": "object", "properties": members, "required": [*required], "additionalProperties": False}


def some(items: Schema, least: int = 1) -> Schema:
    return {"type": "array", "items": items, "minItems": least}


NUMBER = {"type": "integer", "minimum": 1}
STRING = {"type": "string", "minLength": 1}
TEXT = closed({"text": STRING})
REGION = closed({"startLine": NUMBER, "startColumn": NUMBER, "endLine": NUMBER, "endColumn": NUMBER})
ARTIFACT = closed({"uri": {"type": "string", "pattern": r"^[^ <>\\]+$"}}, uriBaseId={"const": "%SRCROOT%"})
PLACE = closed({"artifactLocation": ARTIFACT}, region=REGION)
LOCATION = closed({"physicalLocation": PLACE}, message=TEXT)
REPLACEMENT = closed({"deletedRegion": REGION, "insertedContent": closed({"text": {"type": "string"}})})
CHANGE = closed({"artifactLocation": ARTIFACT, "replacements": some(REPLACEMENT)})
FIX = closed({"description": TEXT, "artifactChanges": some(CHANGE)})
CODE = {"enum": [*CODES]}
RESULT = closed(
    {
        "ruleId": CODE, "ruleIndex": {"type": "integer"}, "level": {"enum": ["error", "warning"]}, "message": TEXT,
        "locations": some(LOCATION),
    },
    relatedLocations=some(LOCATION),
    fixes=some(FIX),
)  # fmt: skip
HELP = closed({"text": STRING, "markdown": STRING})
TAGS = closed({"tags": some(STRING)})
RULE = closed({"id": CODE, "shortDescription": TEXT, "fullDescription": TEXT, "help": HELP, "properties": TAGS})
DRIVER = closed({"name": {"const": "clspec"}, "semanticVersion": STRING, "rules": some(RULE, 0)})
UNIT = {"const": "utf16CodeUnits"}
RUN = closed({"tool": closed({"driver": DRIVER}), "columnKind": UNIT, "results": some(RESULT, 0)})
LOG = closed({"$schema": STRING, "version": {"const": "2.1.0"}, "runs": some(RUN)})
"""What SARIF 2.1.0 requires of what is written, and GitHub beyond that; nothing else may be in it."""

EMOJI = 'clspec 1\nmodel Net { "\N{SNAKE}\N{SNAKE} é" input features(4) head h = incremantal() }\n'


@pytest.fixture
def log(capsys, tmp_path, monkeypatch):
    """The SARIF log of a check, valid, and its one run."""
    monkeypatch.chdir(tmp_path)

    def check(*arguments: str):
        with pytest.raises(SystemExit):
            main(["check", "--output-format", "sarif", *arguments])
        written = json.loads(capsys.readouterr().out)
        jsonschema.validate(written, LOG)
        (run,) = written["runs"]
        for result in run["results"]:
            assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        return run

    return check


def test_columns_count_utf16_code_units(log, tmp_path) -> None:
    (tmp_path / "a b.clspec").write_text(EMOJI, "utf-8")
    (result,) = log("a b.clspec")["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "a%20b.clspec", "uriBaseId": "%SRCROOT%"}
    line = EMOJI.split("\n")[1]
    start = len(line[: line.index("incremantal")].encode("utf-16-le")) // 2 + 1
    assert start == line.index("incremantal") + 3  # two characters of two units each
    assert place["region"] == {"startLine": 2, "startColumn": start, "endLine": 2, "endColumn": start + 11}
    (fix,) = result["fixes"]
    assert fix["description"]["text"] == 'write "incremental"'
    (replacement,) = fix["artifactChanges"][0]["replacements"]
    assert replacement == {"deletedRegion": place["region"], "insertedContent": {"text": "incremental"}}


def test_rules_have_their_pages_and_related_places_are_told(log, tmp_path) -> None:
    folder = tmp_path / "specs"
    folder.mkdir()
    (folder / "net.clspec").write_text("clspec 1\nmodel Net {\n input image(3, 8, 8)\n head h = incremental()\n}\n")
    run = log("specs")
    (rule,) = run["tool"]["driver"]["rules"]
    assert rule["id"] == "CL302" and "## Passes" in rule["help"]["markdown"]
    (result,) = run["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "specs/net.clspec"
    assert "flatten it first" in result["message"]["text"]
    (related,) = result["relatedLocations"]
    assert related["message"]["text"] == "x gives 3×8×8"
    assert related["physicalLocation"]["region"]["startLine"] == 3


def test_no_finding_is_a_log_without_results(log, tmp_path) -> None:
    (tmp_path / "net.clspec").write_text("clspec 1\nmodel Net { input features(4) head h = incremental() }\n")
    assert log("net.clspec")["results"] == []


def test_a_file_that_is_elsewhere_or_not_there(log, tmp_path, monkeypatch) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "net.clspec").write_text(EMOJI, "utf-8")
    monkeypatch.chdir(tmp_path / "inner")
    (result,) = log("../net.clspec")["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": (tmp_path / "net.clspec").as_uri()}
    (result,) = log("nosuch.clspec")["results"]
    assert result["ruleId"] == "CL005"
    assert result["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "nosuch.clspec", "uriBaseId": "%SRCROOT%"}
    }
