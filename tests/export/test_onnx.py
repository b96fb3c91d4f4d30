"""ONNX files: onnxruntime answers as the model does, names and metadata are right, nothing half right is written."""

import json

import onnx
import onnxruntime
import pytest
import torch

import clspec
from clspec.cli import main
from clspec.integrations.export import columns, export
from clspec.integrations.onnx import compare

torch.set_num_threads(1)
HEADS = {
    "incremental": "incremental()",
    "bare": "incremental(bias=false)",
    "compact": 'incremental(index="compact")',
    "reserved": "incremental(reserve=8)",
    "cosine": "cosine()",
    "nearest_mean": "nearest_mean()",
    "streaming_lda": "streaming_lda()",
    "fecam": "fecam()",
    "train_eval": "train_eval(incremental(), nearest_mean())",
    "multi_head": "per_task(incremental())",
    "linear_a_task": "per_task(linear(3))",
    "cosine_a_task": "per_task(cosine())",
    "means_a_task": "per_task(nearest_mean())",
    "columns": "progressive(hidden=5)",
}
SPEC = """clspec 1
model Net {{
    input features(6)
    neck body = [linear(6), tanh()]
{parts}    output {outputs}
}}
"""


def spec(*heads):
    roles = {"columns": "backbone"}
    parts = "".join(f"    {roles.get(name, 'head')} {name} = {HEADS[name]} from body\n" for name in heads)
    return SPEC.format(parts=parts, outputs=", ".join(heads))


def grown(*heads):
    torch.manual_seed(0)
    model = clspec.compile(clspec.parse_string(spec(*heads)), seed=0)
    for task, classes in enumerate([[0, 1], [5, 3], [2]]):
        model.adaptation(clspec.Experience(classes, [task], task))
        if any(rule.action == "observe" for rule in model.PLAN):
            x, y = torch.randn(30, 6), torch.tensor(classes).repeat(30)[:30]
            model.observe(x, y, *((task,) if model.NEEDS_TASK_LABELS else ()))
        model.post_adaptation()
    return model.eval()


def answers(path, **inputs):
    session = onnxruntime.InferenceSession(path)
    given = {each.name: inputs[each.name].numpy() for each in session.get_inputs()}
    return dict(zip([each.name for each in session.get_outputs()], session.run(None, given), strict=True))


def same(found, wanted):
    assert list(found) == list(wanted)
    for name, answer in wanted.items():
        torch.testing.assert_close(torch.from_numpy(found[name]), answer.detach(), atol=1e-4, rtol=1e-4)


def test_every_kind_of_head_answers_alike_to_batches_of_any_size(tmp_path):
    model = grown(*HEADS)
    export(model, tmp_path / "m.onnx")
    for labels in ([2, 0, 1, 1, 2, 0, 2], [1]):
        x, task_labels = torch.randn(len(labels), 6), torch.tensor(labels)
        found = answers(tmp_path / "m.onnx", x=x, task_labels=task_labels)
        same(found, model(x, task_labels))


def test_one_file_a_task(tmp_path):
    model = grown("multi_head", "columns", "means_a_task")
    x = torch.randn(4, 6)
    for task in (0, 2):
        export(model, tmp_path / "m.onnx", task_label=task)
        same(answers(tmp_path / "m.onnx", x=x), model(x, task))


def test_a_task_that_nobody_announced_is_answered_with_the_mask_value(tmp_path):
    model = grown("multi_head", "cosine_a_task")
    export(model, tmp_path / "m.onnx")
    found = answers(tmp_path / "m.onnx", x=torch.randn(2, 6), task_labels=torch.tensor([9, 1]))
    for answer in found.values():
        assert (answer[0] == -1000).all() and (answer[1] != -1000).sum() == 2


