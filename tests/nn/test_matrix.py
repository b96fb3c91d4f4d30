"""Every kind of head and growing part against every promise of DESIGN's "What a grown model must keep".

Each promise is tested on each kind. Where a kind cannot keep one, GAPS says why, and the test then shows that the gap
is real: nothing is skipped.
"""

import copy
import io
import pickle
import subprocess
import sys
from functools import partial

import pytest
import torch
from torch import nn

from clspec.experience import Experience
from clspec.nn import (
    CosineClassifier,
    DynamicModule,
    FeCAMClassifier,
    IncrementalClassifier,
    MultiHeadClassifier,
    NearestMeanClassifier,
    PerTask,
    ProgressiveNetwork,
    StatisticsHead,
    StreamingLDAClassifier,
    TrainEvalClassifier,
    UnknownTaskError,
)

WIDTH = 6
BY_TASK = {
    "multi_head": partial(MultiHeadClassifier, WIDTH),
    "multi_head(reserve=4)": partial(MultiHeadClassifier, WIDTH, reserve=4),
    "per_task(linear)": partial(PerTask, partial(nn.Linear, WIDTH, 3)),
    "per_task(cosine)": partial(PerTask, partial(CosineClassifier, WIDTH)),
    "per_task(nearest_mean)": partial(PerTask, partial(NearestMeanClassifier, WIDTH)),
    "progressive(linear)": partial(ProgressiveNetwork, WIDTH, hidden=5, adapter="linear"),
    "progressive(mlp)": partial(ProgressiveNetwork, WIDTH, hidden=5, adapter="mlp"),
}
KINDS = {
    "incremental": partial(IncrementalClassifier, WIDTH),
    "incremental(bias=false)": partial(IncrementalClassifier, WIDTH, bias=False),
    "incremental(masking=false)": partial(IncrementalClassifier, WIDTH, masking=False),
    "incremental(index=compact)": partial(IncrementalClassifier, WIDTH, index="compact"),
    "incremental(reserve=8)": partial(IncrementalClassifier, WIDTH, reserve=8),
    "incremental(reserve=4)": partial(IncrementalClassifier, WIDTH, reserve=4),
    "cosine": partial(CosineClassifier, WIDTH),
    "cosine(scale=false)": partial(CosineClassifier, WIDTH, scale=False),
    "nearest_mean": partial(NearestMeanClassifier, WIDTH),
    "streaming_lda": partial(StreamingLDAClassifier, WIDTH),
    "fecam": partial(FeCAMClassifier, WIDTH),
    "train_eval": lambda: TrainEvalClassifier(IncrementalClassifier(WIDTH), NearestMeanClassifier(WIDTH)),
    **BY_TASK,
}

RESERVES = {"incremental(reserve=8)": 8, "incremental(reserve=4)": 4, "multi_head(reserve=4)": 4}
FITTED = {"nearest_mean", "streaming_lda", "fecam", "per_task(nearest_mean)"}
NO_CLASSES = {"per_task(linear)", "progressive(linear)", "progressive(mlp)"}
GAPS = {
    "optimizer": dict.fromkeys(FITTED, "has no parameters, so no optimizer state"),
    "weights": dict.fromkeys(
        KINDS.keys() - {kind for kind in KINDS if kind.startswith(("incremental", "cosine"))},
        "has no `weight` of its own that could be assigned",
    ),
    "class_map": dict.fromkeys(NO_CLASSES, "has no rows, so no class sits anywhere"),
    "frozen_by_hand": dict.fromkeys(
        ("progressive(linear)", "progressive(mlp)"),
        "its own rule freezes the earlier columns, so a new one trains unless `freeze` holds the whole part",
    ),
    "mixed": dict.fromkeys(KINDS.keys() - BY_TASK.keys(), "takes no task labels"),
    "unmasked_at_birth": dict.fromkeys(FITTED, "is born without statistics, so all that it could answer is masked"),
}

every_kind = pytest.mark.parametrize("kind", KINDS)


