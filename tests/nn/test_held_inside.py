"""A head has no weight of its own, and whoever would write one is told where it is."""

import copy
import pickle
import warnings
from functools import partial

import pytest
import torch
from torch import nn
from torch.nn.utils import prune, spectral_norm, weight_norm

from clspec.experience import Experience
from clspec.nn import (
    CosineClassifier,
    FeCAMClassifier,
    IncrementalClassifier,
    MultiHeadClassifier,
    NearestMeanClassifier,
    PerTask,
    StreamingLDAClassifier,
)

LINEAR = {kind.__name__: partial(kind, 4) for kind in (IncrementalClassifier, CosineClassifier)}
OTHERS = {kind.__name__: partial(kind, 4) for kind in (NearestMeanClassifier, StreamingLDAClassifier, FeCAMClassifier)}
OTHERS |= {"MultiHead": partial(MultiHeadClassifier, 4), "PerTask": partial(PerTask, partial(nn.Linear, 4, 2))}
WRITES = {
    "assigned": lambda head: setattr(head, "weight", nn.Parameter(torch.zeros(2, 4))),
    "a tensor": lambda head: setattr(head, "bias", torch.zeros(2)),
    "a parameter": lambda head: head.register_parameter("weight", None),
    "a buffer": lambda head: head.register_buffer("weight", torch.zeros(2)),
    "spectral_norm": spectral_norm,
}
OF_WEIGHTS = {"weight_norm": weight_norm, "pruned": lambda head: prune.l1_unstructured(head, "weight", 1)}


@pytest.mark.parametrize(
    ("make", "write"),
    [
        *((make, write) for make in (*LINEAR.values(), *OTHERS.values()) for write in WRITES.values()),
        *((make, write) for make in LINEAR.values() for write in OF_WEIGHTS.values()),
    ],
)
def test_it_is_an_error_that_says_where_they_are(make, write):
    head = make()
    head.adaptation(Experience([0, 1]))
    for each in (head, copy.deepcopy(head), pickle.loads(pickle.dumps(head))):
        before = each.state_dict().keys()
        with warnings.catch_warnings(), pytest.raises(AttributeError, match=r"cannot be assigned.*generations\[|membe"):
            warnings.simplefilter("ignore")  # the older functions are deprecated
            write(each)
        assert each.state_dict().keys() == before
        assert not each._forward_pre_hooks


@pytest.mark.parametrize("make", OTHERS.values())
def test_what_reads_a_weight_finds_none(make):
    with warnings.catch_warnings(), pytest.raises(AttributeError, match="weight"):
        warnings.simplefilter("ignore")
        weight_norm(make())


def test_own_parameters_are_as_in_any_module():
    head = CosineClassifier(4)
    with pytest.raises(KeyError, match="'else'"):
        head._parameters["else"]
    head.scale = nn.Parameter(torch.full((1,), 2.0))
    del head.scale
    head.scale = None
    assert head(torch.randn(2, 4)).shape == (2, 2)
