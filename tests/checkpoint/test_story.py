"""`clspec show FILE`: the spec in a checkpoint, what the model has met and gained, its class map."""

from __future__ import annotations

import pytest

import clspec
from clspec.cli import main

from .models import SPEC, STREAM, compiled, grown


@pytest.fixture
def told(capsys, tmp_path):
    """The sections of what is shown of a model, by their headings."""

    def call(model, optimizer=None) -> dict[str, list[str]]:
        path = tmp_path / "m.safetensors"
        clspec.save_checkpoint(model, path, optimizer)
        with pytest.raises(SystemExit) as ended:
            main(["show", str(path)])
        out = capsys.readouterr().out
        assert ended.value.code == 0
        assert all(character.isprintable() or character == "\n" for character in out)
        sections: dict[str, list[str]] = {}
        for line in out.splitlines():
            if line in ("spec", "history", "class map"):
                sections[line] = []
            elif sections:
                sections[[*sections][-1]].append(line.strip())
        return sections

    return call


def test_the_spec_its_settings_and_how_it_was_saved(told) -> None:
    model, optimizer = grown(params={"width": 7}, seed=3)
    first, *text = told(model, optimizer)["spec"]
    assert first.startswith("model Small(width=7) of ")
    assert "small.clspec · for torch · seed 3 · with torch.optim.SGD · written by clspec " in first
    assert [line for line in text if line] == [line.strip() for line in SPEC.splitlines() if line.strip()]
    assert "no optimizer" in told(compiled())["spec"][0]


def test_what_it_met_and_gained_in_the_order_in_which_it_came(told) -> None:
    model, _ = grown(experiences=3)
    history = told(model)["history"]
    assert "last experience: number 2, classes 4, 5 of task 2" in history
    assert "tasks in order of arrival: 0, 1, 2" in history
    assert "frozen: trunk, coarse" in history or "frozen: coarse, trunk" in history
    assert "coarse: generation 0 classes 0, 1; generation 1 classes 2, 3; generation 2 classes 4, 5" in history
    at = history.index("fine.labels:")
    assert history[at + 1 : at + 4] == [
        "0 for task 0: generation 0 classes 0, 1, 1 row retired",
        "1 for task 1: generation 0 classes 2, 3",
        "2 for task 2: generation 0 classes 4, 5",
    ]
    assert told(model)["class map"][:2] == [
        "coarse: classes 0, 1, 2, 3, 4, 5 in rows 0, 1, 2, 3, 4, 5",
        "fine.labels (task 0): classes 0, 1 in rows 0, 1",
    ]


def test_rules_that_wait_and_models_that_learnt_nothing(told) -> None:
    model = compiled()
    assert told(model)["history"][0] == "it has learnt nothing yet"
    assert "coarse: generation 0 2 rows not claimed" in told(model)["history"]
    assert told(model)["class map"] == ["coarse: classes 0, 1 in rows 0, 1", *told(model)["class map"][1:]]
    model.adaptation(STREAM[0])
    assert "waits for post_adaptation: after experience 0: freeze coarse" in told(model)["history"]


def test_what_a_file_holds_does_nothing_to_a_terminal(told) -> None:
    text = 'clspec 1\nmodel Net { "\\u001b[31mred" # \x1b[2J\n input features(3)\n head h = incremental() }\n'
    assert any("[2J" in line for line in told(clspec.compile(clspec.parse_string(text)))["spec"])
