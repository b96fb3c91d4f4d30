"""Random streams of classes and tasks against a slow, obvious reference: a dict of class -> row for each task."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from clspec.experience import Experience
from clspec.nn import CosineClassifier, IncrementalClassifier, MultiHeadClassifier, NearestMeanClassifier

FEATURES = 3
MASK = -1000.0

# Any order, with gaps, repeated; an experience may bring several tasks, and may be announced in eval mode only.
classes = st.lists(st.integers(0, 12), min_size=1, max_size=4, unique=True)
several_tasks = st.dictionaries(st.integers(0, 4), classes, min_size=1, max_size=3)
streams = st.lists(st.tuples(st.booleans(), classes), min_size=1, max_size=6)
task_streams = st.lists(st.tuples(st.booleans(), several_tasks), min_size=1, max_size=6)
examples = settings(max_examples=60, deadline=None, derandomize=True)


def experience(by_task):
    return Experience(sorted({c for own in by_task.values() for c in own}), list(by_task), classes_by_task=by_task)


def logits(x, rows, width, score):
    """(batch, width), entry by entry."""
    answer = torch.full((len(x), width), MASK)
    for at, one in enumerate(x):
        for class_id, row in rows.items():
            answer[at, class_id] = score(one, row)
    return answer


def dot(x, row):
    return sum(a * b for a, b in zip(x.tolist(), row.tolist(), strict=True))


def cosine(x, row):
    return dot(x, row) / (dot(x, x) ** 0.5 * dot(row, row) ** 0.5)


def check(answer, expected):
    assert answer.shape == expected.shape
    torch.testing.assert_close(answer, expected, atol=1e-5, rtol=1e-5)


def adapt_and_learn(head, rows, arrived, train, new_experience):
    """Adapts; in train mode new classes of the reference and of the head get the same random rows."""
    head.train(train).adaptation(new_experience)
    if train:
        fresh = {class_id: torch.randn(FEATURES) for class_id in arrived if class_id not in rows}
        head.set_rows(fresh)
        rows.update(fresh)


@examples
@given(streams, st.sampled_from([(IncrementalClassifier, dot), (CosineClassifier, cosine)]), st.integers(1, 4))
def test_one_head(stream, kind, born):
    make, score = kind
    arguments = {"bias": False} if make is IncrementalClassifier else {"scale": False}
    head, rows, announced = make(FEATURES, born, **arguments), {}, set()
    for train, arrived in stream:
        adapt_and_learn(head, rows, arrived, train, Experience(arrived))
        announced |= set() if train else set(arrived)
        if not rows:
            continue  # the born rows answer as classes 0, 1, ... with numbers of their own
        x = torch.randn(4, FEATURES)
        check(head(x), logits(x, rows, max({*rows, *announced}) + 1, score))
        assert {class_id for _, _, class_id, _ in head.class_map()} == set(rows)
        again = make(FEATURES, born, **arguments)
        again.load_state_dict(head.state_dict())
        check(again(x), logits(x, rows, max(rows) + 1, score))


@examples
@given(streams, st.integers(1, 4))
def test_one_compact_head(stream, born):
    head, rows = IncrementalClassifier(FEATURES, born, bias=False, index="compact"), {}
    for _, small in stream:
        arrived = [class_id * 10**9 for class_id in small]
        adapt_and_learn(head, rows, arrived, True, Experience(arrived))
        x = torch.randn(4, FEATURES)
        order = [class_id for _, _, class_id, _ in head.class_map()]
        expected = torch.stack([torch.tensor([dot(one, rows[class_id]) for class_id in order]) for one in x])
        check(head(x), expected)
        assert head.decode(torch.arange(len(order))).tolist() == order
        assert head.encode(torch.tensor(order)).tolist() == list(range(len(order)))


@examples
@given(task_streams)
def test_a_head_for_each_task(stream):
    head, rows, announced = MultiHeadClassifier(FEATURES, bias=False), {}, {}
    for train, by_task in stream:
        head.train(train).adaptation(experience(by_task))
        for task, arrived in by_task.items():
            if not train:
                announced.setdefault(task, set()).update(arrived)
                continue
            own = rows.setdefault(task, {})
            fresh = {class_id: torch.randn(FEATURES) for class_id in arrived if class_id not in own}
            head.members[head.tasks.member(task)].set_rows(fresh)
            own.update(fresh)
        if not rows:
            continue
        tasks = sorted({*rows, *announced})
        widths = {task: max({*rows.get(task, {}), *announced.get(task, set())}) + 1 for task in tasks}
        x = torch.randn(6, FEATURES)
        for task in tasks:
            check(head(x, task), logits(x, rows.get(task, {}), widths[task], dot))
        labels = torch.tensor([tasks[i % len(tasks)] for i in range(6)])[torch.randperm(6)]
        widest = max(widths.values())
        one_by_one = [
            logits(x[i : i + 1], rows.get(task, {}), widest, dot)[0] for i, task in enumerate(labels.tolist())
        ]
        check(head(x, labels), torch.stack(one_by_one))
        assert set(head(x, None)) == set(rows)
        placed = {(task, class_id) for _, task, class_id, _ in head.class_map()}
        assert placed == {(task, class_id) for task, own in rows.items() for class_id in own}


@examples
@given(streams)
def test_nearest_means(stream):
    head, seen = NearestMeanClassifier(FEATURES, normalize=False), {}
    for _, arrived in stream:
        head.adaptation(Experience(arrived))
        x, y = torch.randn(8, FEATURES), torch.tensor(arrived)[torch.randint(len(arrived), (8,))]
        head.observe(x, y)
        for one, class_id in zip(x, y.tolist(), strict=True):
            seen.setdefault(class_id, []).append(one)
        means = {class_id: sum(own) / len(own) for class_id, own in seen.items()}
        x = torch.randn(4, FEATURES)
        check(head(x), logits(x, means, head.width, lambda one, mean: -(dot(one - mean, one - mean) ** 0.5)))
