import copy
import inspect
import io
import pickle
import subprocess
import sys

import pytest
import torch
from torch import nn

from clspec.experience import Experience, read_experience
from clspec.nn import (
    CompiledModel,
    DynamicModule,
    IncrementalClassifier,
    Rule,
    UnknownTaskError,
    adapt,
    load_source,
    on,
)
from clspec.nn.saved import pack, unpack
from clspec.streams import split

from .models import SOURCE, two_heads

STREAM = split(8, 4, task_labels=True)


def grown(experiences=3):
    model = two_heads()
    for experience in STREAM[:experiences]:
        model.adaptation(experience)
    return model


def same(one, other):
    assert list(one) == list(other)
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_the_changes_are_in_words():
    model = two_heads()
    assert model.adaptation(STREAM[0]).changes == (
        "coarse: rows 0, 1 for classes 0, 1",
        "fine.labels: member 0 for task 0",
        "fine.labels: member 0: rows 0, 1 for classes 0, 1",
    )
    assert model.post_adaptation(STREAM[0]).changes == ("proj: frozen",)
    assert model.post_adaptation(STREAM[0]).changes == ()
    assert model.adaptation(STREAM[1]).changes == (
        "coarse: +2 rows for classes 2, 3",
        "fine.labels: + member 1 for task 1 with 2 rows for classes 2, 3",
    )
    assert model.adaptation(STREAM[2]).changes[-1] == "trunk: frozen"
    assert "trunk: frozen" not in model.adaptation(STREAM[3]).changes


def test_an_after_rule_nobody_called_runs_with_the_next_adaptation():
    model = two_heads()
    model.adaptation(STREAM[0])
    model.eval().adaptation(STREAM[1])
    assert model.proj.weight.requires_grad
    assert model.train().adaptation(STREAM[1]).changes[0] == "proj: frozen"


def test_what_is_frozen_stands_still():
    model = grown(2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=0.1)

    def step():
        optimizer.zero_grad(set_to_none=False)
        out = model(torch.randn(8, 4), 1)
        (out["coarse"].logsumexp(1).sum() + out["fine"].clamp(min=-9).sum()).backward()
        optimizer.step()

    step()
    model.adaptation(STREAM[2], optimizer)
    model.eval()
    model.train()
    before = copy.deepcopy(model.trunk.state_dict())
    for _ in range(3):
        step()
    same(before, model.trunk.state_dict())
    assert model.coarse.training
    assert not model.trunk[1].training
    x = torch.randn(3, 4)
    torch.testing.assert_close(model.trunk(x), model.trunk(x))


def test_unfreeze_undoes():
    class Model(CompiledModel):
        PLAN = (
            Rule(on.start, "freeze", "body"),
            Rule(on.experience(1), "unfreeze", "body.1"),
            Rule(on.experience(2), "unfreeze", "body"),
        )

        def __init__(self):
            super().__init__()
            self.body = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2), nn.ReLU())
            self.begin()

    model = Model()
    assert not any(p.requires_grad for p in model.parameters())
    assert not model.train().body[1].training
    assert [model.adaptation(Experience([i])).changes for i in range(4)] == [
        (),
        ("body.1: trains again",),
        ("body: trains again",),
        (),
    ]
    assert all(p.requires_grad for p in model.parameters())
    assert model.body[1].training
    assert model.body.training


def test_a_part_that_grows_inside_what_is_frozen_is_born_frozen():
    class Model(CompiledModel):
        PLAN = (
            Rule(on.start, "freeze", "group"),
            Rule(on.new_class, "expand", "group.head", own=True),
            Rule(on.experience(2), "unfreeze", "group"),
        )

        def __init__(self):
            super().__init__()
            self.group = nn.ModuleDict({"head": IncrementalClassifier(2)})
            self.begin()

    model = Model()
    model.adaptation(Experience([0, 1, 2]))
    model.adaptation(Experience([3]))
    assert not any(p.requires_grad for p in model.parameters())
    assert model.describe()["group.head"].state == "frozen"
    model.adaptation(Experience([4]))
    assert all(p.requires_grad for p in model.parameters())


def test_only_the_plan_adapts():
    text = SOURCE.replace('        Rule(on.new_class, "expand", "coarse", own=True),\n', "")
    model = load_source(text, "without").TwoHeads()
    for experience in STREAM:
        model.adaptation(experience)
    out = model(torch.randn(2, 4), 3)
    assert out["coarse"].shape == (2, 2)
    assert out["fine"].shape == (2, 8)
    no_branch = load_source(SOURCE.replace('Rule(on.new_task, "branch", "fine.labels", own=True),', ""), "m").TwoHeads()
    for experience in STREAM:
        no_branch.adaptation(experience)
    assert len(no_branch.fine.labels.members) == 1
    assert (no_branch(torch.randn(2, 4), 3)["fine"] == -1000).all()