@pytest.mark.parametrize(
    ("text", "inputs", "outputs", "dtype"),
    [
        ("input left = features(3)\n input right = features(2)\n neck both = concat() from left, right\n"
         " head h = incremental()", ["left", "right"], ["h"], torch.float64),
        ("input words = tokens(4, 9)\n input features(3)\n head h = linear(2)", ["words", "x"], ["h"], torch.float32),
        ("input features(3)\n head a = linear(2)\n head b = linear(4)\n output a in train\n output b in eval",
         ["x"], ["b"], torch.float32),
        ("input features(3)\n group g { head inner = incremental()\n head other = linear(2) from x }\n"
         " head own = linear(2) from x", ["x"], ["g.inner", "g.other", "own"], torch.float32),
    ],
)  # fmt: skip
def test_names_are_those_of_the_spec(tmp_path, text, inputs, outputs, dtype):
    spec = clspec.parse_string(f"clspec 1\nmodel Net {{ {text} }}")
    model = clspec.compile(spec, dtype=dtype, allow_imports=["tests"])
    export(model, tmp_path / "m.onnx", allow_imports=["tests"])
    session = onnxruntime.InferenceSession(tmp_path / "m.onnx")
    assert [each.name for each in session.get_inputs()] == inputs
    assert [each.name for each in session.get_outputs()] == outputs
    assert {each.shape[0] for each in (*session.get_inputs(), *session.get_outputs())} == {"batch"}


def test_the_file_tells_of_classes_and_of_no_machine(tmp_path):
    model = grown("compact", "multi_head")
    before = {name: value.clone() for name, value in model.state_dict().items()}
    export(model.train(), tmp_path / "m.onnx")
    assert model.training and all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert not any(hasattr(module, "settled") and module.settled for module in model.modules())
    made = onnx.load(tmp_path / "m.onnx")
    onnx.checker.check_model(made)
    told = {each.key: each.value for each in made.metadata_props}
    assert told["clspec.spec"] == spec("compact", "multi_head") and told["clspec.model"] == "Net"
    classes = json.loads(told["clspec.class_map"])
    assert classes == columns(model)
    assert [each["column"] for each in classes if each["head"] == "compact"] == [0, 1, 2, 3, 4]
    assert [(each["task"], each["column"]) for each in classes if each["head"] == "multi_head"] == [
        (0, 0), (0, 1), (1, 3), (1, 5), (2, 2),
    ]  # fmt: skip
    first = (tmp_path / "m.onnx").read_bytes()
    assert b".py" not in first
    export(model, tmp_path / "m.onnx")
    assert (tmp_path / "m.onnx").read_bytes() == first


def test_a_file_that_answers_otherwise_is_told(tmp_path):
    model = grown("incremental")
    export(model, tmp_path / "m.onnx")
    data = (tmp_path / "m.onnx").read_bytes()
    compare(data, model, {"x": torch.randn(3, 6)})
    model.incremental.set_rows({5: torch.ones(6)})
    with pytest.raises(clspec.SpecError, match=r"CL903.*onnxruntime answers otherwise than the model, by up to"):
        compare(data, model, {"x": torch.randn(3, 6)})
    with pytest.raises(clspec.SpecError, match=r"CL903.*onnxruntime cannot run it"):
        compare(data, model, {"y": torch.randn(3, 6)})


def test_what_onnx_cannot_say_leaves_the_file_that_was_there(tmp_path, capsys):
    text = (
        'clspec 1\nmodel Net { input features(6)\n backbone odd = module("tests.export.odd:Odd")\n head h = linear(2) }'
    )
    (tmp_path / "m.clspec").write_text(text)
    (tmp_path / "m.onnx").write_text("before")
    with pytest.raises(SystemExit) as ended:
        main(["export", "--allow-import", "tests", str(tmp_path / "m.clspec"), "-o", str(tmp_path / "m.onnx")])
    said = capsys.readouterr()
    assert ended.value.code == 1 and "error[CL903]: Net cannot be exported: torch.onnx cannot translate it" in said.out
    assert "help: write a .pt2 instead" in said.out
    assert (tmp_path / "m.onnx").read_text() == "before"


def test_a_checkpoint_becomes_a_file(tmp_path, capsys):
    model = grown("incremental")
    clspec.save_checkpoint(model, tmp_path / "m.safetensors")
    with pytest.raises(SystemExit) as ended:
        main(["export", str(tmp_path / "m.safetensors"), "-o", str(tmp_path / "m.onnx")])
    said = capsys.readouterr()
    assert (ended.value.code, said.out, said.err) == (0, "", "")
    x = torch.randn(4, 6)
    same(answers(tmp_path / "m.onnx", x=x), {"incremental": model(x)})
