import pytest
import torch

from clspec.checkpoint import save_checkpoint

from .models import grown

torch.set_num_threads(1)


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "model.safetensors"
    model, optimizer = grown()
    save_checkpoint(model, path, optimizer)
    return path
