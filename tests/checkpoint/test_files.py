import copy
import json
import random

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from clspec.checkpoint import CheckpointError, load_checkpoint, save_checkpoint
from clspec.checkpoint_file import _canonical, _stored, sha256
from clspec.nn import IncrementalClassifier

from .models import compiled, grown


def test_what_cannot_be_saved_leaves_the_file_as_it_was(tmp_path):
    path = tmp_path / "m"
    path.write_text("before")
    model, optimizer = grown()
    other = compiled()
    with pytest.raises(CheckpointError, match="IncrementalClassifier was not compiled from a spec"):
        save_checkpoint(IncrementalClassifier(4), path)
    with pytest.raises(CheckpointError, match=r"parameters that are not Small's, the first of shape \(6, 4\)"):
        save_checkpoint(other, path, optimizer)
    optimizer.state[model.trunk[0].weight]["seen"] = {1, 2}
    with pytest.raises(CheckpointError, match=r"optimizer\.state\.trunk\.0\.weight\.seen is a set"):
        save_checkpoint(model, path, optimizer)
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def parts(path):
    with safe_open(str(path), framework="pt") as file:
        return json.loads(file.metadata()["clspec"]), {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118


def rewritten(path, change, honest=False):
    """The file with its metadata and tensors changed; `honest`: with the digests that go with them."""
    metadata, tensors = parts(path)
    change(metadata, tensors)
    if honest:
        metadata["tensors"] = {key: _stored(tensor).model_dump() for key, tensor in tensors.items()}
        metadata["contents"]["spec"]["sha256"] = sha256(metadata["contents"]["spec"]["text"])
        metadata["sha256"] = sha256(_canonical({key: v for key, v in metadata.items() if key != "sha256"}))
    save_file(tensors, path, {"clspec": json.dumps(metadata)})
    return path


def drop(key):
    return lambda _, tensors: tensors.pop(key)


def replace(key, make):
    return lambda _, tensors: tensors.update({key: make(tensors[key])})


def edit(*keys):
    def change(metadata, _):
        for key in keys[:-2]:
            metadata = metadata[key]
        metadata[keys[-2]] = keys[-1](metadata[keys[-2]]) if callable(keys[-1]) else keys[-1]

    return change


WEIGHT = "model.fine.labels.members.1.generations.0.weight"
LOG = "model.coarse._extra_state"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (drop(WEIGHT), f"{WEIGHT} is missing"),
        (
            replace(WEIGHT, lambda t: t[:, :-1].clone()),
            f"{WEIGHT} is float32 of shape (2, 5), not float32 of shape (2, 6)",
        ),
        (replace(WEIGHT, torch.Tensor.double), f"{WEIGHT} is float64 of shape (2, 6), not float32 of shape (2, 6)"),
        (replace(WEIGHT, lambda t: t + 1), f"the values of {WEIGHT} were changed"),
        (replace(LOG, lambda t: t.flip(0).clone()), f"the values of {LOG} were changed"),
        (lambda _, tensors: tensors.update(extra=torch.ones(1)), "extra was added"),
        (edit("contents", "spec", "text", "clspec 1\n"), "the text of its spec, small.clspec, was changed"),
        (edit("contents", "seed", 5), "its metadata was changed"),
        (edit("contents", "seed", "5"), "contents.seed is not as clspec writes it"),
        (edit("contents", "fixed", None), "contents.fixed is not as clspec writes it"),
        (edit("contents", None), "cannot be read"),
        (edit("format", 2), "in format 2; this is clspec"),
        (edit("contents", "version", "99.0"), "it was written by clspec 99.0 in format 1; this is clspec"),
    ],
)
def test_an_edited_file_is_told_by_the_part(saved, change, words):
    with pytest.raises(CheckpointError) as caught:
        load_checkpoint(rewritten(saved, change))
    assert words in str(caught.value)
    assert str(saved) in str(caught.value)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (drop(WEIGHT), 'Missing key(s) in state_dict: "fine.labels.members.1.generations.0.weight"'),
        (replace(WEIGHT, lambda t: t[:, :-1].clone()), "size mismatch for fine.labels.members.1.generations.0.weight"),
        (drop(LOG), "without the growth log 'coarse._extra_state'"),
        (replace(LOG, lambda t: t[:-1].clone()), "coarse: the saved growth log cannot be read"),
        (edit("contents", "spec", "text", lambda t: t.replace("linear(width)", "linear(width + 1)")), "size mismatch"),
        (
            edit("contents", "spec", "text", lambda t: t.replace("coarse", "course")),
            "compiles its spec to another plan",
        ),
        (edit("contents", "spec", "text", lambda t: t.replace("clspec 1", "clspec 2")), "edition 2 is newer"),
        (edit("contents", "spec", "text", lambda t: t.replace("linear", "liner")), "cannot compile its spec"),
        (edit("contents", "spec", "model", "Large"), "cannot compile its spec"),
        (edit("contents", "plan", []), "compiles its spec to another plan"),
        (edit("contents", "optimizer", "kind", "torch.optim.lr_scheduler"), "not one of torch.optim"),
        (edit("contents", "optimizer", "kind", "torch.optim.Optimizer.step"), "not one of torch.optim"),
        (edit("contents", "optimizer", "kind", "os.system"), "not one of torch.optim"),
        (edit("contents", "optimizer", "state", {"a": 1, "b": 2}), "torch.optim.SGD, cannot be made"),
        (edit("contents", "optimizer", "state", [1]), "torch.optim.SGD, cannot be made"),
        (edit("contents", "optimizer", "state", "dict", "state", {"dict": {"x": {"dict": {}}}}), "no parameter 'x'"),
    ],
)
def test_a_file_made_up_with_the_right_digests_is_refused_too(saved, change, words):
    with pytest.raises(CheckpointError) as caught:
        load_checkpoint(rewritten(saved, change, honest=True))
    assert words in str(caught.value)
    assert str(caught.value).startswith(str(saved))


