"""Slices, boundaries inside a backbone, reset and align: written rules as the engine runs them."""

import copy

import pytest
import torch
from torch import nn

from clspec.experience import Experience
from clspec.nn import CompiledModel, CosineClassifier, IncrementalClassifier, MultiHeadClassifier, Rule, on
from clspec.streams import split

GROW = Rule(on.new_class, "expand", "head", own=True)


def model_of(*rules, head=None, seed=None, body=None):
    class Model(CompiledModel):
        PLAN = rules
        SEED = seed

        def __init__(self):
            super().__init__()
            self.body = body() if body else nn.Linear(4, 4)
            self.head = head() if head else IncrementalClassifier(4, 2)
            self.begin()

        def forward(self, x, *task):
            return self.head(self.body(x), *task)

    return Model()


def per_task():
    return MultiHeadClassifier(4)


PER_TASK = (Rule(on.new_task, "branch", "head", own=True), GROW)


def trains(part):
    return [all(p.requires_grad for p in item.parameters()) for item in part.children()]


def same(one, other):
    return all(torch.equal(a, b) for a, b in zip(one.values(), other.values(), strict=True))


# ---- slices


@pytest.mark.parametrize(
    ("written", "still"),
    [
        ("[:-1]", [0, 1]),
        ("[-1]", [2]),
        ("[0]", [0]),
        ("[:]", [0, 1, 2]),
        ("[1:]", [1, 2]),
        ("[5]", []),
        ("[-4]", []),
        ("[:9]", [0, 1, 2]),
    ],
)
def test_a_slice_freezes_what_exists_now(written, still):
    model = model_of(GROW, Rule(on.experience(2, 2), "freeze", f"head{written}"))
    changes = [model.adaptation(experience).changes for experience in split(8, 4)]
    assert trains(model.head.generations) == [*(at not in still for at in range(3)), True]
    assert (f"head{written}: frozen" in changes[2]) == bool(still)


def test_freezing_the_rows_of_earlier_experiences_holds_them_under_momentum_and_decay():
    model = model_of(GROW, Rule(on.new_class, "freeze", "head[:-1]"))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=0.1)
    for number, experience in enumerate(split(6, 3)):
        model.adaptation(experience, optimizer)
        before = copy.deepcopy(model.head.state_dict())
        for _ in range(3):
            optimizer.zero_grad(set_to_none=False)
            model(torch.randn(8, 4)).logsumexp(1).sum().backward()
            optimizer.step()
        moved = [
            not torch.equal(g.weight, before[f"generations.{i}.weight"]) for i, g in enumerate(model.head.generations)
        ]
        assert moved == [False] * number + [True]


def test_members_and_their_generations():
    model = model_of(
        *PER_TASK,
        Rule(on.experience(3), "freeze", "head[0][-1]"),
        Rule(on.experience(4), "freeze", "head[:-1]"),
        head=per_task,
    )
    for classes, task in (([0, 1], 0), ([2, 3], 1), ([4], 0), ([5], 1)):
        model.adaptation(Experience(classes, [task]))
    assert [trains(member.generations) for member in model.head.members] == [[True, False], [True, True]]
    assert model.adaptation(Experience([6], [0])).changes[-1] == "head[:-1]: frozen"
    assert [trains(member.generations) for member in model.head.members] == [[False] * 3, [True, True]]


def test_the_later_rule_wins_and_the_whole_part_reaches_what_generations_share():
    rules = (
        GROW,
        Rule(on.experience(1, 1), "freeze", "head"),
        Rule(on.experience(1, 1), "unfreeze", "head[-1]"),
        Rule(on.experience(2, 2), "unfreeze", "head[:]"),
        Rule(on.experience(3, 3), "unfreeze", "head"),
    )
    model = model_of(*rules, head=lambda: CosineClassifier(4))
    stream, seen = split(8, 4), []
    for experience in stream:
        changes = model.adaptation(experience).changes
        seen.append((trains(model.head.generations), model.head.scale.requires_grad, changes[1:]))
    assert seen == [
        ([True], True, ()),
        ([False, True], False, ("head: frozen", "head[-1]: trains again")),
        ([True] * 3, False, ("head[:]: trains again",)),
        ([True] * 4, True, ("head: trains again",)),
    ]


def test_frozen_slices_are_saved_and_held_again():
    rules = (GROW, Rule(on.new_class, "freeze", "head[:-1]"))
    old, new = model_of(*rules), model_of(*rules)
    for experience in split(6, 3):
        old.adaptation(experience)
    new.load_state_dict(old.state_dict())
    assert trains(new.head.generations) == [False, False, True]
    for model in (old, new):
        model.adaptation(Experience([6, 7], index=3))
    assert old.describe() == new.describe()


