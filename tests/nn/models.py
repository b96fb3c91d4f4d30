"""Models as the compiler writes them, for the tests of what runs them."""

SOURCE = """
from functools import partial

import torch
from torch import nn

from clspec import nn as cl
from clspec.nn import Rule, on


class TwoHeadsFine(cl.NestedModule):
    def __init__(self):
        super().__init__()
        self.labels = cl.MultiHeadClassifier(in_features=6, initial_out_features=2)

    def forward(self, proj, task_labels):
        return self.labels(proj, task_labels)


class TwoHeads(cl.CompiledModel):
    PLAN = (
        Rule(on.new_class, "expand", "coarse", own=True),
        Rule(on.new_task, "branch", "fine.labels", own=True),
        Rule(on.new_class, "expand", "fine.labels", own=True),
        Rule(on.experience(2, None), "freeze", "trunk"),
        Rule(on.after(on.experience(0, 0)), "freeze", "proj"),
    )
    NEEDS_TASK_LABELS = True

    def __init__(self):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.5))
        self.proj = nn.Linear(8, 6)
        self.coarse = cl.IncrementalClassifier(in_features=6, initial_out_features=2)
        self.fine = TwoHeadsFine()
        self.begin()

    def forward(self, x, task_labels):
        if task_labels is None:
            return self.every_task(x)
        proj = self.proj(self.trunk(x))
        return {"coarse": self.coarse(proj), "fine": self.fine(proj, task_labels)}
"""


def two_heads():
    from clspec.nn import load_source

    return load_source(SOURCE, "TwoHeads").TwoHeads()
