"""The heads that are fitted instead of trained, against slow and obvious references."""

import copy
import pickle
from functools import partial

import pytest
import torch
from torch.nn import functional

from clspec.experience import Experience
from clspec.nn import FeCAMClassifier, MultiHeadClassifier, NearestMeanClassifier, StreamingLDAClassifier

KINDS = {
    "nearest_mean": NearestMeanClassifier,
    "nearest_mean(normalize=false)": partial(NearestMeanClassifier, normalize=False),
    "streaming_lda": StreamingLDAClassifier,
    "fecam": FeCAMClassifier,
}
every_kind = pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)


def nearest_mean(seen, x, normalize=True):
    unit = partial(functional.normalize, dim=-1) if normalize else lambda features: features
    means = {c: unit(unit(torch.stack([f for f, y in seen if y == c])).mean(0)) for c in {y for _, y in seen}}
    return {c: torch.stack([-(unit(one) - mean).square().sum().sqrt() for one in x]) for c, mean in means.items()}


def streaming_lda(seen, x, shrinkage=1e-4):
    width = x.shape[1]
    mean, count, covariance = {}, {}, torch.zeros(width, width, dtype=x.dtype)
    for updates, (features, y) in enumerate(seen):
        deviation = features - mean.get(y, torch.zeros_like(features))
        delta = updates / (updates + 1) * torch.outer(deviation, deviation)
        covariance = (updates * covariance + delta) / (updates + 1)
        mean[y] = mean.get(y, 0) + deviation / (count.get(y, 0) + 1)
        count[y] = count.get(y, 0) + 1
    inverse = torch.linalg.inv((1 - shrinkage) * covariance + shrinkage * torch.eye(width, dtype=x.dtype))
    return {c: x @ (inverse @ mu) - mu @ inverse @ mu / 2 for c, mu in mean.items()}


def fecam(seen, x, shrinkage=1e-4):
    answers = {}
    for c in {y for _, y in seen}:
        own = torch.stack([f for f, y in seen if y == c])
        covariance = torch.cov(own.T)
        eye = torch.eye(len(covariance), dtype=x.dtype)
        rest = covariance[eye == 0].mean()
        covariance = covariance + shrinkage * (covariance.diagonal().mean() * eye + rest * (1 - eye))
        deviation = covariance.diagonal().sqrt()
        inverse = torch.linalg.inv(covariance / torch.outer(deviation, deviation))
        apart = functional.normalize(x, dim=1) - functional.normalize(own.mean(0), dim=0)
        answers[c] = torch.stack([-(one @ inverse @ one) for one in apart])
    return answers


REFERENCES = {
    "nearest_mean": nearest_mean,
    "nearest_mean(normalize=false)": partial(nearest_mean, normalize=False),
    "streaming_lda": streaming_lda,
    "fecam": fecam,
}


def samples(count, classes, width=4):
    """Features whose classes lie apart, and their targets."""
    targets = torch.tensor(classes)[torch.randint(len(classes), (count,))]
    return torch.randn(count, width) + torch.sin(targets[:, None] + torch.arange(width)), targets


def fitted(make, *experiences, count=40):
    head = make(4)
    for classes in experiences:
        head.adaptation(Experience(classes))
        head.observe(*samples(count, classes))
    return head


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sizes", [(60,), (1, 7, 0, 30, 22)])
def test_any_cut_into_batches_gives_what_the_slow_reference_gives(kind, sizes):
    head, seen = KINDS[kind](4), []
    for classes in ([7, 3], [0], [3, 9]):  # class 3 comes back
        head.adaptation(Experience(classes))
        features, targets = samples(60, classes)
        for x, y in zip(features.split(sizes), targets.split(sizes), strict=True):
            head.observe(x, y)
        seen += list(zip(features.double(), targets.tolist(), strict=True))
    x = torch.randn(6, 4)
    logits = head(x)
    answers = REFERENCES[kind](seen, x.double())
    assert logits.shape == (6, 10)
    for column in range(10):
        if column in answers:
            torch.testing.assert_close(logits[:, column].double(), answers[column], atol=1e-5, rtol=1e-5)
        else:
            assert (logits[:, column] == -1000).all()
    best = torch.stack([answers.get(c, torch.full((6,), -1e9, dtype=torch.float64)) for c in range(10)])
    assert torch.equal(logits.argmax(1), best.argmax(0))


