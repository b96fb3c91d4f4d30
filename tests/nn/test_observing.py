"""Statistics heads inside models: where the data comes from, and that observing changes nothing else."""

import copy
import gc

import pytest
import torch
from torch import nn
from torch.utils.data import Dataset, TensorDataset

import clspec
from clspec.experience import Experience
from clspec.nn import (
    CompiledModel,
    DynamicModule,
    IncrementalClassifier,
    MultiHeadClassifier,
    NearestMeanClassifier,
    Rule,
    adapt,
    observe,
    on,
    post_adapt,
)


class Model(CompiledModel):
    PLAN = (
        Rule(on.new_class, "expand", "head", own=True),
        Rule(on.new_class, "expand", "means", own=True),
        Rule(on.after(on.experience()), "observe", "means", own=True),
    )

    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4), nn.Dropout(0.5))
        self.head = IncrementalClassifier(4)
        self.means = NearestMeanClassifier(4, normalize=False)
        self.begin()

    def forward(self, x):
        features = self.body(x)
        return self.head(features) if self.training else self.means(features)


class PerTaskModel(CompiledModel):
    PLAN = (
        Rule(on.new_task, "branch", "means", own=True),
        Rule(on.new_class, "expand", "means", own=True),
        Rule(on.after(on.experience()), "observe", "means", own=True),
    )
    NEEDS_TASK_LABELS = True

    def __init__(self):
        super().__init__()
        self.body = nn.Linear(4, 4)
        self.means = MultiHeadClassifier(4, head=means)
        self.begin()

    def forward(self, x, task_labels):
        return self.means(self.body(x), task_labels)


def means():
    return NearestMeanClassifier(4, normalize=False)


def data(classes, count=300):
    y = torch.tensor([classes[at % len(classes)] for at in range(count)])
    return torch.randn(count, 4) + y[:, None], y


def experience_of(classes, tasks=(0,), index=None, extra=(), **more):
    return Experience(classes, tasks, index, dataset=TensorDataset(*data(classes), *extra), **more)


def mean_of(model, x, y, class_id):
    model.eval()
    features = model.body(x[y == class_id]).mean(0)
    model.train()
    return features


def snapshot(model):
    return (
        copy.deepcopy(model.state_dict()),
        [m.training for m in model.modules()],
        [p.grad for p in model.parameters()],
    )


def test_data_comes_from_the_experience():
    model, experience = Model(), experience_of([0, 1])
    model.adaptation(experience)
    assert model.post_adaptation(experience).changes == ("means: observed",)
    assert model.post_adaptation(experience).changes == ()
    x, y = experience.dataset.tensors
    torch.testing.assert_close(model.means.gathered("mean")[1], mean_of(model, x, y, 1), atol=1e-5, rtol=0)
    assert model.means.gathered("count").tolist() == [150, 150]


def test_data_fed_by_hand_comes_first_and_nothing_else_changes():
    model, experience = Model(), experience_of([0, 1])
    model.adaptation(experience)
    model.head(model.body(torch.randn(8, 4))).sum().backward()
    x, y = data([0, 1])
    state, modes, grads = snapshot(model)
    random = torch.get_rng_state()
    model.observe(x[:100], y[:100])
    model.observe(x[100:], y[100:])
    assert torch.equal(random, torch.get_rng_state())
    assert [m.training for m in model.modules()] == modes
    assert all(p.grad is grad for p, grad in zip(model.parameters(), grads, strict=True))
    changed = [name for name, value in model.state_dict().items() if not torch.equal(value, state[name])]
    assert changed == ["_extra_state", "means.generations.0.mean", "means.generations.0.count"]
    assert model.post_adaptation(experience).changes == ("means: observed",)
    assert int(model.means.gathered("count").sum()) == 300
    torch.testing.assert_close(model.means.gathered("mean")[0], mean_of(model, x, y, 0), atol=1e-5, rtol=0)


def test_that_it_was_fed_is_saved():
    model, new = Model(), Model()
    model.adaptation(Experience([0, 1]))
    model.observe(*data([0, 1]))
    new.load_state_dict(model.state_dict())
    assert new.post_adaptation().changes == ("means: observed",)
    assert torch.equal(new.means.gathered("mean"), model.means.gathered("mean"))


