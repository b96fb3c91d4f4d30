"""Where logits stand: compact columns, and rows that nothing has claimed."""

import pytest
import torch
from torch import nn

from clspec.experience import Experience
from clspec.nn import (
    CompiledModel,
    DynamicModule,
    IncrementalClassifier,
    MultiHeadClassifier,
    NearestMeanClassifier,
    Rule,
    on,
)


def compact(**more):
    return IncrementalClassifier(4, index="compact", **more)


def test_compact_has_one_column_a_row_whatever_the_ids():
    head = compact()
    assert head(torch.randn(1, 4)).shape == (1, 2)
    head.adaptation(Experience([10**9, 7]))
    head.adaptation(Experience([0]))
    x = torch.randn(3, 4)
    torch.testing.assert_close(head(x), nn.functional.linear(x, head.weight, head.bias))
    targets = torch.tensor([[0, 7], [10**9, 0]])
    assert head.encode(targets).tolist() == [[2, 0], [1, 2]]
    assert torch.equal(head.decode(head.encode(targets)), targets)
    assert head.class_map() == [("", None, 7, 0), ("", None, 10**9, 1), ("", None, 0, 2)]
    for wrong in (1, 10**10):
        with pytest.raises(ValueError, match=f"class {wrong} has no column"):
            head.encode(torch.tensor([0, wrong]))
    with pytest.raises(ValueError, match="column 3 belongs to no class; there are 3"):
        head.decode(torch.tensor([3]))


def test_retired_rows_have_no_compact_column():
    head = compact(initial_out_features=3)
    head.adaptation(Experience([50]))
    head.adaptation(Experience([4]))
    assert head(torch.randn(2, 4)).shape == (2, 2)
    assert head.encode(torch.tensor([4, 50])).tolist() == [1, 0]


def test_compact_announces_behind_what_it_knows_and_is_what_the_state_is_loaded_into():
    head = compact()
    head.adaptation(Experience([5, 3]))
    head.eval().adaptation(Experience([4, 5]))
    logits = head(torch.randn(2, 4))
    assert logits.shape == (2, 3)
    assert (logits[:, 2] == -1000).all()
    assert head.encode(torch.tensor([4, 3])).tolist() == [2, 0]
    new = compact()
    new.load_state_dict(head.state_dict())
    assert new(torch.randn(1, 4)).shape == (1, 2)


def test_a_model_encodes_by_its_heads():
    class Model(DynamicModule):
        def __init__(self, *heads):
            super().__init__()
            self.body, self.heads = nn.Linear(4, 4), nn.ModuleList(heads)

    targets = torch.tensor([9, 3])
    model = Model(compact(), NearestMeanClassifier(4, index="compact"))
    model.adaptation(Experience([3, 9]))
    assert model.encode(targets).tolist() == [1, 0]
    assert model.decode(model.encode(targets)).tolist() == [9, 3]
    plain = Model(IncrementalClassifier(4), IncrementalClassifier(4))
    assert plain.encode(targets) is targets
    mixed = Model(compact(), IncrementalClassifier(4))
    mixed.adaptation(Experience([3, 9]))
    with pytest.raises(ValueError, match=r"heads\.0 and heads\.1 have other columns"):
        mixed.encode(targets)
    with pytest.raises(ValueError, match="no head"):
        Model().encode(targets)


def test_each_task_has_columns_of_its_own():
    part = MultiHeadClassifier(4, head=compact)
    part.adaptation(Experience([5, 8], [0]))
    part.adaptation(Experience([8, 9, 5], [1]))
    targets, tasks = torch.tensor([8, 8, 9]), torch.tensor([0, 1, 1])
    assert part.encode(targets, tasks).tolist() == [1, 1, 2]
    assert part.encode(targets[:1], 1).tolist() == [1]
    assert torch.equal(part.decode(part.encode(targets, tasks), tasks), targets)
    assert part(torch.randn(3, 4), tasks).shape == (3, 3)
    with pytest.raises(ValueError, match="needs task_labels"):
        part.encode(targets)
    with pytest.raises(ValueError, match="task 4"):
        part.encode(targets, 4)
    part.eval().adaptation(Experience([1, 2], [2]))
    assert part(torch.randn(1, 4), 2).shape == (1, 2)


def test_an_index_of_another_kind():
    with pytest.raises(ValueError, match='index must be "class_id" or "compact"'):
        IncrementalClassifier(4, index="dense")


# ---- masking


def unclaimed(masking):
    class Model(CompiledModel):
        PLAN = (Rule(on.experience(1), "expand", "head"),)

        def __init__(self):
            super().__init__()
            self.head = IncrementalClassifier(4, 3, masking=masking)
            self.begin()

        def forward(self, x):
            return self.head(x)

    return Model()


@pytest.mark.parametrize("masking", [True, False])
def test_rows_that_nothing_claimed_are_hidden_by_masking_once_classes_have_arrived(masking):
    model, x = unclaimed(masking), torch.randn(2, 4)
    model.adaptation(Experience(None))
    assert (model(x) > -100).all()
    model = unclaimed(masking)
    model.adaptation(Experience([0, 1]))
    assert model(x).shape == (2, 3)
    assert bool((model(x) == -1000).all()) == masking
    new = unclaimed(masking)
    new.load_state_dict(model.state_dict())
    torch.testing.assert_close(new(x), model(x))
    model.adaptation(Experience([0, 1, 2]))
    assert (model(x) > -100).all()


def test_eval_and_a_failing_adaptation_hide_nothing():
    model, x = unclaimed(True), torch.randn(2, 4)
    model.eval().adaptation(Experience([0, 1]))
    assert (model(x) > -100).all()
    with pytest.raises(ValueError, match="holds none"):
        model.train().adaptation(Experience([0, 1]), torch.optim.SGD(nn.Linear(1, 1).parameters(), lr=0.1))
    assert (model(x) > -100).all()
