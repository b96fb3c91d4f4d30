from functools import partial

import pytest
import torch
from torch import nn
from torch.nn import functional

from clspec.experience import Experience
from clspec.nn import CosineClassifier, MultiHeadClassifier


def adapted(*experiences, **arguments):
    head = CosineClassifier(4, **arguments)
    for classes in experiences:
        head.adaptation(Experience(classes))
    return head


@pytest.mark.parametrize("scale", [True, False])
def test_logits_are_scaled_cosines_in_the_column_of_the_class(scale):
    head = adapted([7, 3], [0], scale=scale)
    if scale:
        nn.init.constant_(head.scale, 2.5)
    x = torch.randn(6, 4)
    logits = head(x)
    assert logits.shape == (6, 8)
    expected = functional.cosine_similarity(x[:, None], head.weight[None], dim=2) * (2.5 if scale else 1)
    torch.testing.assert_close(logits[:, [3, 7, 0]], expected, atol=1e-6, rtol=0)
    assert (logits[:, [1, 2, 4, 5, 6]] == -1000).all()


def test_one_scale_is_shared_by_all_generations_and_trained():
    head = adapted([0, 1])
    optimizer = torch.optim.Adam(head.parameters(), lr=0.1)
    scale = head.scale
    for classes in ([2, 3], [4]):
        head.adaptation(Experience(classes), optimizer)
        optimizer.zero_grad()
        functional.cross_entropy(head(torch.randn(8, 4)), torch.randint(5 if classes == [4] else 4, (8,))).backward()
        optimizer.step()
    assert head.scale is scale
    assert scale.item() != 1
    assert int(optimizer.state[scale]["step"]) == 2
    assert [name for name, _ in head.named_parameters()] == [
        "scale",
        "generations.0.weight",
        "generations.1.weight",
        "generations.2.weight",
    ]


def test_without_a_scale_there_is_no_parameter_for_it():
    assert [name for name, _ in adapted([0, 1], scale=False).named_parameters()] == ["generations.0.weight"]


def test_growth_keeps_old_logits():
    head = adapted([0, 1], [2, 3])
    x = torch.randn(5, 4)
    before = head(x)
    head.adaptation(Experience([4]))
    torch.testing.assert_close(head(x)[:, :4], before, atol=1e-6, rtol=0)


def test_a_member_for_each_task_has_a_scale_of_its_own():
    head = MultiHeadClassifier(4, head=partial(CosineClassifier, 4))
    for task in range(3):
        head.adaptation(Experience([2 * task, 2 * task + 1], [task]))
    names = {name for name, _ in head.named_parameters()}
    assert names >= {f"members.{task}.scale" for task in range(3)}
    assert head(torch.randn(3, 4), torch.tensor([2, 0, 1])).shape == (3, 6)


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_dtypes(dtype):
    head = adapted([0, 1]).to(dtype)
    head.adaptation(Experience([2, 5]))
    assert {p.dtype for p in head.parameters()} == {dtype}
    assert head(torch.randn(2, 4, dtype=dtype)).dtype == dtype


def test_under_autocast_the_scale_does_not_widen_the_answer():
    head = adapted([0, 3])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert head(torch.randn(2, 4)).dtype == torch.bfloat16


def test_features_of_zeros_and_an_empty_batch():
    head = adapted([0, 1], [2])
    assert torch.equal(head(torch.zeros(2, 4)), torch.zeros(2, 3))
    assert head(torch.zeros(0, 4)).shape == (0, 3)


def test_saved_state_grows_a_fresh_one():
    head = adapted([5, 1], [0])
    nn.init.constant_(head.scale, 3)
    fresh = CosineClassifier(4)
    fresh.load_state_dict(head.state_dict())
    x = torch.randn(3, 4)
    assert torch.equal(fresh(x), head(x))


def test_drawing_anew_starts_the_scale_again():
    head = adapted([0, 1])
    nn.init.constant_(head.scale, 3)
    before = head.weight
    head.redraw()
    assert head.scale.item() == 1
    assert not torch.equal(head.weight, before)


def test_a_linear_layers_rows_are_refused():
    with pytest.raises(TypeError, match="set_rows"):
        CosineClassifier.from_linear(nn.Linear(4, 2))


def test_by_hand_on_every_generation_is_on_the_next_too_while_the_scale_trains():
    head = adapted([0, 1], [2])
    head.generations.requires_grad_(False)
    head.adaptation(Experience([3]))
    assert [name for name, parameter in head.named_parameters() if parameter.requires_grad] == ["scale"]
    head.generations[2].requires_grad_(True)
    head.adaptation(Experience([4]))
    assert head.generations[3].weight.requires_grad


def test_by_hand_on_those_of_every_member_is_on_the_next_members_too():
    part = MultiHeadClassifier(4, head=partial(CosineClassifier, 4))
    part.adaptation(Experience([0, 1], [0]))
    part.members[0].generations.requires_grad_(False)
    part.adaptation(Experience([0, 1], [1]))
    training = [name for name, parameter in part.named_parameters() if parameter.requires_grad]
    assert training == ["members.0.scale", "members.1.scale"]