def test_left_to_the_next_adaptation_it_takes_the_last_experience_while_that_lives():
    model, experience = Model(), experience_of([0, 1])
    model.adaptation(experience)
    report = model.adaptation(experience_of([2]))
    assert report.changes == ("means: observed", "head: +1 row for class 2", "means: +1 row for class 2")
    assert model.means.gathered("count").tolist() == [150, 150, 0]


@pytest.mark.parametrize("late", [False, True])
def test_no_data_is_an_error_that_names_both_ways_and_changes_nothing(late):
    model = Model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    model.adaptation(experience_of([0, 1]))
    gc.collect()
    before = model.state_dict()
    with pytest.raises(RuntimeError, match=r"means.*post_adaptation\(experience\).*model\.observe"):
        model.adaptation(Experience([2]), optimizer) if late else model.post_adaptation(Experience([0, 1]), optimizer)
    after = model.state_dict()
    assert list(before) == list(after) and all(torch.equal(before[name], after[name]) for name in before)
    model.observe(*data([0, 1]))
    assert model.adaptation(Experience([2])).changes[0] == "means: observed"


def test_an_experience_without_classes_needs_no_data():
    model = Model()
    model.adaptation(Experience(None))
    assert model.post_adaptation().changes == ()


class Failing(Dataset):
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __len__(self):
        return 400

    def __getitem__(self, at):
        return self.x[at], self.y[at]  # fails in the second batch


def test_data_that_fails_half_way_leaves_the_statistics_as_they_were():
    model = Model()
    model.adaptation(Experience([0, 1]))
    model.observe(*data([0, 1]))
    model.post_adaptation()
    model.adaptation(Experience([2]))
    state, modes, _ = snapshot(model)
    with pytest.raises(IndexError):
        model.post_adaptation(Experience([2], dataset=Failing(*data([2]))))
    with pytest.raises(ValueError, match="means: class 9 has no row"):
        model.observe(*data([2, 9]))
    assert all(torch.equal(value, state[name]) for name, value in model.state_dict().items())
    assert [m.training for m in model.modules()] == modes
    assert not model.means._forward_pre_hooks


@pytest.mark.parametrize(
    ("x", "y", "error", "words"),
    [
        (torch.randn(3, 4), torch.zeros(3), TypeError, "class ids"),
        (torch.randn(3, 4), torch.zeros(2, dtype=torch.long), ValueError, "one class id a sample"),
    ],
)
def test_targets_of_a_wrong_kind(x, y, error, words):
    model = Model()
    model.adaptation(Experience([0]))
    with pytest.raises(error, match=words):
        model.observe(x, y)


def test_nothing_that_observes():
    with pytest.raises(ValueError, match="no part that observes"):
        IncrementalClassifier(4).observe(*data([0]))


# ---- tasks


def test_each_member_observes_the_data_of_its_task():
    model = PerTaskModel()
    x, y = data([0, 1, 2, 3])
    t = (y > 1).long()
    both = Experience([0, 1, 2, 3], [0, 1], classes_by_task={0: [0, 1], 1: [2, 3]}, dataset=TensorDataset(x, y, t))
    model.adaptation(both)
    model.post_adaptation(both)
    assert [member.gathered("count").tolist() for member in model.means.members] == [[75, 75], [75, 75]]
    torch.testing.assert_close(model.means.members[1].gathered("mean")[0], mean_of(model, x, y, 2), atol=1e-5, rtol=0)
    by_hand = PerTaskModel()
    by_hand.adaptation(both)
    by_hand.body.load_state_dict(model.body.state_dict())
    by_hand.observe(x, y, t)
    torch.testing.assert_close(by_hand.means.members[1].gathered("mean"), model.means.members[1].gathered("mean"))


def test_one_task_an_experience_needs_no_labels_in_the_data():
    model = PerTaskModel()
    for task, classes in enumerate(([0, 1], [2, 3])):
        experience = experience_of(classes, [task], task)
        model.adaptation(experience)
        model.post_adaptation(experience)
    assert [int(member.gathered("count").sum()) for member in model.means.members] == [300, 300]


