"""Imports torchvision. Beside a CPU build of torch that of the registry does not import: two operators are missing."""

import pytest
import torch

if not hasattr(torch.ops.torchvision, "nms"):
    _schemas = torch.library.Library("torchvision", "DEF")
    for _name in ("nms", "qnms"):
        _schemas.define(f"{_name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")

torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _same_numbers_each_time():
    torch.manual_seed(0)
