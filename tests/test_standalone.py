"""`--standalone`: one file that needs nothing of clspec, holds no more than it uses, and is the same model."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import clspec
import clspec.nn
from clspec.analyses.streams import choose_stream
from clspec.codegen.standalone import make_standalone
from clspec.driver import analyse

torch.set_num_threads(1)
TESTS = Path(__file__).parent
SPECS = TESTS.parent / "specs"
EVERY = sorted([*(TESTS / "cases").glob("*/spec.clspec"), *{*SPECS.glob("**/*.clspec")} - {*SPECS.glob("blocks/*")}])
SMALL = "clspec 1\nmodel Net { input features(4)\n neck body = linear(5)\n head h = incremental() }\n"

# Run where clspec cannot be imported: adapts, trains, grows, copies, and leaves what the model is and says in a file.
ALONE = """
import sys
class NoClspec:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "clspec":
            raise ModuleNotFoundError(f"{name} was imported")
sys.meta_path.insert(0, NoClspec())
try:
    import clspec
except ModuleNotFoundError:
    pass
else:
    raise SystemExit("clspec can be imported here")

import copy, pickle, torch
folder, name = sys.argv[1:]
sys.path.insert(0, folder)
import alone
torch.set_num_threads(1)
inputs, arrivals = torch.load(f"{folder}/given.pt")
told, born = [], {}

class Experience:
    def __init__(self, classes, tasks):
        self.classes_in_this_experience, self.task_labels = classes, tasks

model = getattr(alone, name)()
optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad] or [torch.nn.Parameter(torch.ones(1))])
for classes, tasks in arrivals:
    experience = Experience(classes, tasks)
    report = model.adaptation(experience, optimizer=optimizer)
    told.append(list(report.changes))
    born = born or copy.deepcopy(model.state_dict())
    model.train()
    labels = [tasks[0]] if model.NEEDS_TASK_LABELS else []
    answer = model(*inputs, *labels)
    answers = answer.values() if isinstance(answer, dict) else [answer]
    loss = sum(each.clamp(-9, 9).square().mean() for each in answers)
    if loss.requires_grad:
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if any(rule.action == "observe" for rule in model.PLAN):
        model.observe(inputs[0], torch.tensor(classes)[torch.arange(len(inputs[0])) % len(classes)], *labels)
    model.post_adaptation(experience, optimizer=optimizer)
model.eval()
with torch.no_grad():
    answer = model(*inputs, *labels)
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        again = other(*inputs, *labels)
        pairs = zip(answer.values(), again.values()) if isinstance(answer, dict) else [(answer, again)]
        assert all(torch.equal(one, two) for one, two in pairs)
        other.adaptation(Experience([90, 91], tasks))
assert not [module for module in sys.modules if module.partition(".")[0] == "clspec"]
torch.save((told, answer, born, model.state_dict()), f"{folder}/made.pt")
"""


def assert_same(one: dict, other: dict) -> None:
    assert list(one) == list(other)
    assert all(torch.equal(one[name], other[name]) for name in one)


def standalone(path: Path, **options) -> str:
    return clspec.emit(path, standalone=True, **options)


@pytest.mark.parametrize(
    "path",
    [
        *(
            TESTS / "cases" / case / "spec.clspec"
            for case in ("groups_in_groups", "rules", "statistics", "progressive")
        ),
        SPECS / "tutorial" / "nested_modules.clspec",
        SPECS / "methods" / "lucir.clspec",
    ],
    ids=lambda path: path.parent.name if path.stem == "spec" else path.stem,
)
def test_where_clspec_cannot_be_imported_it_is_the_same_model(path, tmp_path) -> None:
    analysis = analyse(path)
    (tmp_path / "alone.py").write_text(standalone(path, seed=3))
    inputs = [torch.randn(6, *analysis.flow.outputs[name].sizes) for name in analysis.wiring.inputs[""]]
    arrivals = [(sorted(each.classes), sorted(each.task_labels)) for each in choose_stream(analysis.spec, None)]
    torch.save((inputs, arrivals), tmp_path / "given.pt")
    command = [sys.executable, "-I", "-c", ALONE, str(tmp_path), analysis.model.title]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    told, answer, born, state = torch.load(tmp_path / "made.pt")

    model = clspec.compile(path, seed=3)
    assert list(model.adaptation(clspec.Experience(*arrivals[0])).changes) == told[0]
    assert_same(model.state_dict(), born)
    model = clspec.compile(path)
    model.load_state_dict(state)
    model.eval()
    labels = [arrivals[-1][1][0]] if model.NEEDS_TASK_LABELS else []
    with torch.no_grad():
        here = model(*inputs, *labels)
    assert_same(*(each if isinstance(each, dict) else {"": each} for each in (here, answer)))


def load(text: str):
    """The module's names; where it imports anything of clspec, that is an error."""
    for node in ast.walk(ast.parse(text)):
        named = [each.name for each in node.names] if isinstance(node, ast.Import) else []
        named += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        assert not [name for name in named if name.partition(".")[0] == "clspec"]
    from types import ModuleType

    module = ModuleType(f"standalone_{abs(hash(text))}")
    sys.modules[module.__name__] = module
    exec(compile(text, module.__name__, "exec"), vars(module))
    return module


@pytest.mark.parametrize("path", EVERY, ids=lambda path: path.parent.name if path.stem == "spec" else path.stem)
def test_the_same_seed_gives_the_same_weights(path) -> None:
    text = standalone(path, seed=5)
    assert text == standalone(path, seed=5)
    title = analyse(path).model.title
    model, normal = getattr(load(text), title)(), clspec.compile(path, seed=5)
    assert model.SPEC.text == path.read_text()
    experience = next(iter(choose_stream(clspec.parse(path), None)))
    assert model.adaptation(experience).changes == normal.adaptation(experience).changes
    assert_same(model.state_dict(), normal.state_dict())


