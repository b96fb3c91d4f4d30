import copy

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrize, prune

from clspec.experience import Experience
from clspec.nn import IncrementalClassifier
from clspec.streams import split


def adapted(*experiences, **arguments):
    head = IncrementalClassifier(4, **arguments)
    for classes in experiences:
        head.adaptation(Experience(classes))
    return head


def test_the_head_has_one_column_a_class_seen():
    head = IncrementalClassifier(4)
    widths = [head(torch.randn(3, 4)).shape[1]]
    for experience in split(10, 5):
        head.adaptation(experience)
        widths.append(head(torch.randn(3, 4)).shape[1])
    assert widths == [2, 2, 4, 6, 8, 10]
    assert [name for name, _ in head.named_parameters()][:4] == [
        "generations.0.weight",
        "generations.0.bias",
        "generations.1.weight",
        "generations.1.bias",
    ]


def test_growth_keeps_old_rows_bit_equal_and_old_logits():
    head = adapted([0, 1], [2, 3])
    x = torch.randn(5, 4)
    weight, bias, logits = head.weight, head.bias, head(x)
    old = dict(head.named_parameters())
    head.adaptation(Experience([4, 5, 6]))
    assert torch.equal(head.weight[:4], weight)
    assert torch.equal(head.bias[:4], bias)
    torch.testing.assert_close(head(x)[:, :4], logits, atol=1e-5, rtol=0)
    assert all(dict(head.named_parameters())[name] is parameter for name, parameter in old.items())


def test_the_column_is_the_class_id_whatever_the_order_of_arrival():
    head = adapted([7, 3], [0])
    x = torch.randn(2, 4)
    logits = head(x)
    assert logits.shape == (2, 8)
    assert head.class_map() == [("", None, 3, 0), ("", None, 7, 1), ("", None, 0, 2)]
    by_row = nn.functional.linear(x, head.weight, head.bias)
    torch.testing.assert_close(logits[:, [3, 7, 0]], by_row)
    assert (logits[:, [1, 2, 4, 5, 6]] == -1000).all()


def test_more_first_classes_than_born_rows_stay_in_generation_0():
    head = adapted([0, 1, 2, 3, 4])
    shapes = {name: tuple(parameter.shape) for name, parameter in head.named_parameters()}
    assert shapes == {
        "generations.0.weight": (2, 4),
        "generations.0.bias": (2,),
        "generations.0.extra_weight": (3, 4),
        "generations.0.extra_bias": (3,),
    }


def test_born_rows_left_over_are_retired():
    head = adapted([4], [0, 1], initial_out_features=3)
    logits = head(torch.randn(2, 4))
    assert logits.shape == (2, 5)
    assert (logits[:, [2, 3]] == -1000).all()
    assert len(head.weight) == 3
    assert sum(parameter.numel() for parameter in head.parameters()) == 5 * 5


def test_before_any_adaptation_nothing_is_masked():
    logits = IncrementalClassifier(4, initial_out_features=3)(torch.randn(2, 4))
    assert logits.shape == (2, 3)
    assert (logits > -100).all()


def test_a_head_without_biases():
    head = adapted([0, 1], [2], bias=False)
    assert head.bias is None
    assert all("bias" not in name for name, _ in head.named_parameters())
    torch.testing.assert_close(head(torch.zeros(1, 4)), torch.zeros(1, 3))


def test_new_generations_take_the_dtype_of_the_ones_before():
    head = adapted([0, 1]).double()
    head.adaptation(Experience([2, 3]))
    assert {parameter.dtype for parameter in head.parameters()} == {torch.float64}
    assert head(torch.randn(2, 4, dtype=torch.float64)).dtype == torch.float64


def test_a_generation_is_born_frozen_only_where_all_others_are():
    head = adapted([0, 1], [2, 3])
    head.generations[0].requires_grad_(False)
    head.adaptation(Experience([4]))
    assert head.generations[2].weight.requires_grad
    head.requires_grad_(False)
    head.adaptation(Experience([5]))
    assert not head.generations[3].weight.requires_grad


def test_eval_only_announces():
    head = adapted([0, 1])
    before = copy.deepcopy(head.state_dict())
    head.eval()
    report = head.adaptation(Experience([4, 5]))
    assert report.changes == ()
    assert "only announced" in str(report) and "train()" in str(report)
    logits = head(torch.randn(2, 4))
    assert logits.shape == (2, 6)
    assert (logits[:, 2:] == -1000).all()
    assert all(torch.equal(value, before[name]) for name, value in head.state_dict().items())
    assert head.state_dict().keys() == before.keys()


def test_the_same_experience_again_changes_nothing():
    head = IncrementalClassifier(4)
    experience = Experience([0, 1, 2])
    head.adaptation(experience)
    before = head.state_dict()
    assert head.adaptation(experience).changes == ()
    assert head.adaptation(Experience([0, 1, 2], index=None)).changes == ()  # another object, but nothing new in it
    head.adaptation(Experience([3], index=4))
    again = head.adaptation(Experience([3], index=4))
    assert (again.changes, dict(again.new_parameters)) == ((), {})
    assert len(before) + 2 == len(head.state_dict())


def test_weight_and_bias_are_copies_that_cannot_be_assigned():
    head = adapted([0, 1])
    head.weight.zero_()
    assert head.weight.abs().sum() > 0
    for name in ("weight", "bias"):
        with pytest.raises(AttributeError, match=r"generations\[i\]"):
            setattr(head, name, nn.Parameter(torch.zeros(2, 4)))
    with pytest.raises(AttributeError, match=r"generations\[i\]"):
        prune.random_unstructured(head, "weight", amount=0.5)
    with pytest.raises(ValueError, match=r"generations\[i\]"):
        parametrize.register_parametrization(head, "weight", nn.Identity())


def test_set_rows_writes_by_class():
    head = adapted([5], [2])
    head.set_rows({2: torch.ones(4)}, bias={5: 3.0})
    assert torch.equal(head.weight[1], torch.ones(4))
    assert head.bias[0] == 3
    before = head.weight
    with pytest.raises(ValueError, match="class 9 has no row"):
        head.set_rows({2: torch.zeros(4), 9: torch.zeros(4)})
    with pytest.raises(ValueError, match="shape"):
        head.set_rows({2: torch.zeros(5)})
    assert torch.equal(head.weight, before)


def test_a_class_out_of_reach_is_refused_and_nothing_happens():
    head = adapted([0, 1])
    before = head.state_dict()
    for mode in (True, False):
        head.train(mode)
        with pytest.raises(ValueError, match='index="compact"'):
            head.adaptation(Experience([2, 100_005]))
        assert head.state_dict().keys() == before.keys()
        assert head(torch.randn(1, 4)).shape == (1, 2)
    head.train().adaptation(Experience([100_003]))
    assert head(torch.randn(1, 4)).shape == (1, 100_004)


@pytest.mark.parametrize("shape", [(2, 5), (4,), (2, 3, 4)])
def test_an_input_of_another_shape_names_the_part(shape):
    with pytest.raises(ValueError, match=r"IncrementalClassifier: the input must be \(batch, 4\)"):
        IncrementalClassifier(4)(torch.randn(shape))


def test_new_rows_start_like_those_of_a_linear_layer():
    head = IncrementalClassifier(100, initial_out_features=400)
    head.adaptation(Experience(range(400)))
    head.adaptation(Experience(range(400, 800)))
    for generation in head.generations:
        assert 0.095 < generation.weight.abs().max() <= 0.1
        assert generation.weight.mean().abs() < 0.001