class Net(DynamicModule):
    """A body that trains, and one kind behind it."""

    def __init__(self, kind):
        super().__init__()
        self.kind = kind
        self.body = nn.Linear(4, WIDTH)
        self.head = KINDS[kind]()

    def forward(self, x, task_labels=None):
        features = self.body(x)
        return self.head(features, task_labels) if self.kind in BY_TASK else self.head(features)


def stream(kind, by_task=(0, 1, 2)):
    """Three experiences; where there are tasks, each is a task of its own."""
    classes = ([0, 1], [5, 3], [2])
    tasks = by_task if kind in BY_TASK else (0, 0, 0)
    return [Experience(own, [task], index) for index, (own, task) in enumerate(zip(classes, tasks, strict=True))]


def label_of(kind, experience):
    """What a forward takes beside the features: (task,) or nothing."""
    return (next(iter(experience.task_labels)),) if kind in BY_TASK else ()


def asked(model, experience, count=12):
    """A batch of an experience: what the forward takes, and targets."""
    x = torch.randn(count, 4)
    y = torch.tensor(list(experience.classes)).repeat(count)[:count]
    labels = label_of(model.kind, experience)
    return (x, *labels), y


def train(model, experience, optimizer, count=2):
    for _ in range(count):
        inputs, _ = asked(model, experience)
        optimizer.zero_grad()
        answer = model(*inputs).clamp(min=-50).square().mean()
        if answer.requires_grad:
            answer.backward()
            optimizer.step()


def observe(model, experience):
    if any(isinstance(module, StatisticsHead) for module in model.modules()):
        inputs, y = asked(model, experience)
        model.observe(inputs[0], y, *inputs[1:])


def learn(model, experience, optimizer=None):
    report = model.adaptation(experience, optimizer)
    train(model, experience, optimizer or torch.optim.SGD(model.parameters(), lr=0.05))
    observe(model, experience)
    model.post_adaptation(experience)
    return report


def grown(kind, experiences=3):
    model = Net(kind)
    for experience in stream(kind)[:experiences]:
        learn(model, experience)
    return model


def answers(model, experiences):
    """What the model, in eval mode, says to fixed inputs, with the labels of each experience."""
    x = torch.linspace(-1, 1, 20).view(5, 4)
    mode = model.training
    model.eval()
    labels = [label_of(model.kind, e) for e in experiences]
    said = [model(x, *label) for label in labels]
    model.train(mode)
    return said


def same_state(one, other):
    return one.keys() == other.keys() and all(torch.equal(value, other[name]) for name, value in one.items())


def held(optimizer):
    return sorted(id(parameter) for group in optimizer.param_groups for parameter in group["params"])


def parts_with_weight(model):
    return [m for m in model.head.modules() if isinstance(m, IncrementalClassifier)]


# ---- 1 function


@every_kind
def test_growth_leaves_old_tensors_and_answers(kind):
    model, experiences = grown(kind, 2), stream(kind)
    tensors = {**dict(model.named_parameters()), **dict(model.named_buffers())}
    values = {name: tensor.detach().clone() for name, tensor in tensors.items()}
    before = answers(model, experiences[:2])
    model.adaptation(experiences[2])
    now = {**dict(model.named_parameters()), **dict(model.named_buffers())}
    for name, tensor in tensors.items():
        assert now[name] is tensor, name
        assert torch.equal(tensor, values[name]), name
    for old, new in zip(before, answers(model, experiences[:2]), strict=True):
        known = (old > -1000).all(0).nonzero().squeeze(1)
        assert len(known)
        torch.testing.assert_close(new[:, known], old[:, known], atol=1e-5, rtol=1e-5)


@every_kind
@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
def test_what_grows_takes_the_dtype_of_what_was_there(kind, dtype):
    model = grown(kind, 1).to(dtype)
    for experience in stream(kind)[1:]:
        model.adaptation(experience)
        inputs, y = asked(model, experience)
        if any(isinstance(module, StatisticsHead) for module in model.modules()):
            model.observe(inputs[0].to(dtype), y, *inputs[1:])
        assert model(inputs[0].to(dtype), *inputs[1:]).dtype == dtype
    floats = [t for t in (*model.parameters(), *model.buffers()) if t.is_floating_point()]
    assert {tensor.dtype for tensor in floats} == {dtype}


