"""A grown model of every kind as a graph: exported with labels as a tensor and as an int, compiled whole."""

import pytest
import torch
from torch.export import Dim

from tests.nn.test_matrix import BY_TASK, KINDS, grown

LABELS = torch.tensor([2, 0, 1, 1, 2, 0, 2])
X = torch.linspace(-1, 1, 28).view(7, 4)
ASKED = [
    (kind, labels) for kind in KINDS for labels in (("tensor", "int") if kind in BY_TASK else (None,))
]  # fmt: skip


def inputs(labels, count=7):
    return (X[:count], *({"tensor": (LABELS[:count],), "int": (1,), None: ()}[labels]))


def exported(model, given):
    batch = Dim("batch", min=1)
    shapes = tuple({0: batch} if isinstance(each, torch.Tensor) else None for each in given)
    return torch.export.export(model, given, dynamic_shapes=shapes)


@pytest.fixture(autouse=True)
def _fresh_compiler():
    torch._dynamo.reset()


@pytest.mark.parametrize(("kind", "labels"), ASKED)
def test_an_exported_program_answers_as_the_model_to_batches_of_any_size(kind, labels):
    model = grown(kind).eval()
    program = exported(model, inputs(labels)).module()
    for count in (7, 2, 1):
        given = inputs(labels, count)
        torch.testing.assert_close(program(*given), model(*given), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(("kind", "labels"), [asked for asked in ASKED if asked[1] != "int"])
def test_it_is_compiled_whole(kind, labels):
    model = grown(kind).eval()
    compiled = torch.compile(model, fullgraph=True, backend="eager")
    for count in (7, 2):
        given = inputs(labels, count)
        torch.testing.assert_close(compiled(*given), model(*given), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("kind", BY_TASK)
def test_the_check_of_task_labels_becomes_an_assert(kind):
    model = grown(kind).eval()
    unknown = (X, LABELS.masked_fill(LABELS == 2, 9))
    for graph in (exported(model, (X, LABELS)).module(), torch.compile(model, fullgraph=True, backend="eager")):
        graph(X, LABELS)
        with pytest.raises(RuntimeError, match="a task label that no adaptation ever announced"):
            graph(*unknown)
