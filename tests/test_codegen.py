"""The generated module: the same on disk and in memory, safe whatever the spec says, and no more than its plan."""

from __future__ import annotations

import ast
import importlib.util
import inspect
import json
import os
import subprocess
import sys
import traceback
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import clspec
from clspec.analyses.identifiers import RESERVED
from clspec.analyses.streams import choose_stream
from clspec.cli import main
from clspec.driver import analyse

from .samples import with_samples

torch.set_num_threads(1)
TESTS = Path(__file__).parent
CASES = sorted(path for path in (TESTS / "cases").iterdir() if path.is_dir())
each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
SMALL = "clspec 1\nmodel Net { input features(4)\n neck body = linear(5)\n head h = incremental() }\n"


def from_disk(path: Path, text: str):
    """The module that a user imports who wrote the text to a file."""
    path.write_text(text)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def answers(model, inputs, task):
    mode = model.training
    model.eval()
    with torch.no_grad():
        answer = model(*inputs, *([task] if model.NEEDS_TASK_LABELS else []))
    model.train(mode)
    return answer if isinstance(answer, dict) else {"": answer}


def assert_same(one, other) -> None:
    assert list(one) == list(other)
    for name in one:
        assert torch.equal(one[name], other[name]), name


@each_case
def test_in_memory_and_on_disk_are_the_same(case, tmp_path) -> None:
    analysis = analyse(case / "spec.clspec")
    model = clspec.compile(case / "spec.clspec", seed=3)
    title = analysis.model.title
    written = getattr(from_disk(tmp_path / "written.py", clspec.emit(case / "spec.clspec", seed=3)), title)()
    assert type(model) is not type(written)
    inputs = [torch.randn(3, *analysis.flow.outputs[name].sizes) for name in analysis.wiring.inputs[""]]
    assert_same(model.state_dict(), written.state_dict())
    assert_same(answers(model, inputs, 0), answers(written, inputs, 0))
    for arriving in choose_stream(analysis.spec, None):
        experience = with_samples(arriving, inputs[0])
        assert model.adaptation(experience).changes == written.adaptation(experience).changes
        assert_same(model.state_dict(), written.state_dict())
        task = next(iter(experience.task_labels))
        assert_same(answers(model, inputs, task), answers(written, inputs, task))
        model.post_adaptation(experience)
        written.post_adaptation(experience)


def test_a_grown_state_goes_from_the_one_to_the_other(tmp_path) -> None:
    spec = clspec.parse(TESTS / "cases" / "groups_in_groups" / "spec.clspec")
    model = clspec.compile(spec)
    for experience in choose_stream(spec, None):
        model.adaptation(experience)
    written = from_disk(tmp_path / "written.py", clspec.emit(spec)).Nested()
    written.load_state_dict(model.state_dict())
    assert_same(model.state_dict(), written.state_dict())


def test_the_source_is_the_same_in_every_process() -> None:
    texts = set()
    path = str(TESTS / "cases" / "groups_in_groups" / "spec.clspec")
    for seed in ("0", "1", "77"):
        command = [sys.executable, "-m", "clspec", "compile", path, "--seed", "5"]
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        ended = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
        texts.add(ended.stdout)
    assert texts == {clspec.emit(path, seed=5)}


