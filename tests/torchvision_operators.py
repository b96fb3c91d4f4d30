"""Lets torchvision be imported beside a CPU build of torch: the registry has none for it, two operators are missing."""

import torch

if not hasattr(torch.ops.torchvision, "nms"):
    schemas = torch.library.Library("torchvision", "DEF")  # kept: it is undone when it is collected
    for _name in ("nms", "qnms"):
        schemas.define(f"{_name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
