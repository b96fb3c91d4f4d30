"""Found in review: tensors of any strides, and optimizers that are another than the one saved, or none."""

import pytest
import torch

import clspec
from clspec.checkpoint import CheckpointError, load_checkpoint, save_checkpoint
from clspec.checkpoint_file import _stored
from clspec.experience import Experience

from .models import compiled, grown

ONE = "clspec 1\nmodel M {\n input features(4)\n head h = incremental()\n}"


def test_a_seeded_model_that_grew_by_one_class_is_saved(tmp_path):
    model = clspec.compile(clspec.parse_string(ONE), seed=1)
    model.adaptation(Experience([0, 1]))
    model.adaptation(Experience([2]))
    assert all(parameter.stride()[-1] == 1 for parameter in model.parameters())
    save_checkpoint(model, tmp_path / "m")
    copy, _ = load_checkpoint(tmp_path / "m")
    assert all(torch.equal(*pair) for pair in zip(model.parameters(), copy.parameters(), strict=True))


def test_strides_do_not_matter(tmp_path):
    strided = torch.arange(5.0).unsqueeze(0)[:, -1]
    odd = torch.empty_strided((1,), (7,)).fill_(4)
    assert _stored(odd) == _stored(strided) == _stored(torch.tensor([4.0]))
    model = compiled()
    name, parameter = next((n, p) for n, p in model.named_parameters() if p.dim() == 2)
    parameter.data = parameter.data.t().clone().t()
    for bias in (p for p in model.parameters() if p.shape == (1,)):
        bias.data = torch.empty_strided((1,), (7,)).fill_(4)
    save_checkpoint(model, tmp_path / "m")
    assert torch.equal(load_checkpoint(tmp_path / "m")[0].get_parameter(name), parameter)


def test_a_factory_of_another_class_is_refused(tmp_path):
    model, optimizer = grown()
    save_checkpoint(model, tmp_path / "m", optimizer)
    with pytest.raises(CheckpointError, match=r"torch\.optim\.SGD.*torch\.optim\.Adam"):
        load_checkpoint(tmp_path / "m", optimizer=torch.optim.Adam)


def test_what_is_no_optimizer_is_told_in_words(tmp_path):
    model, optimizer = grown()
    with pytest.raises(TypeError, match="str is no optimizer"):
        save_checkpoint(model, tmp_path / "m", "a")
    assert not (tmp_path / "m").exists()
    save_checkpoint(model, tmp_path / "m", optimizer)
    with pytest.raises(TypeError, match="list is no optimizer"):
        load_checkpoint(tmp_path / "m", optimizer=lambda groups: groups)