def test_the_source_is_clean_for_a_linter(tmp_path) -> None:
    for case in CASES:
        written, _, _ = clspec.emit(case / "spec.clspec").partition(".SPEC = ")  # then comes the spec's own text
        (tmp_path / f"{case.name}.py").write_text(written.rstrip().rpartition("\n")[0].rstrip() + "\n")
    command = ["-m", "ruff", "check", "--isolated", "--no-cache", "--select", "E,F,W", "--line-length", "120"]
    ended = subprocess.run([sys.executable, *command, str(tmp_path)], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout


def test_only_clspec_torch_and_the_backbones_library_are_imported() -> None:
    for case in CASES:
        tree = ast.parse(clspec.emit(case / "spec.clspec"))
        modules = {node.module.partition(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert modules <= {"__future__", "clspec", "functools", "torch", "pytorchcv"}
        assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import)]


# ---- nothing of a spec becomes code


def shape_of_code(text: str) -> str:
    """The syntax tree without docstrings, comments and the spec's own text at the end: what would run."""
    tree = ast.parse(text)
    carried = tree.body.pop()
    assert isinstance(carried, ast.Assign)
    assert isinstance(carried.value, ast.Call)
    assert all(isinstance(each.value, ast.Constant | ast.Dict) for each in carried.value.keywords)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            body[0].value = ast.Constant("")
    return ast.dump(tree)


@settings(max_examples=150, deadline=None)
@given(
    doc=st.text(max_size=40)
    | st.sampled_from(['"""', '\\"""', "\\", '"', "'''", "\n", "\r", "\x00", "\\N{DASH}", "#"]),
    name=st.text(st.characters(exclude_characters="/", exclude_categories=["Cs"]), min_size=1, max_size=20),
)
def test_no_doc_and_no_file_name_becomes_code(doc, name) -> None:
    text = SMALL.replace("input", f"{json.dumps(doc)} input", 1)
    source = clspec.emit(clspec.parse_string(text, name=f"{name}.clspec"))
    assert shape_of_code(source) == shape_of_code(clspec.emit(clspec.parse_string(SMALL)))
    (line,) = [line for line in source.splitlines() if "own rule of" in line]
    assert line.startswith("        Rule(on.new_class")


@pytest.mark.parametrize("name", ['resnet20_cifar10"); import os #', "__import__", "resnet20_cifar10\n", "os.system"])
def test_no_string_argument_becomes_code(name) -> None:
    text = f"clspec 1\nmodel Net {{ input image(3, 32, 32)\n backbone b = pytorchcv({json.dumps(name)}) }}"
    with pytest.raises(clspec.SpecError):
        clspec.emit(clspec.parse_string(text))


@pytest.mark.parametrize("value", ["-1e-320", "-6.5e4", "-0.1 - 0.2", "-1 / 3"])
def test_numbers_are_written_as_they_are(value) -> None:
    text = SMALL.replace("incremental()", f"incremental(mask_value={value})")
    model = clspec.compile(clspec.parse_string(text))
    assert model.h.mask_value == eval(value)


# ---- tracebacks, source, names


def test_a_traceback_shows_the_generated_line() -> None:
    model = clspec.compile(clspec.parse_string(SMALL))
    try:
        model(torch.zeros(2, 4, dtype=torch.float64))
    except RuntimeError:
        told = traceback.format_exc()
    assert "body = self.body(x)" in told
    assert "clspec_model_Net" in told


def test_inspect_gives_the_source_of_class_and_module() -> None:
    spec = clspec.parse_string(SMALL)
    kind = type(clspec.compile(spec))
    source = inspect.getsource(kind)
    assert source.startswith("class Net(") and source in clspec.emit(spec)
    assert inspect.getsource(sys.modules[kind.__module__]) == clspec.emit(spec)


def test_names_that_would_hide_something_are_reserved() -> None:
    model = clspec.compile(TESTS / "cases" / "groups_in_groups" / "spec.clspec")
    used = {name for part in (model, model.outer) for name in dir(part) if not name.startswith("_")}
    own = {name for part in (model, model.outer) for name, _ in part.named_children()}
    assert used - own - RESERVED == set()


@pytest.mark.parametrize("name", ["x", "nn", "cl", "Tensor", "Rule", "on", "partial", "Net", "torch", "len", "type_"])
def test_names_that_the_module_imports_can_still_be_given(name, tmp_path) -> None:
    """To the model, to a part and to an input: imports give way."""
    text = f"""clspec 1
stream tasks = split(classes=4, experiences=2, task_labels=true)
model {name} {{
    input {name if name != "x" else "y"} = features(4)
    neck part_{name} = per_task(linear(3))
    group {name}{"" if name == "x" else "_"} from part_{name} {{ head {name} = incremental() }}
}}
"""
    spec = clspec.parse_string(text)
    model = clspec.compile(spec, seed=1)
    for experience in choose_stream(spec, None):
        model.adaptation(experience)
    assert model(torch.zeros(2, 4), 1).shape == (2, 4)
    assert getattr(from_disk(tmp_path / "written.py", clspec.emit(spec)), name)()


# ---- the plan is the behaviour


def without(kind: type, *rows: int) -> type:
    plan = tuple(row for position, row in enumerate(kind.PLAN) if position not in rows)
    return type(kind.__name__, (kind,), {"PLAN": plan})


def test_a_row_taken_out_of_the_plan_is_no_longer_done() -> None:
    """Each row of a plan in turn: of all changes, exactly that row's are missing."""
    text = """clspec 1
model Net {
    input features(4)
    neck body = linear(5)
    neck top = linear(5)
    head a = incremental()
    head b = incremental() from body
    head c = per_task(incremental()) from body
    when experience 1 { freeze body }
    after experience 0 { freeze top }
}
"""
    kind = type(clspec.compile(clspec.parse_string(text)))
    stream = clspec.streams.split(6, 3, task_labels=True)

    def changes(model) -> list[str]:
        reports = [each for e in stream for each in (model.adaptation(e).changes, model.post_adaptation(e).changes)]
        return [words for report in reports for words in report]

    everything = changes(kind())
    assert len(kind.PLAN) == 6
    for position, row in enumerate(kind.PLAN):
        kept = changes(without(kind, position)())
        lost = [words for words in everything if words not in kept]
        assert lost and all(words.startswith(f"{row.target}: ") for words in lost), row
        if row.target != "c":  # without a member for its task, a per-task part has nothing to expand
            assert kept == [words for words in everything if not words.startswith(f"{row.target}: ")]


def test_a_model_with_an_empty_plan_does_nothing() -> None:
    kind = type(clspec.compile(clspec.parse_string(SMALL)))
    model = without(kind, 0)()
    before = {name: value.clone() for name, value in model.state_dict().items() if value.is_floating_point()}
    for experience in clspec.streams.split(6, 3):
        assert model.adaptation(experience).changes == ()
    assert_same(before, {name: value for name, value in model.state_dict().items() if name in before})
    assert model(torch.zeros(2, 4)).shape == (2, 2)


def test_a_row_put_into_the_plan_is_done() -> None:
    from clspec.nn import Rule, on

    kind = type(clspec.compile(clspec.parse_string(SMALL)))
    more = type("More", (kind,), {"PLAN": (*kind.PLAN, Rule(on.experience(1), "freeze", "body"))})()
    stream = clspec.streams.split(6, 3)
    assert "body: frozen" not in more.adaptation(stream[0]).changes
    assert more.adaptation(stream[1]).changes[-1] == "body: frozen"
    assert not more.body.weight.requires_grad


# ---- seeds


def test_a_seed_decides_all_weights_also_of_what_grows_and_leaves_the_global_generator_alone() -> None:
    path = TESTS / "cases" / "groups_in_groups" / "spec.clspec"
    stream = choose_stream(clspec.parse(path), None)
    states = []
    for noise in (1, 2):
        torch.manual_seed(noise)
        before = torch.get_rng_state()
        model = clspec.compile(path, seed=11)
        for experience in stream:
            model.adaptation(experience)
        assert torch.equal(torch.get_rng_state(), before)
        states.append(model.state_dict())
    assert_same(*states)
    other = clspec.compile(path, seed=12).state_dict()
    drawn = [name for name, value in other.items() if name.endswith("weight") and "hidden.1" not in name]
    assert drawn
    fresh = clspec.compile(path, seed=11).state_dict()
    assert all(not torch.equal(fresh[name], other[name]) for name in drawn)


def test_without_a_seed_weights_come_from_the_global_generator() -> None:
    spec = clspec.parse_string(SMALL)
    torch.manual_seed(5)
    one = clspec.compile(spec).state_dict()
    two = clspec.compile(spec).state_dict()
    torch.manual_seed(5)
    assert_same(one, clspec.compile(spec).state_dict())
    assert not torch.equal(one["body.weight"], two["body.weight"])


def test_a_seeded_row_does_not_depend_on_when_it_came() -> None:
    spec = clspec.parse_string(SMALL)
    early, late = clspec.compile(spec, seed=4), clspec.compile(spec, seed=4)
    early.adaptation(clspec.Experience([0, 1, 5]))
    for classes in ([0], [1], [5]):
        late.adaptation(clspec.Experience(classes))
    assert torch.equal(early.h.weight[2], late.h.weight[2])


@pytest.mark.parametrize("seed", [0, -1, 2**63 - 1, 2**64, -(2**70)])
def test_any_integer_is_a_seed(seed) -> None:
    spec = clspec.parse_string(SMALL)
    assert_same(clspec.compile(spec, seed=seed).state_dict(), clspec.compile(spec, seed=seed).state_dict())


def test_what_is_no_integer_is_no_seed() -> None:
    for seed in ("7", "print()", 1.5):
        with pytest.raises(TypeError):
            clspec.emit(clspec.parse_string(SMALL), seed=seed)


def test_dtype_and_device() -> None:
    model = clspec.compile(clspec.parse_string(SMALL), dtype=torch.float64, device="cpu")
    model.adaptation(clspec.Experience([0, 1, 2, 3]))
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float64}
    assert model(torch.zeros(2, 4, dtype=torch.float64)).shape == (2, 4)