@every_kind
def test_it_learns_to_tell_classes_apart(make):
    head = fitted(make, [0, 1], [2, 3], count=300)
    x, y = samples(200, [0, 1, 2, 3])
    assert (head(x).argmax(1) == y).float().mean() > 0.5


@every_kind
def test_what_was_not_observed_holds_the_mask_value(make):
    head = make(4)
    assert head(torch.randn(2, 4)).shape == (2, 0)
    head.adaptation(Experience([0, 2]))
    x = torch.randn(2, 4, requires_grad=True)
    logits = head(x)
    assert torch.equal(logits, torch.full((2, 3), -1000.0))
    logits.sum().backward()  # a model can go on training past it
    assert torch.equal(x.grad, torch.zeros(2, 4))
    head.observe(*samples(10, [2]))
    assert (head(x)[:, :2] == -1000).all()
    assert (head(x)[:, 2] > -1000).all()


@every_kind
def test_a_class_that_was_not_observed_never_wins_however_far_the_others_are(make):
    head = make(4)
    head.adaptation(Experience([0, 1, 3]))
    head.observe(torch.tensor([[3e4, 1e4, 0, 0], [3e4, 1e4, 1e-2, 0], [0, 0, 1e4, 2e4]]), torch.tensor([1, 1, 3]))
    for x in (torch.randn(5, 4), -1e4 * torch.rand(5, 4)):
        assert set(head(x).argmax(1).tolist()) <= {1, 3}


@every_kind
def test_the_answer_has_a_gradient_to_the_features(make):
    head = fitted(make, [0, 1])
    x = torch.randn(3, 4, requires_grad=True)
    head(x)[:, 0].sum().backward()
    assert x.grad.abs().sum() > 0


@every_kind
def test_growth_leaves_what_was_observed(make):
    head = fitted(make, [0, 1])
    x, before = torch.randn(5, 4), {name: values.clone() for name, values in head.named_buffers()}
    logits = head(x)
    head.adaptation(Experience([4, 3]))
    assert all(torch.equal(values, before[name]) for name, values in head.named_buffers() if name in before)
    torch.testing.assert_close(head(x)[:, :2], logits, atol=1e-5, rtol=0)


@every_kind
def test_it_has_buffers_and_nothing_to_train(make):
    head = fitted(make, [0, 1], [2])
    assert list(head.parameters()) == []
    names = {name for name, _ in head.named_buffers()}
    assert names >= {f"generations.{i}.{name}" for i in (0, 1) for name in ("mean", "count")}
    assert set(head.state_dict()) == {*names - {"_like"}, "_extra_state"}


@every_kind
def test_saved_state_grows_a_fresh_one_which_goes_on_alike(make):
    head, fresh = fitted(make, [5, 1], [0]), make(4)
    fresh.load_state_dict(head.state_dict())
    x, more = torch.randn(3, 4), samples(20, [5, 0])
    copies = [fresh, copy.deepcopy(head), pickle.loads(pickle.dumps(head))]
    for one in copies:
        assert torch.equal(one(x), head(x))
    for one in [head, *copies]:
        one.observe(*more)
    for one in copies:
        assert torch.equal(one(x), head(x))


@every_kind
def test_the_state_of_another_replaces_what_was_computed_before(make):
    one, other = fitted(make, [0, 1]), fitted(make, [0, 1])
    x = torch.randn(3, 4)
    assert not torch.equal(one(x), other(x))
    one.load_state_dict(other.state_dict())
    assert torch.equal(one(x), other(x))


@every_kind
def test_answering_in_inference_mode_leaves_training_possible(make):
    head = fitted(make, [0, 1])
    with torch.inference_mode():
        head(torch.randn(2, 4))
    x = torch.randn(2, 4, requires_grad=True)
    head(x)[:, 0].sum().backward()
    assert x.grad.abs().sum() > 0


@every_kind
def test_drawing_anew_forgets(make):
    head = fitted(make, [0, 1])
    head.redraw()
    assert (head(torch.randn(2, 4)) == -1000).all()
    data = samples(30, [0, 1])
    head.observe(*data)
    again = make(4)
    again.adaptation(Experience([0, 1]))
    again.observe(*data)
    x = torch.randn(3, 4)
    assert torch.equal(head(x), again(x))


