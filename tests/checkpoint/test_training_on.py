import subprocess
import sys

import pytest
import torch

import clspec
from clspec.checkpoint import load_checkpoint, save_checkpoint

from .models import OPTIMIZERS, STREAM, grown, learn, same_model, same_optimizer


@pytest.mark.parametrize("saved_after", [0, 1, 2, 3])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_training_on_is_as_if_nothing_had_happened(tmp_path, name, saved_after):
    model, optimizer = grown(OPTIMIZERS[name], saved_after)
    save_checkpoint(model, tmp_path / "model.safetensors", optimizer)
    rng = torch.get_rng_state()
    copy, other = load_checkpoint(tmp_path / "model.safetensors")
    assert torch.equal(rng, torch.get_rng_state())
    same_model(model, copy)
    same_optimizer(optimizer, other, model, copy)
    for experience in STREAM[saved_after:]:
        rng = torch.get_rng_state()
        learn(model, optimizer, experience)
        torch.set_rng_state(rng)
        learn(copy, other, experience)
        same_model(model, copy)
        same_optimizer(optimizer, other, model, copy)


def test_pending_after_rules_the_timeline_and_frozen_parts_go_along(tmp_path):
    model, _ = grown(experiences=1)
    save_checkpoint(model, tmp_path / "m")
    copy, nothing = load_checkpoint(tmp_path / "m")
    assert nothing is None
    assert copy.post_adaptation().changes == ("coarse: frozen",)
    assert copy.adaptation(STREAM[0]).changes == ()
    model, _ = grown(experiences=3)
    model.fine.labels.members[0].requires_grad_(False)  # by hand: no rule knows of it
    save_checkpoint(model, tmp_path / "m")
    copy, _ = load_checkpoint(tmp_path / "m")
    same_model(model, copy)
    assert not copy.trunk[1].training
    assert copy.class_map() == model.class_map()


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_dtypes_are_kept(tmp_path, dtype):
    model, optimizer = grown(dtype=dtype)
    save_checkpoint(model, tmp_path / "m", optimizer)
    copy, other = load_checkpoint(tmp_path / "m")
    rng = torch.get_rng_state()
    learn(model, optimizer, STREAM[2])
    torch.set_rng_state(rng)
    learn(copy, other, STREAM[2])
    same_model(model, copy)
    assert next(copy.parameters()).dtype is dtype


def test_parameters_of_the_spec_model_and_seed_go_along(tmp_path):
    path = tmp_path / "spec.yaml"
    path.write_text(
        "clspec: 1\nmodels:\n  Other:\n"
        "    body: [{input: x, uses: features, with: [4]}, {head: h, uses: incremental}]\n"
        "  Wanted:\n    params: {width: 5}\n    body:\n      - {input: x, uses: features, with: [4]}\n"
        "      - {neck: n, uses: linear, with: ['${width}']}\n      - {head: h, uses: incremental}\n"
    )
    model = clspec.compile(path, model="Wanted", params={"width": 3}, seed=7)
    model.adaptation(STREAM[0])
    save_checkpoint(model, tmp_path / "m")
    path.unlink()
    copy, _ = load_checkpoint(tmp_path / "m")
    model.adaptation(STREAM[1]), copy.adaptation(STREAM[1])
    same_model(model, copy)
    assert (copy.n.out_features, copy.SEED, type(copy).__name__) == (3, 7, "Wanted")


FRESH = """
import sys, warnings
warnings.simplefilter("error")
import clspec
model, optimizer = clspec.load_checkpoint(sys.argv[1])
print(type(optimizer).__name__, len(model.class_map()), "pickle" in str(type(model)))
"""


def test_a_fresh_process_loads_it(tmp_path):
    model, optimizer = grown()
    save_checkpoint(model, tmp_path / "m", optimizer)
    done = subprocess.run(
        [sys.executable, "-c", FRESH, str(tmp_path / "m")], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, f"SGD {len(model.class_map())} False\n"), done.stderr


def test_the_same_model_gives_the_same_bytes(tmp_path):
    model, optimizer = grown()
    save_checkpoint(model, tmp_path / "a", optimizer)
    save_checkpoint(model, tmp_path / "b", optimizer)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