@every_kind
def test_a_frozen_part_grows_frozen(kind):
    model = grown(kind, 2)
    model.head.requires_grad_(False)
    model.adaptation(stream(kind)[2])
    if kind in GAPS["frozen_by_hand"]:
        trains = {name for name, parameter in model.head.named_parameters() if parameter.requires_grad}
        assert trains == {name for name, _ in model.head.named_parameters() if name.startswith("columns.2.")}
        return
    assert not any(parameter.requires_grad for parameter in model.head.parameters())
    assert bool(list(model.head.parameters())) == (kind not in GAPS["optimizer"])


@every_kind
def test_a_weight_of_many_generations_cannot_be_assigned(kind):
    model = grown(kind)
    if kind in GAPS["weights"]:
        assert not hasattr(model.head, "weight")
        return
    for name in ("weight", "bias"):
        with pytest.raises(AttributeError, match=r"generations\[i\]"):
            setattr(model.head, name, nn.Parameter(torch.zeros(2)))


# ---- 2 optimizer


@every_kind
@pytest.mark.parametrize(
    "make",
    [
        partial(torch.optim.SGD, lr=0.05, momentum=0.9, weight_decay=0.1),
        partial(torch.optim.Adam, lr=0.05),
        partial(torch.optim.AdamW, lr=0.05, foreach=False),
    ],
    ids=["sgd", "adam", "adamw"],
)
def test_the_optimizer_keeps_what_it_holds_and_gets_what_is_new(kind, make):
    model = Net(kind)
    optimizer = make(model.parameters())
    for experience in stream(kind):
        before = {id(p): copy.deepcopy(state) for p, state in optimizer.state.items()}
        model.adaptation(experience, optimizer)
        for parameter, state in optimizer.state.items():
            for name, value in before.pop(id(parameter)).items():
                assert (value is None and state[name] is None) or torch.equal(
                    torch.as_tensor(state[name]), torch.as_tensor(value)
                )
        assert not before
        assert held(optimizer) == sorted(map(id, model.parameters()))
        train(model, experience, optimizer)
        observe(model, experience)
    own = [p for p in model.head.parameters() if p in optimizer.state]
    if kind in GAPS["optimizer"]:
        assert not list(model.head.parameters())
    else:
        assert own


@every_kind
def test_growing_without_the_optimizer_loses_nothing(kind):
    model = Net(kind)
    optimizer = torch.optim.Adam(model.parameters())
    experiences = stream(kind)
    for experience in experiences:
        model.adaptation(experience)
        observe(model, experience)
    report = model.adaptation(experiences[-1], optimizer)  # the same experience again
    assert report.changes == ()
    assert held(optimizer) == sorted(map(id, model.parameters()))


# ---- 3 saved state


@every_kind
def test_a_grown_state_loads_into_a_fresh_model_and_training_goes_on_alike(kind):
    model, experiences = grown(kind, 2), stream(kind)
    file = io.BytesIO()
    torch.save(model.state_dict(), file)
    file.seek(0)
    fresh = Net(kind)
    fresh.load_state_dict(torch.load(file, weights_only=True))
    assert same_state(fresh.state_dict(), model.state_dict())
    assert fresh.class_map() == model.class_map()
    assert [p.requires_grad for p in fresh.parameters()] == [p.requires_grad for p in model.parameters()]
    for one in (model, fresh):
        torch.manual_seed(7)
        learn(one, experiences[2])
    assert same_state(fresh.state_dict(), model.state_dict())
    for one, other in zip(answers(model, experiences), answers(fresh, experiences), strict=True):
        assert torch.equal(one, other)


@every_kind
def test_a_grown_state_without_its_log_is_an_error(kind):
    state = grown(kind).state_dict()
    bare = {name: value for name, value in state.items() if not name.endswith("_extra_state")}
    with pytest.raises(RuntimeError, match="growth log"):
        Net(kind).load_state_dict(bare, strict=False)


@every_kind
def test_the_saved_state_is_tensors_of_plain_kinds(kind):
    state = grown(kind).state_dict()
    assert all(type(value) is torch.Tensor for value in state.values())
    copied = Net(kind)
    copied.load_state_dict({name: value.clone() for name, value in state.items()})
    assert same_state(copied.state_dict(), state)