def test_several_tasks_without_labels_in_the_data_is_an_error():
    model, experience = PerTaskModel(), experience_of([0, 1], [0, 1])
    model.adaptation(experience)
    with pytest.raises(ValueError, match=r"must give \(x, y, task\)"):
        model.post_adaptation(experience)


# ---- standing alone, and inside modules of one's own


def test_a_head_alone_and_inside_a_plain_module():
    x, y = data([0, 1])
    alone = means()
    alone.adaptation(Experience([0, 1]))
    alone.observe(x, y)
    assert alone.post_adaptation().changes == ("self: observed",)
    plain = nn.Sequential(nn.Linear(4, 4), means())
    experience = Experience([0, 1], dataset=TensorDataset(x, y))
    adapt(plain, experience)
    assert post_adapt(plain, experience).changes == ("1: observed",)
    torch.testing.assert_close(plain[1].gathered("mean")[0], plain[0](x[y == 0]).mean(0), atol=1e-5, rtol=0)
    observe(plain, x, y)
    assert int(plain[1].gathered("count").sum()) == 600


def test_inside_a_dynamic_module_of_ones_own_in_double():
    class Own(DynamicModule):
        def __init__(self):
            super().__init__()
            self.body, self.head = nn.Linear(4, 4), means()

        def forward(self, x):
            return self.head(self.body(x))

    model, experience = Own().double(), experience_of([0, 1])
    model.adaptation(experience)
    assert model.post_adaptation(experience).changes == ("head: observed",)
    assert model.head.generations[0].mean.dtype == torch.float64


def test_reset_forgets_and_a_head_in_training_only_is_not_reached():
    class Reset(Model):
        PLAN = (*Model.PLAN, Rule(on.experience(1), "reset", "means[0]"))

    model = Reset()
    for classes in ([0, 1], [2]):
        model.adaptation(experience := experience_of(classes))
        model.post_adaptation(experience)
    assert model.means.gathered("count").tolist() == [0, 0, 300]

    class TrainOnly(Model):
        def forward(self, x):
            return self.means(self.body(x)) if self.training else self.head(self.body(x))

    model, experience = TrainOnly(), experience_of([0, 1])
    model.adaptation(experience)
    with pytest.raises(RuntimeError, match="in eval mode the model does not run it"):
        model.post_adaptation(experience)


class Pair(Dataset):
    """((a, c), y) or ({"a": a, "c": c}, y), as a model of two inputs is fed."""

    def __init__(self, named):
        self.y = torch.arange(40) % 2
        self.a, self.c, self.named = torch.randn(40, 3), torch.randn(40, 2), named

    def __len__(self):
        return 40

    def __getitem__(self, at):
        inputs = {"c": self.c[at], "a": self.a[at]} if self.named else (self.a[at], self.c[at])
        return inputs, self.y[at]


@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize("head", ["nearest_mean()", "per_task(nearest_mean())"])
def test_a_model_of_several_inputs_observes_them_all(head, named):
    text = f"""clspec 1
        model M {{ input a = features(3)
        input c = features(2)
        neck both = concat() from a, c
        head h = {head} }}"""
    fed, given = (clspec.compile(clspec.parse_string(text)) for _ in range(2))
    dataset = Pair(named)
    a, c, y = dataset.a, dataset.c, dataset.y
    experience = Experience([0, 1], dataset=dataset)
    for model in (fed, given):
        model.adaptation(experience)
    fed.observe({"a": a, "c": c} if named else (a, c), y)
    for model in (fed, given):
        model.post_adaptation()
        model.eval()
    labels = [0] if "per_task" in head else []
    torch.testing.assert_close(fed(a, c, *labels), given(a, c, *labels))
    assert (fed(a, c, *labels) > -1000).all()


def test_what_is_no_input_is_said_to_be_none():
    model = Model()
    model.adaptation(Experience([0, 1]))
    for wrong in ((), {}, (torch.zeros(2, 4), None), "samples"):
        with pytest.raises(TypeError, match="observe takes a tensor, or several in a tuple or a dict, as the forward"):
            model.observe(wrong, torch.tensor([0, 1]))