def test_every_task_and_unknown_tasks():
    model = grown(3).eval()
    answers = model(torch.randn(2, 4), None)
    assert {task: answer["fine"].shape[1] for task, answer in answers.items()} == {0: 2, 1: 4, 2: 6}
    with pytest.raises(UnknownTaskError, match=r"fine\.labels: .*task 3; the known tasks are 0, 1, 2"):
        model(torch.randn(2, 4), 3)
    model.adaptation(STREAM[3])
    assert (model(torch.randn(2, 4), 3)["fine"] == -1000).all()
    assert set(model(torch.randn(2, 4), None)) == {0, 1, 2}


def test_eval_changes_nothing_that_is_saved():
    model = grown(2)
    before = copy.deepcopy(model.state_dict())
    model.eval()
    for experience in STREAM:
        model.adaptation(experience)
    model.post_adaptation()
    same(before, model.state_dict())
    assert model(torch.randn(1, 4), 0)["coarse"].shape == (1, 8)


def test_a_nested_generated_class_adapts_only_through_its_root():
    with pytest.raises(RuntimeError, match="adapts only through its root"):
        grown().fine.adaptation(STREAM[0])


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (Rule(on.start, "freeze", "nowhere.else"), "no part 'nowhere.else'"),
        (Rule(on.new_class, "branch", "head"), "IncrementalClassifier has no `branch`"),
        (Rule(on.start, "freeze", "head", until="x"), "nothing inside is called 'x'"),
    ],
)
def test_a_rule_that_cannot_run_is_refused_when_the_model_is_made(rule, words):
    class Model(CompiledModel):
        PLAN = (rule,)

        def __init__(self):
            super().__init__()
            self.head = IncrementalClassifier(2)
            self.begin()

    with pytest.raises(ValueError, match=words.replace("[", r"\[")):
        Model()


def test_a_failing_adaptation_leaves_everything_as_it_was():
    model = grown(2)
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.randn(4, 4), 1)["coarse"].sum().backward()
    before, grads = copy.deepcopy(model.state_dict()), {n: p.grad for n, p in model.named_parameters()}
    modes = [module.training for module in model.modules()]
    model.fine.labels.factory = lambda: 1 / 0
    with pytest.raises(ZeroDivisionError):
        model.adaptation(STREAM[2], optimizer)
    same(before, model.state_dict())
    assert all(p.grad is grads[n] for n, p in model.named_parameters())
    assert [module.training for module in model.modules()] == modes
    assert model.describe() == grown(2).describe()


# ---- saved state


def wrapped(model):
    return nn.ModuleDict({"inner": nn.Sequential(model)})


def through_file(state):
    buffer = io.BytesIO()
    torch.save(state, buffer)
    buffer.seek(0)
    return torch.load(buffer, weights_only=True)


@pytest.mark.parametrize("carry", [dict, through_file, lambda state: {k: v.clone() for k, v in state.items()}])
@pytest.mark.parametrize("wrap", [lambda model: model, wrapped])
def test_a_grown_state_loads_into_a_fresh_model(wrap, carry):
    old, new = grown(3), two_heads()
    state = carry(wrap(old).state_dict())
    assert all(value.dtype in (torch.uint8, torch.int64, torch.float32) for value in state.values())
    wrap(new).load_state_dict(state)
    same(old.state_dict(), new.state_dict())
    assert old.describe() == new.describe()
    assert [m.training for m in old.modules()] == [m.training for m in new.modules()]
    old.adaptation(STREAM[3])
    assert new.adaptation(STREAM[2]).changes == ()
    new.adaptation(STREAM[3])
    assert old.describe() == new.describe()
    assert old.class_map() == new.class_map()
    assert list(old.state_dict()) == list(new.state_dict())


def test_a_pending_after_rule_is_saved():
    new = two_heads()
    new.load_state_dict(grown(1).state_dict())
    assert new.post_adaptation().changes == ("proj: frozen",)


def test_a_smaller_state_loads_into_a_model_that_grew_more():
    small, big = grown(1), grown(3)
    kept = big.coarse.generations[0].weight
    big.load_state_dict(small.state_dict())
    same(small.state_dict(), big.state_dict())
    assert small.describe() == big.describe()
    assert big.coarse.generations[0].weight is kept
    assert big.trunk.training


@pytest.mark.parametrize("strict", [True, False])
def test_generations_without_their_log_are_an_error(strict):
    state = grown(3).state_dict()
    del state["coarse._extra_state"]
    with pytest.raises(RuntimeError, match=r"without the growth log 'coarse\._extra_state'"):
        two_heads().load_state_dict(state, strict=strict)


def test_a_log_that_cannot_be_read_is_an_error():
    state = grown(3).state_dict()
    state["coarse._extra_state"] = torch.zeros(3, dtype=torch.uint8)
    with pytest.raises(ValueError, match="growth log cannot be read"):
        two_heads().load_state_dict(state)