# ---- 4 class map


@every_kind
def test_which_class_sits_where_is_data(kind):
    model = grown(kind)
    places = model.class_map()
    if kind in GAPS["class_map"]:
        assert places == []
        assert not any(hasattr(module, "rows") for module in model.modules())
        return
    classes = {(task, class_id) for _, task, class_id, _ in places}
    expected = {(next(iter(e.task_labels)) if kind in BY_TASK else None, c) for e in stream(kind) for c in e.classes}
    assert classes == expected
    heads = {(path, task) for path, task, _, _ in places}
    for path, task in heads:
        rows = [row for p, t, _, row in places if (p, t) == (path, task)]
        assert sorted(rows) == list(range(len(rows)))


@every_kind
def test_the_column_is_the_class_id(kind):
    model = grown(kind)
    x = torch.randn(3, 4)
    places = model.class_map()
    for task in (0, 1, 2) if kind in BY_TASK else (None,):
        logits = model.eval()(x, task) if kind in BY_TASK else model.eval()(x)
        own = sorted({c for _, t, c, _ in places if t == task})
        if kind in GAPS["class_map"]:
            assert logits.shape == (3, 3 if kind == "per_task(linear)" else 5)
            continue
        columns = own if kind != "incremental(index=compact)" else list(range(len(own)))
        reserve = RESERVES.get(kind, 1)
        assert logits.shape == (3, -(-(max(columns) + 1) // reserve) * reserve)
        assert torch.equal((logits != -1000).all(0).nonzero().squeeze(1), torch.tensor(columns))
        assert torch.equal(model.decode(model.encode(torch.tensor(own), task), task), torch.tensor(own))


# ---- 5 mixed tasks


@every_kind
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("autocast", [False, True])
def test_a_mixed_batch_gives_each_sample_its_own_tasks_answer(kind, dtype, autocast):
    model = grown(kind).to(dtype).eval()
    x, labels = torch.randn(7, WIDTH, dtype=dtype), torch.tensor([2, 0, 1, 1, 2, 0, 2])
    if kind in GAPS["mixed"]:
        with pytest.raises(TypeError):
            model.head(x, labels)
        return
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=autocast):
        mixed = model.head(x, labels)
        assert mixed.dtype == (torch.bfloat16 if autocast and dtype == torch.float32 else dtype)
        for row, task in enumerate(labels.tolist()):
            own = model.head(x[row : row + 1], task)[0]
            tolerance = 2e-2 if autocast else 1e-6
            torch.testing.assert_close(mixed[row, : len(own)], own, atol=tolerance, rtol=tolerance)
            assert (mixed[row, len(own) :] == -1000).all()
        assert set(model.head(x, None)) == {0, 1, 2}
        assert model.head(x[:0], labels[:0]).shape == (0, mixed.shape[1])


@every_kind
def test_several_tasks_in_one_experience(kind):
    model = Net(kind)
    model.adaptation(Experience([0, 1, 2], [3, 1], classes_by_task={3: [0, 2], 1: [1]}))
    x = torch.randn(4, 4)
    if kind in GAPS["mixed"]:
        assert {class_id for _, _, class_id, _ in model.class_map()} == {0, 1, 2}
        return
    assert set(model.head.known_tasks()) == {1, 3}
    assert len(model(x, torch.tensor([1, 3, 3, 1]))) == 4
    if kind not in GAPS["class_map"]:
        assert {(task, class_id) for _, task, class_id, _ in model.class_map()} == {(3, 0), (3, 2), (1, 1)}


# ---- 6 unknown


@every_kind
def test_before_any_adaptation_nothing_is_masked(kind):
    model = Net(kind)
    logits = model(torch.randn(3, 4), 0) if kind in BY_TASK else model(torch.randn(3, 4))
    if kind in GAPS["unmasked_at_birth"]:
        assert logits.shape == (3, 0)
        return
    born = 2 if kind in RESERVES else logits.shape[1]
    assert born >= 2 and logits.shape[1] == RESERVES.get(kind, born)
    assert (logits[:, :born] > -100).all() and (logits[:, born:] == -1000).all()


@every_kind
def test_evaluating_everything_after_each_experience_changes_nothing(kind):
    model, experiences = Net(kind), stream(kind)
    for experience in experiences:
        learn(model, experience)
        model.eval()
        before = {name: value.clone() for name, value in model.state_dict().items()}
        for other in experiences:
            report = model.adaptation(other)
            assert report.changes == ()
            inputs, _ = asked(model, other)
            answer = model(*inputs)
            assert answer.shape[0] == 12
            assert torch.isfinite(answer).all()
        assert same_state(model.state_dict(), before)
        model.train()


@every_kind
def test_only_a_task_that_was_never_announced_is_an_error(kind):
    model = grown(kind)
    if kind in GAPS["mixed"]:
        assert not model.per_task
        return
    with pytest.raises(UnknownTaskError, match="task 9; the known tasks are 0, 1, 2"):
        model(torch.randn(2, 4), 9)
    model.eval().adaptation(Experience([0], [9]))
    assert model(torch.randn(2, 4), 9).shape[0] == 2


# ---- 9 copying


@every_kind
def test_copies_work_and_share_nothing(kind):
    model, experiences = grown(kind, 2), stream(kind)
    file = io.BytesIO()
    torch.save(model, file)
    file.seek(0)
    copies = [copy.deepcopy(model), pickle.loads(pickle.dumps(model)), torch.load(file, weights_only=False)]
    before = {name: value.clone() for name, value in model.state_dict().items()}
    for one in copies:
        for mine, theirs in zip(answers(model, experiences[:2]), answers(one, experiences[:2]), strict=True):
            assert torch.equal(mine, theirs)
        learn(one, experiences[2])
        assert one.head is not model.head
    assert same_state(model.state_dict(), before)


def test_every_kind_goes_through_pickle_into_a_fresh_process(tmp_path):
    x = torch.randn(3, WIDTH)
    saved = {}
    for kind in KINDS.keys() - {"train_eval"}:  # made by a lambda here; its two classifiers are in the list
        head = grown(kind).head.eval()
        saved[kind] = (head, head(x, 1) if kind in BY_TASK else head(x), kind in BY_TASK)
    (tmp_path / "heads.pickle").write_bytes(pickle.dumps((x, saved)))
    program = (
        "import pickle, sys, torch\n"
        "x, saved = pickle.load(open(sys.argv[1], 'rb'))\n"
        "for head, answer, by_task in saved.values():\n"
        "    assert torch.allclose(head(x, 1) if by_task else head(x), answer, atol=1e-6)\n"
        "print(len(saved))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "heads.pickle")], capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == str(len(KINDS) - 1), done.stderr


@every_kind
def test_shared_memory(kind):
    model, experiences = grown(kind), stream(kind)
    before = answers(model, experiences)
    model.share_memory()
    assert all(tensor.is_shared() for tensor in (*model.parameters(), *model.buffers()) if tensor.numel())
    for old, new in zip(before, answers(model, experiences), strict=True):
        assert torch.equal(old, new)


# ---- 10 all or nothing


@every_kind
def test_an_adaptation_that_fails_leaves_everything_as_it_was(kind):
    model, experiences = grown(kind, 2), stream(kind)
    optimizer = torch.optim.Adam(nn.Linear(2, 2).parameters())
    before = {name: value.clone() for name, value in model.state_dict().items()}
    tensors, said = list(model.parameters()), answers(model, experiences[:2])
    flags = [p.requires_grad for p in tensors]
    with pytest.raises(ValueError, match="holds none of the model's parameters"):
        model.adaptation(experiences[2], optimizer)
    assert same_state(model.state_dict(), before)
    assert [id(p) for p in model.parameters()] == [id(p) for p in tensors]
    assert [p.requires_grad for p in model.parameters()] == flags
    assert len(held(optimizer)) == 2
    for old, new in zip(said, answers(model, experiences[:2]), strict=True):
        assert torch.equal(old, new)
    learn(model, experiences[2])  # and nothing of the failure is in the way
    assert len(answers(model, experiences)) == 3


def test_every_gap_names_a_kind():
    assert all(KINDS.keys() >= gaps.keys() for gaps in GAPS.values())
