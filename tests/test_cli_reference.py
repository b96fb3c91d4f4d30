"""`components`, `schema` and `init`."""

from pathlib import Path

import pytest

from clspec.cli import main
from clspec.components import registry
from clspec.reference import kinds


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def command(*arguments):
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        said = capsys.readouterr()
        return ended.value.code, said.out, said.err

    return command


def test_components_lists_every_kind_once(run):
    code, out, _ = run("components")
    listed = [line.strip().partition("(")[0] for line in out.splitlines() if line.startswith("  ") and line[2] != " "]
    assert code == 0
    assert sorted(listed) == sorted([*(kind for kind in registry() if kind.isidentifier()), "split"])


@pytest.mark.parametrize("kind", kinds())
def test_a_kinds_page_names_all_of_its_arguments(run, kind):
    code, out, _ = run("components", kind)
    assert code == 0
    assert out.startswith(f"{kinds()[kind]}\n{kinds()[kind].summary}\n")
    assert [line.split()[0].partition("=")[0] for line in out.splitlines() if line.startswith("  ")] == [
        argument.name for argument in kinds()[kind].arguments
    ]


def test_a_kinds_page_has_types_bounds_and_own_rules(run):
    out = run("components", "incremental")[1]
    assert "own rule:   when new_class { expand self }\n" in out
    assert "  initial=2         integer, at least 1, at most 1000000\n" in out
    assert "  sizes        list, 1 or more; each: integer, at least 1\n" in run("components", "mlp")[1]
    assert "  size=none  integer, at least 1 or none\n" in run("components", "avg_pool")[1]


def test_a_page_says_which_words_an_argument_takes(run):
    assert '  index="class_id"  one of "class_id", "compact"\n' in run("components", "incremental")[1]
    assert '  adapter="mlp"  one of "mlp", "linear"\n' in run("components", "progressive")[1]


def test_merges_stand_by_themselves(run):
    families = {text.partition("\n")[0]: text for text in run("components")[1].split("\n\n")}
    assert list(families) == ["Inputs", "Backbones", "Layers and necks", "Merges", "Heads", "Streams"]
    merges = [line.split()[0] for line in families["Merges"].splitlines() if line.endswith("()")]
    assert merges == ["add()", "concat()", "mean()"]


def test_an_unknown_kind_names_the_nearest(run):
    code, _, err = run("components", "linera")
    assert code == 2
    assert 'did you mean "linear"?' in err


def test_schema_can_be_written_to_a_file(run):
    assert run("schema", "-o", "s.json") == (0, "", "")
    assert run("schema")[1] == Path("s.json").read_text("utf-8")


@pytest.mark.parametrize("name", ["model.clspec", "new.yaml"])
def test_init_writes_a_spec_that_checks_and_is_formatted(run, name):
    code, out, _ = run("init", name) if name != "model.clspec" else run("init")
    assert (code, out) == (0, f"wrote {name}; next: clspec check {name}\n")
    assert run("check", name) == (0, f"{name}: fine\n", "")
    assert run("fmt", "--check", name)[0] == 0
    assert f"clspec check {name} " in Path(name).read_text("utf-8")


def test_init_overwrites_nothing(run):
    Path("mine.clspec").write_text("mine")
    code, _, err = run("init", "mine.clspec")
    assert (code, Path("mine.clspec").read_text()) == (2, "mine")
    assert "already there" in err