def test_what_stood_still_and_is_not_there_is_told_by_its_keys():
    """The state of a model whose frozen part has another name here is refused as torch refuses any such state."""
    model = grown(3)  # freezes trunk
    state = {name.replace("trunk", "body"): value for name, value in model.state_dict().items()}
    state["_extra_state"] = pack({**unpack(state["_extra_state"], "it"), "frozen": [["gone.part", True], ["x", True]]})
    with pytest.raises(RuntimeError, match=r'Missing key\(s\) in state_dict: "trunk\.0\.weight"'):
        two_heads().load_state_dict(state)
    partly = two_heads()
    partly.load_state_dict(state, strict=False)
    assert all(parameter.requires_grad for parameter in partly.parameters())
    assert not unpack(partly.state_dict()["_extra_state"], "it")["frozen"]


# ---- copying


def test_deepcopies_and_pickles_go_on_alone():
    model = grown(2)
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        same(model.state_dict(), other.state_dict())
        other.adaptation(STREAM[2])
        assert len(other.fine.labels.members) == 3
    assert len(model.fine.labels.members) == 2
    assert "TwoHeadsFine" in inspect.getsource(type(model.fine))


FRESH = """
import sys, torch, warnings
warnings.simplefilter("error")
model = torch.load(sys.argv[1], weights_only=False)
fine, logits = torch.load(sys.argv[2], weights_only=False)
model.eval()
assert torch.equal(model(torch.ones(2, 4), 1)["coarse"], logits)
assert type(fine).__name__ == "TwoHeadsFine"
from clspec.experience import Experience, read_experience
print(model.train().adaptation(Experience([4, 5], [2], index=2)).changes[0])
"""


def test_a_pickle_opens_in_a_fresh_process(tmp_path):
    model = grown(2).eval()
    torch.save(model, tmp_path / "model.pt")
    torch.save((model.fine, model(torch.ones(2, 4), 1)["coarse"].detach()), tmp_path / "rest.pt")
    command = [sys.executable, "-c", FRESH, str(tmp_path / "model.pt"), str(tmp_path / "rest.pt")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "coarse: +2 rows for classes 4, 5\n"), done.stderr


def test_the_same_source_is_the_same_module():
    one = load_source(SOURCE, "TwoHeads")
    assert load_source(SOURCE, "TwoHeads") is one
    assert one.__name__.startswith("clspec_model_TwoHeads_")
    with pytest.raises(ZeroDivisionError):
        load_source("1 / 0", "broken")
    assert not [name for name in sys.modules if name.startswith("clspec_model_broken")]


# ---- seeds


def test_a_seed_decides_all_weights_whatever_was_drawn_before():
    text = (
        SOURCE.replace("    NEEDS_TASK_LABELS", "    SEED = 7\n    NEEDS_TASK_LABELS")
        .replace("        self.trunk = ", "        with cl.seeded(self.SEED, 'trunk'):\n            self.trunk = ")
        .replace("        self.proj = ", "        with cl.seeded(self.SEED, 'proj'):\n            self.proj = ")
    )
    kind = load_source(text, "seeded").TwoHeads
    one, state = kind(), None
    for experience in STREAM:
        one.adaptation(experience)
    torch.manual_seed(99)
    two = kind()
    state = torch.get_rng_state()
    two.adaptation(Experience(range(4), [0, 1], classes_by_task={0: [0, 1], 1: [2, 3]}))
    two.coarse.expand(read_experience(Experience([4, 5])))
    for experience in STREAM[1:]:
        two.adaptation(experience)
    assert torch.equal(one.coarse.weight, two.coarse.weight)
    assert torch.equal(one.trunk[0].weight, two.trunk[0].weight)
    for mine, other in zip(one.fine.labels.members, two.fine.labels.members, strict=True):
        assert torch.equal(mine.weight, other.weight)
    assert not torch.equal(one.fine.labels.members[0].weight, one.fine.labels.members[1].weight)
    assert state is not None


# ---- modules of one's own


def test_dynamic_modules_inside_plain_ones_adapt_too():
    model = nn.Sequential(nn.Linear(4, 4), nn.ModuleDict({"a": IncrementalClassifier(4)}), two_heads())
    report = adapt(model, STREAM[0])
    assert report.changes[:2] == ("1.a: rows 0, 1 for classes 0, 1", "2.coarse: rows 0, 1 for classes 0, 1")
    assert report.class_map[0] == ("1.a", None, 0, 0)
    with pytest.raises(ValueError, match="no dynamic module"):
        adapt(nn.Linear(2, 2), STREAM[0])


def test_a_class_of_ones_own():
    class Grower(DynamicModule):
        PLAN = (Rule(on.experience(), "expand", ""), Rule(on.experience(1), "freeze", "units.0"))

        def __init__(self):
            super().__init__()
            self.units = nn.ParameterList()
            self.head = IncrementalClassifier(4)

        def expand(self, arrival):
            self.units.append(torch.randn(3, requires_grad=True))
            return ["+1 unit"]

    model = Grower()
    model.PLAN = Grower.PLAN[:1]
    optimizer = torch.optim.SGD(model.head.parameters(), lr=0.1)
    report = model.adaptation(Experience([0, 1]), optimizer)
    assert report.changes == ("self: +1 unit", "head: rows 0, 1 for classes 0, 1")
    assert list(report.new_parameters) == ["units.0"]
    assert len(optimizer.param_groups[0]["params"]) == 3