def test_a_model_for_avalanche_has_another_base_and_the_rest_alike() -> None:
    spec = clspec.parse_string(SMALL)
    plain, other = clspec.emit(spec), clspec.emit(spec, target="avalanche")
    assert "from clspec.integrations.avalanche import AvalancheModel\n" in other
    assert (
        other.replace("(AvalancheModel)", "(cl.CompiledModel)")
        .replace('    target="avalanche",\n', "")
        .replace("from clspec.integrations.avalanche import AvalancheModel\n", "")
        == plain
    )
    with pytest.raises(ValueError, match="unknown target"):
        clspec.emit(spec, target="jax")


def test_without_avalanche_the_error_says_what_to_install(monkeypatch) -> None:
    def missing(_: str) -> str:
        raise PackageNotFoundError

    monkeypatch.setattr("clspec.integrations.version", missing)
    with pytest.raises(clspec.SpecError, match=r'CL210.*not installed[\s\S]*pip install "clspec\[avalanche\]"'):
        clspec.compile(clspec.parse_string(SMALL), target="avalanche")
    monkeypatch.setattr("clspec.integrations.version", lambda _: "0.5.0")
    with pytest.raises(clspec.SpecError, match=r"CL210.*avalanche-lib 0\.5\.0 is too old"):
        clspec.compile(clspec.parse_string(SMALL), target="avalanche")


def test_rules_that_strategies_do_not_run_are_told(tmp_path, capsys) -> None:
    (tmp_path / "m.clspec").write_text(SMALL.rstrip().removesuffix("}") + "  after experience 0 { freeze h }\n}\n")
    with pytest.warns(clspec.SpecWarning, match="AfterRules") as told:
        clspec.emit(tmp_path / "m.clspec", target="avalanche")
    assert len(told) == 1
    with pytest.raises(SystemExit) as ended:
        main(["compile", "--target", "avalanche", str(tmp_path / "m.clspec")])
    said = capsys.readouterr()
    assert not ended.value.code and "warning[CL902]" in said.err and said.out.startswith('"""')
