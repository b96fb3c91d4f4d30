"""Every command on files, directories and standard input, with its findings in every format."""

import io
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from clspec.cli import main

UGLY = "clspec 1 model M{input image(1,2,3) # c\n}"
NEAT = "clspec 1\n\nmodel M {\n    input image(1, 2, 3)  # c\n}\n"
NET = "clspec 1\n\nmodel M {\n    input features(4)\n    head h = incremental()\n}\n"
YAML = """\
# é
clspec: 1
models:
  M:
    body:
      - {input: x, uses: features, with: [4]}
      - {head: h, uses: incremental}
"""


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Runs a command in an empty directory: exit code, standard output, standard error."""
    monkeypatch.chdir(tmp_path)

    def command(*arguments, given=""):
        monkeypatch.setattr(
            "sys.stdin", SimpleNamespace(buffer=io.BytesIO(given if isinstance(given, bytes) else given.encode()))
        )
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        said = capsys.readouterr()
        return ended.value.code, said.out, said.err

    return command


def test_fmt_rewrites_files_and_all_below_a_directory(run):
    Path("deep/deeper").mkdir(parents=True)
    Path(".venv").mkdir()
    for name in ("deep/a.clspec", "deep/deeper/b.clspec", ".venv/c.clspec", "deep/d.yaml"):
        Path(name).write_text(UGLY)
    assert run("fmt")[:2] == (0, "")
    assert [Path(name).read_text() == NEAT for name in ("deep/a.clspec", "deep/deeper/b.clspec")] == [True, True]
    assert [Path(name).read_text() == UGLY for name in (".venv/c.clspec", "deep/d.yaml")] == [True, True]
    assert run("fmt", "deep") == (0, "", "2 files: nothing to change\n")


def test_fmt_check_and_diff_write_nothing(run):
    Path("a.clspec").write_text(UGLY)
    assert run("fmt", "--check", "a.clspec") == (1, "would change: a.clspec\n", "")
    code, out, _ = run("fmt", "--diff", "a.clspec")
    assert code == 1
    assert out.startswith("--- a.clspec\n+++ a.clspec (formatted)\n")
    assert "\\ No newline at end of file\n" in out
    assert Path("a.clspec").read_text() == UGLY
    Path("a.clspec").write_text(NEAT)
    assert run("fmt", "--check", "--diff", "a.clspec")[:2] == (0, "")


def test_fmt_of_standard_input(run):
    assert run("fmt", "-", given=UGLY) == (0, NEAT, "")
    assert run("fmt", "-", given=NEAT) == (0, NEAT, "")
    assert run("fmt", "--check", "-", given=UGLY)[0] == 1
    assert run("fmt", "-", given=YAML)[1].startswith("# é\nclspec: 1\nmodels:\n")


def test_fmt_reports_what_does_not_parse_and_formats_the_rest(run):
    Path("a.clspec").write_text("clspec 1 model {")
    Path("b.clspec").write_text(UGLY)
    code, out, _ = run("fmt", ".")
    assert code == 1
    assert "a.clspec:1:16: error[CL001]" in out
    assert (Path("a.clspec").read_text(), Path("b.clspec").read_text()) == ("clspec 1 model {", NEAT)


def test_fmt_keeps_a_link_a_link(run):
    Path("a.clspec").write_text(UGLY)
    Path("link.clspec").symlink_to("a.clspec")
    assert run("fmt", "link.clspec")[0] == 0
    assert Path("link.clspec").is_symlink()
    assert Path("a.clspec").read_text() == NEAT


def test_convert_there_and_back(run):
    Path("a.clspec").write_text('clspec 1 model M { backbone b = pytorchcv("vgg11", pretrained=false)  # c\n}\n')
    assert run("convert", "a.clspec", "-o", "a.yaml") == (0, "", "")
    assert "with: {name: vgg11, pretrained: false}" in Path("a.yaml").read_text()
    code, out, _ = run("convert", "a.yaml")
    assert (code, out.splitlines()[3]) == (0, '    backbone b = pytorchcv(name="vgg11", pretrained=false)  # c')
    assert run("convert", "-", given=out)[1] == Path("a.yaml").read_text()


def test_convert_says_what_is_wrong_with_the_spec(run):
    code, out, _ = run("convert", "-", given="model M {}")
    assert code == 1
    assert "<stdin>:1:1: error[CL006]" in out


def test_check_takes_directories_and_standard_input(run):
    Path("specs/inner").mkdir(parents=True)
    Path("specs/a.clspec").write_text(NET)
    Path("specs/inner/b.yaml").write_text(YAML, "utf-8")
    Path("specs/compose.yaml").write_text("services: {}\n")
    assert run("check", "specs") == (0, "2 specs: all fine\n", "")
    assert run("check", "-", given=NET)[:2] == (0, "<stdin>: fine\n")
    assert "<stdin>:5:14: error[CL110]" in run("check", "-", given=NET.replace("incremental", "incremantal"))[1]
    Path("empty").mkdir()
    assert run("check", "empty")[0] == 2


def test_check_for_github(run):
    Path("a,b.clspec").write_text(NET.replace("incremental", "incremantal"))
    code, out, _ = run("check", "--output-format", "github", "a,b.clspec")
    assert code == 1
    assert out == (
        "::error file=a%2Cb.clspec,line=5,col=14,endLine=5,endColumn=25,title=clspec CL110::"
        'unknown component "incremantal"%0Ahelp: did you mean "incremental"?\n'
    )
    assert run("check", "--output-format", "github", "-", given=NET) == (0, "", "")
    assert json.loads(run("check", "--output-format", "json", "-", given=NET)[1]) == []


def test_check_of_standard_input_tells_wrong_values_and_the_rest(run):
    wrong = NET.replace("incremental()", "incremantal()").replace("features(4)", f"features({'9' * 23})")
    code, out, _ = run("check", "--output-format", "concise", "-", given=wrong)
    assert code == 1
    assert [line.split("[")[1][:5] for line in out.splitlines()] == ["CL213", "CL110"]


OF_ONE_SPEC = ["compile", "plan", "simulate", "render", "expand", "show"]
STREAM = NET.replace("model", "stream s = split(4, 2)\n\nmodel")
BAD = STREAM.replace("incremental", "incremantal")
FINDING = 'bad.clspec:7:14: error[CL110]: unknown component "incremantal"\n'


@pytest.mark.parametrize("command", OF_ONE_SPEC)
def test_a_spec_from_standard_input(run, command):
    Path("net.clspec").write_text(STREAM)
    code, out, err = run(command, "-", given=STREAM)
    assert (code, err) == (0, "")
    if command != "render":  # a picture is as wide as the name of the file
        assert out.replace("<stdin>", "net.clspec") == run(command, "net.clspec")[1]
    code, out, _ = run(command, "-", "--output-format", "concise", given=BAD)
    assert (code, out) == (1, FINDING.replace("bad.clspec", "<stdin>"))


def test_every_stage_reads_standard_input_in_either_syntax(run):
    Path("net.clspec").write_text(STREAM)
    for stage in ("document", "ir", "shapes"):
        given = run("compile", "-", "--emit", stage, given=STREAM)
        assert given == run("compile", "net.clspec", "--emit", stage)
    code, out, _ = run("compile", "-", "--emit", "document", given=YAML)
    assert code == 0 and out.startswith("Document of yaml\n")


def test_all_findings_of_standard_input_come_in_one_run(run):
    wrong = BAD.replace("features(4)", f"features({'9' * 23})")
    out = run("compile", "-", "--output-format", "concise", given=wrong)[1]
    assert [line.split("[")[1][:5] for line in out.splitlines()] == ["CL213", "CL110"]


@pytest.mark.parametrize("command", [*OF_ONE_SPEC, "convert", "check", "fmt"])
def test_standard_input_that_holds_no_text(run, command):
    found = {b"clspec 1 \xff\xfe": ":1:10: error[CL003]", b"": ": error[CL004]", bytes(1_500_000): ": error[CL011]"}
    for given, told in found.items():
        ended, out, err = run(command, "-", given=given)
        assert (ended, err) == (1, "")
        assert f"<stdin>{told}" in out


@pytest.mark.parametrize("command", [*OF_ONE_SPEC, "convert"])
def test_a_directory_where_one_spec_is_meant_is_a_usage_error(run, command):
    code, out, err = run(command, ".")
    assert (code, out) == (2, "")
    assert '"." is a directory; name a file in it' in err


@pytest.mark.parametrize("command", [*OF_ONE_SPEC, "check"])
def test_findings_in_every_format(run, command):
    Path("bad.clspec").write_text(BAD)
    assert run(command, "bad.clspec", "--output-format", "concise") == (1, FINDING, "")
    code, out, _ = run(command, "bad.clspec", "--output-format", "json")
    assert (code, [each["code"] for each in json.loads(out)]) == (1, ["CL110"])
    code, out, _ = run(command, "bad.clspec", "--output-format", "github")
    assert code == 1 and out.startswith("::error file=bad.clspec,line=7,col=14,")
    assert "\n7 |     head h" in run(command, "bad.clspec")[1]


def test_fmt_and_convert_tell_findings_in_every_format(run):
    Path("bad.clspec").write_text("clspec 1 model {")
    for command in ("fmt", "convert"):
        code, out, _ = run(command, "bad.clspec", "--output-format", "json")
        assert (code, [each["code"] for each in json.loads(out)]) == (1, ["CL001"])
        out = run(command, "bad.clspec", "--output-format", "concise")[1]
        assert out.startswith("bad.clspec:1:16: error[CL001")


@pytest.mark.parametrize("command", ["check", "plan", "expand"])
@pytest.mark.parametrize("leave", [[], ["--allow-use", "."]], ids=["", "allow-use"])
def test_leave_to_use_files_hides_no_finding(run, command, leave):
    body = f"input features(4)\n neck a = linear({'9' * 20})\n neck b = relu() from nosuch"
    Path("two.clspec").write_text(f"clspec 1\nmodel M {{ {body} }}\n")
    out = run(command, "two.clspec", "--output-format", "concise", *leave)[1]
    assert [line.split("[")[1][:5] for line in out.splitlines()] == ["CL213", "CL101"]


def test_an_unknown_command_and_an_empty_name_are_told_in_words(run):
    code, _, err = run("chek", "a.clspec")
    assert code == 2 and 'there is no command "chek"; did you mean "check"?' in err
    for command in ("check", "fmt", "plan", "convert"):
        code, out, err = run(command, "")
        assert (code, out) == (2, "") and "the name of a file is empty" in err


def test_converted_text_is_not_named_as_what_it_came_from(run, tmp_path):
    spec = tmp_path / "a.clspec"
    spec.write_text("clspec 1\nmodel Net {\n    input features(3)\n    head h = incremental()\n}\n")
    code, _, err = run("convert", str(spec), "-o", str(tmp_path / "b.clspec"))
    assert code == 2 and "b.yaml" in err and not (tmp_path / "b.clspec").exists()
    assert run("convert", str(spec), "-o", str(tmp_path / "b.yaml"))[0] == 0
    assert run("convert", str(tmp_path / "b.yaml"), "-o", str(tmp_path / "c.yml"))[0] == 2


def test_fmt_says_where_it_found_nothing(run, tmp_path):
    assert run("fmt", str(tmp_path)) == (0, "", f"no .clspec files in {tmp_path}\n")


def test_the_starter_goes_to_standard_output_alone(run):
    code, out, err = run("init", "-")
    assert (code, err) == (0, "") and "wrote" not in out and "clspec check model.clspec" in out