# ---- boundaries


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.token = nn.Parameter(torch.zeros(4))
        self.features = nn.Sequential()
        for name in ("stem", "stage1", "stage2", "stage3"):
            self.features.add_module(name, nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4)))
        self.last = nn.Linear(4, 4)

    def forward(self, x):
        return self.last(self.features(x + self.token))


def standing(net):
    names = ["token", *(f"features.{name}" for name, _ in net.features.named_children()), "last"]
    return "".join(
        "." if all(p.requires_grad for n, p in net.named_parameters() if f"{n}.".startswith(f"{name}.")) else "X"
        for name in names
    )


@pytest.mark.parametrize(
    ("bounds", "still"),
    [
        ({"until": "stage1"}, "XXX..."),
        ({"until": "features.stem"}, "XX...."),
        ({"since": "stage2"}, "...XXX"),
        ({"since": "stage1", "until": "stage2"}, "..XX.."),
        ({"since": "last"}, ".....X"),
    ],
)
def test_freezing_a_stretch_of_a_backbone(bounds, still):
    model = model_of(Rule(on.start, "freeze", "body", **bounds), body=Net)
    assert standing(model.body) == still


def test_a_boundary_inside_a_stage():
    model = model_of(Rule(on.start, "freeze", "body", until="stage2.0"), body=Net)
    still = [name for name, p in model.body.named_parameters() if not p.requires_grad]
    assert still[-1] == "features.stage2.0.bias"
    assert len(still) == 1 + 4 + 4 + 2


def test_batch_norm_inside_the_stretch_stands_still_and_unfreezing_from_a_stage():
    model = model_of(
        Rule(on.start, "freeze", "body", until="stage2"),
        Rule(on.experience(1, 1), "unfreeze", "body", since="stage1"),
        body=Net,
    ).train()
    norms = [model.body.features[at][1] for at in range(4)]
    model(torch.randn(8, 4))
    assert [int(norm.num_batches_tracked) for norm in norms] == [0, 0, 0, 1]
    model.adaptation(Experience([0]))
    assert model.adaptation(Experience([1])).changes == ("body: trains again from stage1",)
    model(torch.randn(8, 4))
    assert [int(norm.num_batches_tracked) for norm in norms] == [0, 1, 1, 2]
    assert standing(model.body) == "XX...."
    new = model_of(*model.PLAN, body=Net)
    new.load_state_dict(model.state_dict())
    assert standing(new.body) == "XX...."


# ---- reset


def test_weights_that_nothing_could_draw_again_are_refused():
    with pytest.raises(ValueError, match="body: Net has the weights token and no `reset_parameters`"):
        model_of(Rule(on.experience(), "reset", "body"), body=Net)


def body():
    return nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4))


@pytest.mark.parametrize("seed", [None, 3])
def test_reset_of_heads_and_layers(seed):
    rules = (GROW, Rule(on.experience(1, 2), "reset", "head[0]"), Rule(on.experience(1, 2), "reset", "body"))
    model = model_of(*rules, body=body, seed=seed)
    optimizer = torch.optim.Adam(model.parameters())

    def step():
        optimizer.zero_grad()
        model(torch.randn(8, 4)).logsumexp(1).sum().backward()
        optimizer.step()

    model.adaptation(Experience([0, 1]), optimizer)
    step()
    before, parameters = copy.deepcopy(model.state_dict()), dict(model.named_parameters())
    assert model.adaptation(Experience([2]), optimizer).changes == (
        "head: +1 row for class 2",
        "head[0]: reset",
        "body: reset",
    )
    assert all(dict(model.named_parameters())[name] is p for name, p in parameters.items())
    assert not torch.equal(before["head.generations.0.weight"], model.head.generations[0].weight)
    assert not torch.equal(before["body.0.weight"], model.body[0].weight)
    assert torch.equal(model.body[1].running_mean, torch.zeros(4))
    assert not any(p in optimizer.state for p in parameters.values())
    assert all(p.grad is None for p in parameters.values())
    assert [c for _, _, c, _ in model.class_map()] == [0, 1, 2]
    first = model.head.generations[0].weight.clone()
    step()
    model.adaptation(Experience([2]), optimizer)
    assert not torch.equal(first, model.head.generations[0].weight)


def test_resetting_newer_rows_leaves_the_state_of_older_ones():
    model = model_of(GROW, Rule(on.experience(1, 1), "reset", "head[-1]"))
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.randn(8, 4)).sum().backward()
    optimizer.step()
    state = copy.deepcopy(optimizer.state[model.head.generations[0].weight])
    model.adaptation(Experience([0, 1]), optimizer)
    old = model.head.generations[0].weight.clone()
    model.adaptation(Experience([2]), optimizer)
    assert torch.equal(old, model.head.generations[0].weight)
    assert same(state, optimizer.state[model.head.generations[0].weight])