@every_kind
@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16, torch.float16])
def test_dtypes(make, dtype):
    head = fitted(make, [0, 1]).to(dtype)
    head.adaptation(Experience([2]))
    head.observe(*samples(30, [2]))
    assert {b.dtype for n, b in head.named_buffers() if not n.endswith(("count", "observed"))} == {dtype}
    assert {b.dtype for n, b in head.named_buffers() if n.endswith(("count", "observed"))} == {torch.int64}
    for given in (dtype, torch.float32):
        logits = head(torch.randn(2, 4, dtype=given))
        assert logits.dtype == dtype
        assert torch.isfinite(logits).all()


@every_kind
def test_autocast_changes_the_dtype_of_the_answer_only(make):
    head = fitted(make, [0, 1])
    x = torch.randn(3, 4)
    plain = head(x)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(head(x), plain.bfloat16())


@every_kind
def test_one_sample_a_class_is_enough_to_answer(make):
    head = make(4)
    head.adaptation(Experience([0, 1]))
    head.observe(torch.eye(4)[:2], torch.tensor([0, 1]))
    logits = head(torch.eye(4)[:2])
    assert torch.isfinite(logits).all()
    if make is not StreamingLDAClassifier:
        assert logits.argmax(1).tolist() == [0, 1]


@every_kind
def test_empty_batches(make):
    head = fitted(make, [0, 1])
    before = {name: values.clone() for name, values in head.named_buffers()}
    head.observe(torch.zeros(0, 4), torch.zeros(0, dtype=torch.long))
    assert all(torch.equal(values, before[name]) for name, values in head.named_buffers())
    assert head(torch.zeros(0, 4)).shape == (0, 2)


@every_kind
def test_a_class_without_a_row_is_refused_and_nothing_is_taken_in(make):
    head = fitted(make, [0, 1])
    before = {name: values.clone() for name, values in head.named_buffers()}
    with pytest.raises(ValueError, match="class 7 has no row to observe"):
        head.observe(torch.randn(3, 4), torch.tensor([0, 7, 1]))
    assert all(torch.equal(values, before[name]) for name, values in head.named_buffers())


@every_kind
@pytest.mark.parametrize("shape", [(2, 5), (4,), (2, 3, 4)])
def test_an_input_of_another_shape_names_the_part(make, shape):
    head = fitted(make, [0])
    with pytest.raises(ValueError, match=r"the input must be \(batch, 4\)"):
        head(torch.randn(shape))
    with pytest.raises(ValueError, match=r"\(batch, 4\)"):
        head.observe(torch.randn(shape), torch.zeros(shape[0], dtype=torch.long))


@every_kind
def test_one_for_each_task(make):
    head = MultiHeadClassifier(4, head=partial(make, 4))
    data = {}
    for task, classes in ((3, [0, 1]), (1, [2])):
        head.adaptation(Experience(classes, [task]))
        data[task] = samples(30, classes)
        head.observe(*data[task], task)
    x, labels = torch.randn(4, 4), torch.tensor([1, 3, 3, 1])
    mixed = head(x, labels)
    assert mixed.shape == (4, 3)
    for row, task in enumerate(labels.tolist()):
        alone = make(4)
        alone.adaptation(Experience([0, 1] if task == 3 else [2]))
        alone.observe(*data[task])
        torch.testing.assert_close(mixed[row, : alone.width], alone(x[row : row + 1])[0])


@pytest.mark.parametrize("make", [StreamingLDAClassifier, FeCAMClassifier])
def test_a_negative_shrinkage_is_refused(make):
    with pytest.raises(ValueError, match="shrinkage"):
        make(4, shrinkage=-0.1)


@every_kind
@pytest.mark.parametrize(
    "graph",
    [
        lambda head, x: torch.export.export(head, (x,)).module(),
        lambda head, x: torch.compile(head, fullgraph=True, backend="eager"),
    ],
)
def test_in_a_graph(make, graph):
    head = fitted(make, [0, 1], [5]).eval()
    x = torch.randn(3, 4)
    torch.testing.assert_close(graph(head, x)(x), head(x))