def test_it_is_clean_for_a_linter(tmp_path) -> None:
    for path in EVERY:
        written, _, _ = standalone(path).partition(".SPEC = ")  # then comes the spec's own text
        name = path.parent.name if path.stem == "spec" else path.stem
        (tmp_path / f"{name}.py").write_text(written.rstrip().rpartition("\n")[0].rstrip() + "\n")
    command = ["-m", "ruff", "check", "--isolated", "--no-cache", "--select", "E,F,W", "--line-length", "120"]
    # SpecSource is used where the spec's text is, which was cut off.
    ended = subprocess.run([sys.executable, *command, str(tmp_path)], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout


def test_only_what_is_used_is_in_it() -> None:
    text = clspec.emit(clspec.parse_string(SMALL), standalone=True)
    defined = set(re.findall(r"^(?:class|def) (\w+)", text, re.MULTILINE))
    assert {"IncrementalClassifier", "DynamicModule", "CompiledModel", "Rule", "Net"} <= defined
    unused = {"ProgressiveNetwork", "FeCAMClassifier", "CosineClassifier", "PerTask", "MobilenetV1", "as_multitask"}
    assert not defined & {*unused, "StreamingLDAClassifier", "MLP", "optimizer_state", "Experience"}
    assert "pytorchcv" not in text and "DataLoader" in text


def test_what_is_in_it_keeps_its_comments_and_says_where_it_is_from() -> None:
    text = clspec.emit(clspec.parse_string(SMALL), standalone=True)
    assert "\n# ---- clspec.nn.generation: The rows that a linear head gained at one growth.\n" in text
    source = Path(clspec.nn.__file__).with_name("generation.py").read_text()
    assert source[source.index("class Generation") :].rstrip() in text
    order = re.findall(r"^# ---- (.*?)(?::|$)", text, re.MULTILINE)
    assert order[-1] == "The model" and len(order) == len(set(order))


NAMES = ["Rule", "on", "DynamicModule", "IncrementalClassifier", "nn", "torch", "Tensor", "len", "isinstance", "adapt"]


@pytest.mark.parametrize("name", [*NAMES, "Any", "dataclass", "math", "copy", "start2", "annotations", "cl"])
def test_a_model_keeps_its_name_and_what_is_inlined_gives_way(name, tmp_path) -> None:
    spec = clspec.parse_string(SMALL.replace("Net", name))
    module = load(clspec.emit(spec, standalone=True, seed=1))
    model, normal = getattr(module, name)(), clspec.compile(spec, seed=1)
    x = torch.randn(3, 4)
    for classes in ([0, 1], [2, 3]):
        experience = clspec.Experience(classes)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        assert model.adaptation(experience, optimizer=optimizer).changes == normal.adaptation(experience).changes
        assert torch.equal(model(x), normal(x))
    with pytest.raises(ValueError, match=r"the input must be \(batch, 4\)"):
        model(torch.zeros(3, 5))
    normal.load_state_dict(model.state_dict())


def test_everything_of_clspec_nn_can_be_in_one_file() -> None:
    names = sorted(clspec.nn.__all__)
    text = "from clspec import nn as cl\n\nEVERY = (\n" + "".join(f"    cl.{name},\n" for name in names) + ")\n"
    module = load(make_standalone(f'"""All."""\n\nfrom __future__ import annotations\n\n{text}'))
    here = dict(zip(names, module.EVERY, strict=True))
    assert all(not getattr(each, "__module__", "").startswith("clspec") for each in here.values())
    head = here["as_multitask"](torch.nn.Sequential(torch.nn.Linear(4, 2)), "0")
    assert here["adapt"](head, clspec.Experience([0, 1], [1])).changes
    assert head(torch.zeros(2, 4), 1).shape == (2, 2)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def f(spell):\n    return spell(spell_names)\n", "def f(spell):\n    return spell(spell_names)\n"),
        ("def f():\n    from clspec.growth.words import spell as s\n\n    return s([1])\n", "    return spell([1])\n"),
        ("def f():\n    from clspec.growth.words import spell\n", "def f():\n    pass\n"),
        ("def f(ids):\n    return f'é {words.spell(ids)} {ids!r:>4}'\n", "return f'é {spell(ids)} {ids!r:>4}'\n"),
        ("A = [spell for spell in ((1,), (2,)) if words.spell(spell)]\n", "if spell2(spell)]\n"),
        ("def f(x: 'words.Sequence'): ...\n", "def f(x: 'Sequence'): ...\n"),
        ("@(lambda f: f)\n# why\ndef g(): ...  # so\n", "@(lambda f: f)\n# why\ndef g(): ...  # so\n"),
        ("é = ('ü', words.spell([1]))\n", "é = ('ü', spell([1]))\n"),
    ],
)
def test_names_are_told_from_those_that_only_look_alike(source, expected) -> None:
    imports = "from clspec.growth import words\nfrom clspec.growth.words import spell_names\n"
    assert expected in make_standalone(f'"""A."""\n\nfrom __future__ import annotations\n\n{imports}\n\n{source}')


def test_it_says_what_an_experience_is_to_readers_without_clspec() -> None:
    text = clspec.emit(SPECS / "tutorial" / "incremental_classifier.clspec", standalone=True)
    about = text.partition("# ---- ")[0]
    read = {"classes_in_this_experience", "task_labels", "current_experience", "classes_by_task", "dataset"}
    assert read == set(re.findall(r"^#     (\w+):", about, re.MULTILINE))
    assert "clspec.Experience" not in text