def test_files_that_are_no_checkpoints(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_checkpoint(tmp_path / "nowhere")
    with pytest.raises(IsADirectoryError):
        load_checkpoint(tmp_path)
    path = tmp_path / "other"
    for content in (b"", b"{}", b"PK\x03\x04 a zip" * 20):
        path.write_bytes(content)
        with pytest.raises(CheckpointError, match="not a whole safetensors file"):
            load_checkpoint(path)
    save_file({"weight": torch.ones(2)}, path)
    with pytest.raises(CheckpointError, match="a safetensors file, but no checkpoint of clspec"):
        load_checkpoint(path)
    save_file({"weight": torch.ones(2)}, path, {"clspec": "[" * 100_000})
    with pytest.raises(CheckpointError, match="cannot be read"):
        load_checkpoint(path)


def test_whatever_is_cut_off_or_flipped_is_a_checkpoint_error(saved, tmp_path):
    whole, path, choose = saved.read_bytes(), tmp_path / "damaged", random.Random(0)
    for _ in range(60):
        path.write_bytes(whole[: choose.randrange(len(whole))])
        with pytest.raises(CheckpointError):
            load_checkpoint(path)
    for _ in range(120):
        damaged = bytearray(whole)
        damaged[choose.randrange(len(whole))] ^= 1 << choose.randrange(8)
        path.write_bytes(damaged)
        with pytest.raises(CheckpointError):
            load_checkpoint(path)


def misled(value, choose):
    """JSON with something in it replaced."""
    if isinstance(value, dict | list) and value and choose.random() < 0.8:
        value = copy.copy(value)
        key = choose.choice(list(value)) if isinstance(value, dict) else choose.randrange(len(value))
        value[key] = misled(value[key], choose)
        return value
    return choose.choice([None, -1, 3, 10**6, 10**30, 0.5, "x", [], {}, [[1]], True])


def test_made_up_growth_logs_and_states_load_or_are_a_checkpoint_error(saved):
    whole, choose, refused = saved.read_bytes(), random.Random(0), 0

    def change(metadata, tensors):
        logs = [key for key in tensors if key.endswith("_extra_state")]
        key = choose.choice([*logs, None])
        if key is None:
            optimizer = metadata["contents"]["optimizer"]
            optimizer["state"] = misled(optimizer["state"], choose)
        else:
            log = json.dumps(misled(json.loads(bytes(tensors[key].tolist())), choose))
            tensors[key] = torch.frombuffer(bytearray(log.encode()), dtype=torch.uint8)

    for _ in range(80):
        saved.write_bytes(whole)
        rewritten(saved, change, honest=True)
        try:
            load_checkpoint(saved)
        except CheckpointError:
            refused += 1
    assert refused > 40
