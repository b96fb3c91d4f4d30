"""The command line as a user meets it: words, streams and exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import clspec
from clspec.cli import COMMANDS, main

SPECS = Path(__file__).parent.parent / "specs"
NESTED = str(SPECS / "tutorial" / "nested_modules.clspec")
SMALLEST = str(SPECS / "tutorial" / "incremental_classifier.clspec")
BAD = "clspec 1\nmodel Net { input features(3)\n head h = incrementall() }\n"


@pytest.fixture
def run(capsys):
    """Calls the command line; (exit code, standard output, standard error)."""

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        written = capsys.readouterr()
        assert "Traceback (" not in written.out + written.err
        return ended.value.code, written.out, written.err

    return call


@pytest.fixture
def bad(tmp_path) -> str:
    path = tmp_path / "bad.clspec"
    path.write_text(BAD)
    return str(path)


# ---- help


def test_help_lists_every_command_and_the_exit_codes(run) -> None:
    code, out, _ = run("--help")
    assert code == 0
    for name, summary in COMMANDS.items():
        assert name in out and summary in out
    assert "Exit codes: 0" in out


TAKES = {
    "backbones": ["PATTERN"],
    "completion": ["bash|zsh|fish"],
    "breaking": ["OLD", "NEW", "--model NAME", "--old-model NAME", "--set NAME=VALUE", "--strictness"],
    "components": ["KIND"],
    "convert": ["SPEC", "--output"],
    "diff": ["OLD", "NEW", "--model NAME", "--old-model NAME", "--set NAME=VALUE", "--at", "--stream"],
    "doctor": [],
    "expand": ["SPEC", "--output"],
    "explain": ["SPEC", "CODE", "--model NAME", "--set NAME=VALUE", "--stream"],
    "export": ["SPEC", "--output", "--task-label", "--model NAME", "--set NAME=VALUE"],
    "fmt": ["PATH", "--check", "--diff"],
    "init": ["FILE"],
    "lsp": ["--allow-import"],
    "schema": ["--output"],
}
OF_MODELS = [command for command in COMMANDS if command not in TAKES]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_says_what_it_takes(run, command) -> None:
    code, out, _ = run(command, "--help")
    assert code == 0
    assert all(word in out for word in TAKES.get(command, ["SPEC", "--model NAME", "--set NAME=VALUE"]))
    assert run(command, "-h")[1] == out
    options = {
        "compile": ["--output", "--target", "--seed", "--emit", "--standalone"],
        "render": ["--output", "--format", "--view", "--stream", "--at", "--depth", "--expand", "--theme"],
        "show": ["--stream", "--at", "--depth", "--expand"],
    }
    for option in {**options, "simulate": ["--stream", "--json"]}.get(command, []):
        assert option in out
    told = [*OF_MODELS, "breaking", "convert", "diff", "expand", "explain", "export", "fmt"]
    assert ("--output-format" in out) == (command in told)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_examples_in_the_help_name_files_that_are_there(run, command) -> None:
    words = run(command, "--help")[1].split()
    named = [word for word in words if word.startswith("specs/") and "*" not in word]
    assert named or command == "plan" or command in TAKES
    for name in named:
        assert (SPECS.parent / name).exists(), name


def test_version(run) -> None:
    assert clspec.__version__ in run("--version")[1]


# ---- each command


def test_check(run, bad) -> None:
    assert run("check", SMALLEST) == (0, f"{SMALLEST}: fine\n", "")
    assert run("check", SMALLEST, NESTED)[1] == "2 specs: all fine\n"
    code, out, err = run("check", SMALLEST, bad)
    assert (code, err) == (1, "")
    assert f"{bad}:3:11: error[CL110]" in out and "^^^^" in out and "help: did you mean" in out and "1 error" in out


def test_check_in_other_formats(run, bad) -> None:
    code, out, _ = run("check", "--output-format", "concise", bad)
    assert (code, out) == (1, f'{bad}:3:11: error[CL110]: unknown component "incrementall"\n')
    code, out, _ = run("check", "--output-format", "json", bad)
    assert code == 1
    (finding,) = json.loads(out)
    keys = ["code", "severity", "message", "file", "line", "column", "end_line", "end_column", "help", "related"]
    assert list(finding) == keys
    assert [finding[key] for key in keys[3:8]] == [bad, 3, 11, 3, 23]
    assert run("check", "--output-format", "json", SMALLEST)[1] == "[]\n"


def test_compile_prints_or_writes_the_very_text_that_emit_gives(run, tmp_path) -> None:
    text = clspec.emit(SMALLEST)
    assert run("compile", SMALLEST) == (0, text, "")
    assert run("compile", SMALLEST, "-o", "-") == (0, text, "")
    path = tmp_path / "new folder" / "model.py"
    assert run("compile", SMALLEST, "-o", str(path)) == (0, "", "")
    assert path.read_text() == text
    assert run("compile", SMALLEST, "--seed", "7")[1] == clspec.emit(SMALLEST, seed=7)


def test_compile_stops_at_a_stage(run, bad) -> None:
    from clspec.driver import show

    for stage in ("document", "ir", "shapes", "plan"):
        assert run("compile", SMALLEST, "--emit", stage) == (0, show(SMALLEST, stage), "")
    assert run("compile", SMALLEST, "--emit", "source")[1] == clspec.emit(SMALLEST)
    assert run("compile", SMALLEST, "--emit", "plan")[1] == run("plan", SMALLEST)[1]
    assert "64 -> 20" in run("compile", NESTED, "--emit", "shapes", "--set", "width=10")[1]
    # What a later stage would refuse is no matter to an earlier one.
    assert [run("compile", bad, "--emit", stage)[0] for stage in ("document", "ir", "shapes", "plan")] == [0, 0, 1, 1]
    for option in (["--seed", "1"], ["--standalone"]):
        code, out, err = run("compile", SMALLEST, "--emit", "plan", *option)
        assert (code, out) == (2, "") and "--emit source" in err
    code, out, err = run("compile", NESTED, "--emit", "ir", "--set", "width=10")
    assert (code, out) == (2, "") and "shows the whole file" in err


def test_compile_standalone(run) -> None:
    assert run("compile", SMALLEST, "--standalone")[1] == clspec.emit(SMALLEST, standalone=True)


@pytest.mark.parametrize("broken", ["", "clspec 1\n", BAD, "clspec 1\nmodel Net {", "\ufeff"])
def test_compile_leaves_the_old_file_where_the_spec_is_faulty(run, tmp_path, broken) -> None:
    spec, path = tmp_path / "net.clspec", tmp_path / "model.py"
    spec.write_text(broken)
    path.write_bytes(b"# kept \xff\r\n")
    code, out, err = run("compile", str(spec), "-o", str(path))
    assert (code, err) == (1, "")
    assert f"{spec}" in out and "error[CL" in out
    assert path.read_bytes() == b"# kept \xff\r\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.py", "net.clspec"]


@pytest.mark.parametrize("command", ["compile", "render", "plan", "simulate"])
def test_findings_go_to_standard_output_with_code_1(run, bad, command) -> None:
    code, out, err = run(command, bad)
    assert (code, err) == (1, "")
    assert f"{bad}:3:11: error[CL110]" in out


@pytest.mark.parametrize("command", [*OF_MODELS, "convert", "fmt"])
def test_a_missing_file_is_a_finding(run, command, tmp_path) -> None:
    code, out, err = run(command, str(tmp_path / "no.clspec"))
    assert (code, err) == (1, "")
    assert "error[CL005]" in out and "no.clspec" in out


def test_plan_prints_rules_in_order_with_their_places(run) -> None:
    code, out, _ = run("plan", NESTED)
    assert code == 0
    first, *rules = out.splitlines()
    assert first == "Nested: 4 rules, in this order"
    assert [rule.split()[0] for rule in rules] == ["1", "2", "3", "4"]
    assert "own rule of incremental()" in rules[0] and rules[-1].endswith(f"{NESTED}:25")


def test_parameters_are_set_and_models_named(run) -> None:
    assert "nn.Linear(in_features=64, out_features=128)" in run("compile", NESTED)[1]
    assert "nn.Linear(in_features=64, out_features=40)" in run("compile", NESTED, "--set", "width=20")[1]
    code, out, _ = run("compile", NESTED, "--model", "Projector")
    assert code == 1 and "error[CL304]" in out
    code, out, _ = run("compile", NESTED, "--model", "Nestd")
    assert code == 1 and 'did you mean "Nested"?' in out
    code, out, _ = run("compile", NESTED, "--set", "widht=3")
    assert code == 1 and 'did you mean "width"?' in out
    code, out, _ = run("compile", NESTED, "--set", "width=wide")
    assert code == 1 and 'not the string "wide"' in out
    code, out, _ = run("check", NESTED, "--set", "width=0")
    assert code == 1 and "must be at least 1" in out


@pytest.mark.parametrize("setting", ["width", "=3", "width=1/0", "", "width==", "width=(", "width=[1, 2]"])
def test_a_setting_that_is_none_is_a_usage_error_or_a_finding(run, setting) -> None:
    code, out, err = run("compile", NESTED, "--set", setting)
    assert code in (1, 2)
    assert (out if code == 1 else err).strip()
    assert not (err if code == 1 else out)


def test_simulate_over_a_named_stream_one_in_words_and_the_only_one(run, tmp_path) -> None:
    code, out, _ = run("simulate", NESTED)
    assert code == 0 and len(out.splitlines()) == 6
    assert run("simulate", NESTED, "--stream", "tasks")[1] == out
    words = run("simulate", NESTED, "--stream", "split(classes=6, experiences=3)")[1]
    assert len(words.splitlines()) == 4
    table = json.loads(run("simulate", NESTED, "--json")[1])
    assert table == json.loads(json.dumps(clspec.simulate(NESTED).to_dict()))


@pytest.mark.parametrize(
    ("stream", "code", "words"),
    [
        ("task", "CL501", 'did you mean "tasks"?'),
        ("", "CL501", "unknown stream"),
        ("split(classes=10, experiences=3)", "CL502", "cannot be split evenly"),
        ("split(clases=10)", "CL201", 'did you mean "classes"?'),
        ("splitt(classes=10)", "CL502", "split(...)"),
        ("split(", "CL0", "--stream"),
        ("split(classes=10) stream more = split(classes=3)", "CL001", "expected the end"),
    ],
)
def test_a_stream_that_is_none_gives_words(run, stream, code, words) -> None:
    for command in ("simulate", "render"):
        ended, out, err = run(command, NESTED, "--stream", stream)
        # What only the spec can judge is a finding; words that make no stream of any spec are wrong usage.
        told, other = (err, out) if "(" in stream else (out, err)
        assert (ended, other) == (2 if "(" in stream else 1, "")
        assert f"error[{code}" in told and words in told


def test_a_file_with_no_stream_or_two_asks_for_one(run, tmp_path) -> None:
    model = "model Net { input features(3)\n head h = incremental() }\n"
    path = tmp_path / "net.clspec"
    path.write_text("clspec 1\n" + model)
    code, out, _ = run("simulate", str(path))
    assert code == 1 and "error[CL501]" in out and "--stream 'split(" in out
    assert run("render", str(path))[0] == 0
    path.write_text("clspec 1\nstream a = split(4, 2)\nstream b = split(6, 3)\n" + model)
    code, out, _ = run("simulate", str(path))
    assert code == 1 and "say which: a, b" in out
    assert run("simulate", str(path), "--stream", "b")[0] == 0


def test_render_to_standard_output_and_to_files(run, tmp_path) -> None:
    code, dot, _ = run("render", SMALLEST)
    assert code == 0 and "\ndigraph" in dot and dot == clspec.render(SMALLEST).source
    assert run("render", SMALLEST, "-o", "-")[1] == dot
    path = tmp_path / "model.dot"
    assert run("render", SMALLEST, "-o", str(path)) == (0, "", "")
    assert path.read_text() == dot
    evolution = run("render", SMALLEST, "--view", "evolution")[1]
    assert evolution == clspec.render(SMALLEST, view="evolution").source != dot
    assert run("render", SMALLEST, "--at", "2")[1] == clspec.render(SMALLEST, at=2).source


# ---- usage errors and engines


@pytest.mark.parametrize(
    "arguments",
    [
        ["chek", SMALLEST],
        ["check"],
        ["check", SMALLEST, "--output-format", "xml"],
        ["compile", SMALLEST, "--seed", "seven"],
        ["compile", SMALLEST, NESTED],
        ["compile", "--nothing", SMALLEST],
        ["render", SMALLEST, "-o", "model.bmp"],
        ["render", SMALLEST, "--view", "side"],
        ["simulate", SMALLEST, "--stream"],
    ],
)
def test_usage_errors_go_to_standard_error_with_code_2(run, arguments) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert "Error" in err


def test_a_place_that_cannot_be_written_is_a_usage_error(run, tmp_path) -> None:
    for command, name in (("compile", "model.py"), ("render", "model.dot")):
        (tmp_path / name).mkdir()
        code, _, err = run(command, SMALLEST, "-o", str(tmp_path / name))
        assert code == 2 and "cannot write" in err and name in err


def test_no_engine_gives_the_dot_file_and_code_3(tmp_path) -> None:
    """PATH is emptied and pygraphviz cannot be imported, as where neither is installed."""
    (tmp_path / "block").mkdir()
    (tmp_path / "block" / "pygraphviz.py").write_text("raise ImportError('blocked')\n")
    environment = {**os.environ, "PATH": "", "PYTHONPATH": str(tmp_path / "block")}
    path = tmp_path / "model.svg"
    command = [sys.executable, "-m", "clspec", "render", SMALLEST, "-o", str(path)]
    ended = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert ended.returncode == 3, ended.stderr
    assert "Traceback" not in ended.stderr and "clspec[diagram]" in ended.stderr and "model.dot" in ended.stderr
    assert not path.exists()
    assert path.with_suffix(".dot").read_text() == clspec.render(SMALLEST).source


def test_an_internal_error_says_so_without_a_traceback(run, monkeypatch) -> None:
    import clspec.driver

    def broken(*_: object) -> None:
        raise KeyError("lost")

    monkeypatch.setattr(clspec.driver, "plan", broken)
    code, out, err = run("plan", SMALLEST)
    assert (code, out) == (2, "")
    assert "internal error[CL999]" in err and "CLSPEC_DEBUG" in err


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = f"{sys.executable} -m clspec compile {NESTED} | head -1; exit ${{PIPESTATUS[0]}}"
    ended = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith('"""Nested')


