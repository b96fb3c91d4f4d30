import torch
from torch import nn

from clspec.experience import Experience
from clspec.nn import IncrementalClassifier, MultiHeadClassifier, NearestMeanClassifier, TrainEvalClassifier


def test_the_mode_says_which_classifier_answers_and_both_grow():
    part = TrainEvalClassifier(IncrementalClassifier(4), NearestMeanClassifier(4))
    report = part.adaptation(Experience([0, 1]))
    assert report.changes == (
        "train_classifier: rows 0, 1 for classes 0, 1",
        "eval_classifier: +2 rows for classes 0, 1",
    )
    x = torch.randn(3, 4)
    part.observe(x, torch.tensor([0, 1, 1]))
    part.adaptation(Experience([2]))
    assert torch.equal(part(x), part.train_classifier(x))
    part.eval()
    assert torch.equal(part(x), part.eval_classifier(x))
    assert (part(x)[:, :2] > -10).all()
    assert (part(x)[:, 2] == -1000).all()
    assert part.class_map() == [
        (path, None, class_id, class_id) for path in ("train_classifier", "eval_classifier") for class_id in range(3)
    ]


def test_only_what_the_mode_needs_is_computed():
    part = TrainEvalClassifier(IncrementalClassifier(4), IncrementalClassifier(4))
    run = []
    for name, child in part.named_children():
        child.register_forward_hook(lambda *_, name=name: run.append(name))
    part(torch.randn(1, 4))
    part.eval()(torch.randn(1, 4))
    assert run == ["train_classifier", "eval_classifier"]


def test_with_task_labels_and_with_a_plain_classifier():
    part = TrainEvalClassifier(MultiHeadClassifier(4), MultiHeadClassifier(4))
    for task in range(2):
        part.adaptation(Experience([2 * task, 2 * task + 1], [task]))
    for mode in (True, False):
        assert part.train(mode)(torch.randn(2, 4), torch.tensor([0, 1])).shape == (2, 4)
    plain = TrainEvalClassifier(nn.Linear(4, 3), IncrementalClassifier(4))
    plain.adaptation(Experience([0, 1, 2, 3]))
    assert [plain.train(mode)(torch.randn(1, 4)).shape[1] for mode in (True, False)] == [3, 4]


def test_saved_state_grows_both():
    part = TrainEvalClassifier(IncrementalClassifier(4), NearestMeanClassifier(4))
    part.adaptation(Experience([0, 1]))
    part.observe(torch.randn(4, 4), torch.tensor([0, 1, 1, 0]))
    part.adaptation(Experience([5]))
    fresh = TrainEvalClassifier(IncrementalClassifier(4), NearestMeanClassifier(4))
    fresh.load_state_dict(part.state_dict())
    x = torch.randn(2, 4)
    for mode in (True, False):
        assert torch.equal(fresh.train(mode)(x), part.train(mode)(x))


def test_a_frozen_part_still_answers_by_the_mode_of_the_model():
    import clspec

    text = """clspec 1
model Inner { input features()
 head a = linear(3)
 head b = linear(3) from x
 output a in train
 output b in eval }
model Net { input features(4)
 head one = Inner()
 head two = train_eval(linear(3), linear(3)) from x
 group g from x { neck deep = [linear(4), dropout(0.5)]
  head c = linear(3)
  head d = linear(3) from deep
  output c in train
  output d in eval }
 freeze one, two, g }
"""
    model = clspec.compile(clspec.parse_string(text))
    x = torch.randn(5, 4)
    train = model(x)
    assert torch.equal(train["one"], model.one.a(x)) and torch.equal(train["two"], model.two.train_classifier(x))
    assert torch.equal(train["g"], model.g.c(model.g.deep(x)))
    assert not model.g.deep.training  # dropout stands still
    answered = model.eval()(x)
    assert torch.equal(answered["one"], model.one.b(x)) and torch.equal(answered["two"], model.two.eval_classifier(x))
    model.train()
    assert torch.equal(model(x)["one"], train["one"])