def test_a_seeded_reset_depends_on_the_seed_and_the_count_alone_also_after_loading():
    rules = (GROW, Rule(on.experience(1), "reset", "head"), Rule(on.experience(1), "reset", "body"))
    stream = [Experience([0, 1], index=0), Experience([2], index=1), Experience([3], index=2)]
    one = model_of(*rules, seed=5)
    for experience in stream:
        one.adaptation(experience)
    torch.manual_seed(77)
    two = model_of(*rules, seed=5)
    for experience in stream[:2]:
        two.adaptation(experience)
    three = model_of(*rules, seed=5)
    three.load_state_dict(two.state_dict())
    torch.randn(3)
    three.adaptation(stream[2])
    assert torch.equal(one.head.weight, three.head.weight)
    assert not torch.equal(one.head.weight[:3], two.head.weight)
    fresh = model_of(*rules, seed=5)
    assert not torch.equal(fresh.head.weight, one.head.weight[:2])
    # body was born from torch's generator here, but is reset from the seed
    assert torch.equal(one.body.weight, three.body.weight)


def test_no_two_classes_start_alike():
    model = model_of(GROW, seed=1)
    for classes in ([7, 9], [0], [1]):
        model.adaptation(Experience(classes))
    assert len({tuple(row.tolist()) for row in model.head.weight}) == 4


def test_a_report_clears_the_state_of_what_was_reset_later():
    model = model_of(GROW, Rule(on.experience(1, 1), "reset", "body"))
    optimizer = torch.optim.Adam(model.parameters())
    model.adaptation(Experience([0, 1]))
    model(torch.randn(8, 4)).sum().backward()
    optimizer.step()
    report = model.adaptation(Experience([2]))
    assert model.body.weight in optimizer.state
    report.add_to(optimizer)
    assert model.body.weight not in optimizer.state
    assert model.head.generations[0].weight in optimizer.state


# ---- align


def test_align_scales_the_newest_rows_to_the_mean_norm_of_the_older():
    model = model_of(GROW, Rule(on.after(on.experience()), "align", "head"))
    model.adaptation(Experience([5]))  # one of two born rows is retired: it does not count
    assert model.post_adaptation().changes == ()
    model.adaptation(Experience([0, 1]))
    with torch.no_grad():
        model.head.generations[1].weight.mul_(7)
    before, bias = model.head.weight, model.head.bias
    assert model.post_adaptation().changes == ("head: aligned",)
    norms = model.head.weight.norm(dim=1)
    torch.testing.assert_close(norms[1:].mean(), norms[:1].mean())
    assert torch.equal(model.head.weight[0], before[0])
    assert torch.equal(model.head.bias, bias)
    torch.testing.assert_close(
        model.head.weight[1:] / norms[1:, None], before[1:] / before[1:].norm(dim=1, keepdim=True)
    )


def test_align_works_in_each_member_and_leaves_rows_of_zeros():
    model = model_of(*PER_TASK, Rule(on.after(on.experience()), "align", "head"), head=per_task)
    for classes, task in (([0], 0), ([1], 1), ([2], 1)):
        model.adaptation(Experience(classes, [task]))
    with torch.no_grad():
        model.head.members[1].generations[1].weight.zero_()
    assert model.post_adaptation().changes == ("head: member 1: aligned",)
    assert torch.isfinite(model.head.members[1].weight).all()


# ---- refused


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (Rule(on.new_class, "freeze", "body[0]"), "Linear grows nothing that slice 1 could pick from"),
        (Rule(on.new_class, "freeze", "head[0][1]"), "grows nothing that slice 2"),
        (Rule(on.new_class, "freeze", "head[x]"), "a slice is"),
        (Rule(on.new_class, "freeze", "head[::2]"), "a slice is"),
        (Rule(on.new_class, "expand", "head[0]"), "`expand` takes no slice"),
        (Rule(on.new_class, "align", "head[0]"), "takes a head, not its generations"),
        (Rule(on.new_class, "align", "body"), "Linear has no `align`"),
        (Rule(on.new_class, "observe", "head"), "fits no statistics"),
        (Rule(on.new_class, "reset", "body", until="x"), "bound the freezing"),
        (Rule(on.new_class, "freeze", "head[0]", until="x"), "bound the freezing"),
    ],
)
def test_a_rule_that_cannot_run_is_refused_when_the_model_is_made(rule, words):
    with pytest.raises(ValueError, match=words.replace("[", r"\[")):
        model_of(rule)


def test_an_ambiguous_boundary_names_the_choices():
    with pytest.raises(ValueError, match=r"'0' could be features\.stem\.0, features\.stage1\.0"):
        model_of(Rule(on.start, "freeze", "body", until="0"), body=Net)