@pytest.mark.parametrize("command", ["compile", "convert", "render"])
def test_a_spec_is_not_written_over_by_what_is_made_of_it(run, tmp_path, monkeypatch, command) -> None:
    monkeypatch.chdir(tmp_path)
    spec = Path("mine.dot")  # the one suffix that all three can write
    spec.write_text("clspec 1\nmodel Net { input features(3)\n head h = incremental() }\n")
    Path("link.dot").symlink_to(spec)
    os.link(spec, "again.dot")
    before = spec.read_bytes()
    for name in ("mine.dot", "./mine.dot", str(spec.absolute()), "link.dot", "again.dot"):
        code, out, err = run(command, str(spec), "-o", name)
        assert (code, out) == (2, "")
        assert "is the spec itself" in err
        assert spec.read_bytes() == before
    assert run(command, str(spec), "-o", "other.dot")[0] == 0


@pytest.mark.parametrize("command", [["compile", SMALLEST], ["convert", SMALLEST], ["render", SMALLEST], ["schema"]])
def test_an_empty_output_is_a_usage_error(run, command) -> None:
    code, out, err = run(*command, "-o", "")
    assert (code, out) == (2, "")
    assert "the name of the file is empty" in err


def test_a_parameter_that_is_set_twice_is_a_usage_error(run) -> None:
    code, out, err = run("compile", NESTED, "--set", "width=1", "--set", "width = 2")
    assert (code, out) == (2, "")
    assert '"width" is set twice' in err


def test_render_makes_the_folders_of_its_output(run, tmp_path) -> None:
    assert run("render", SMALLEST, "-o", str(tmp_path / "no" / "m.dot"))[0] == 0
    assert (tmp_path / "no" / "m.dot").exists()
