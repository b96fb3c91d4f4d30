"""A per-task part around a plain layer."""

from functools import partial

import torch
from torch import nn

from clspec.experience import Experience
from clspec.nn import PerTask


def test_mixed_labels_work_before_any_adaptation_and_after():
    part = PerTask(partial(nn.Linear, 3, 2))
    assert part(torch.zeros(4, 3), torch.zeros(4, dtype=torch.long)).shape == (4, 2)
    part.adaptation(Experience([0, 1], [0, 3]))
    assert part(torch.zeros(4, 3), torch.tensor([0, 3, 3, 0])).shape == (4, 2)
