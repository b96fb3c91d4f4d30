import ast
import copy
import pickle
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

import clspec
from clspec.checkpoint import CheckpointError, load_checkpoint, save_checkpoint
from clspec.codegen.python import text_literal

from .models import SPEC, compiled


def test_a_compiled_model_knows_its_spec(tmp_path):
    model = compiled(params={"width": 8})
    expected = clspec.nn.SpecSource(
        file="small.clspec", syntax="clspec", model="Small", parameters={"width": 8}, text=SPEC
    )
    assert expected == model.SPEC
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert other.SPEC == model.SPEC
    text = clspec.emit(clspec.parse_string(SPEC, name="small.clspec"))
    (tmp_path / "on_disk_small.py").write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", "import on_disk_small as m, clspec; clspec.save_checkpoint(m.Small(), 'm')"],
        cwd=tmp_path, env={"PYTHONPATH": f"{tmp_path}:{':'.join(filter(None, sys.path))}"}, check=False,
    )  # fmt: skip
    assert done.returncode == 0
    assert load_checkpoint(tmp_path / "m")[0].SPEC.text == SPEC


@given(st.text(st.one_of(st.characters(), st.sampled_from("\"\\\n\r'{}#\t\x00\u2028")), max_size=60))
def test_no_text_ends_the_literal_that_holds_it(text):
    tree = ast.parse(f"spec = f(text={text_literal(text)})", mode="exec")
    (statement,) = tree.body
    (keyword,) = statement.value.keywords
    assert ast.literal_eval(keyword.value) == text


def test_comments_and_strings_of_a_spec_stay_text():
    hostile = SPEC + '# """ + exec("raise SystemExit") + """ \\\n# \'\'\' \\N{BULLET} \\u0022\\u0022\\u0022\n# "'
    spec = clspec.parse_string(hostile, name='x"""+1+""".clspec')
    assert clspec.compile(spec).SPEC.text == hostile


def test_nn_models_have_none():
    assert clspec.nn.CompiledModel.SPEC is None
    with pytest.raises(CheckpointError):
        save_checkpoint(nn.Linear(2, 2), "nowhere")
