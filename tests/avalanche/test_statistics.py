import pytest
import torch
from avalanche.models import FeCAMClassifier as TheirFeCAM
from avalanche.models import NCMClassifier
from avalanche.models.fecam import compute_covariance, compute_means
from avalanche.training.plugins.update_ncm import compute_class_means
from torch import nn

from clspec.nn import FeCAMClassifier, NearestMeanClassifier

from .pairs import CLOSE, same, stream

MASK = -1000


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.feature_extractor = nn.Sequential(nn.Flatten(), nn.Linear(4, 5))


def data_of(experience):
    batch = list(zip(*experience.dataset, strict=True))
    return torch.stack(batch[0]), torch.tensor(batch[1])


def observe_means(net, theirs, ours, experience):
    """Both see the experience's data, as Avalanche's CurrentDataNCMUpdate and our `observe` show it."""
    theirs.adaptation(experience)
    ours.adaptation(experience)
    means = compute_class_means(net, experience.dataset, 3, theirs.normalize, "cpu")
    theirs.update_class_means_dict(means)
    x, y = data_of(experience)
    with torch.no_grad():
        ours.observe(net.feature_extractor(x), y)


@pytest.mark.parametrize("normalize", [True, False])
def test_nearest_mean(normalize):
    net, theirs, ours = Net(), NCMClassifier(normalize), NearestMeanClassifier(5, normalize)
    for experience in stream(shape=(4,)):
        observe_means(net, theirs, ours, experience)
        for training in (True, False):
            same(theirs.train(training), ours.train(training), torch.randn(6, 5))
        theirs.train(), ours.train()


def test_difference_a_class_without_a_mean_never_wins():
    """Avalanche gives it the mean 0, which is nearer than the true mean of a class can be."""
    net, theirs, ours = Net(), NCMClassifier(), NearestMeanClassifier(5)
    observe_means(net, theirs, ours, stream(order=[7, 2, 9, 0, 1, 3, 4, 5, 6, 8], shape=(4,))[0])
    x = -theirs.class_means[7:8] - theirs.class_means[2:3]
    zeros, masked = theirs(x), ours(x)
    torch.testing.assert_close(masked[:, [2, 7]], zeros[:, [2, 7]], **CLOSE)
    unknown = [column for column in range(8) if column not in (2, 7)]
    assert (masked[:, unknown] == MASK).all()
    assert int(zeros.argmax()) in unknown
    assert int(masked.argmax()) in (2, 7)


def test_difference_a_class_that_comes_back_has_the_mean_of_all_its_samples():
    """Avalanche takes half of the old mean and half of the new, however many samples each stands for."""
    theirs, ours = NCMClassifier(normalize=False), NearestMeanClassifier(2, normalize=False)
    experience = stream(experiences=10)[0]
    theirs.adaptation(experience)
    ours.adaptation(experience)
    for batch in (torch.full((3, 2), 1.0), torch.full((1, 2), 3.0)):
        theirs.update_class_means_dict({0: batch.mean(0)})
        ours.observe(batch, torch.zeros(len(batch), dtype=torch.long))
    assert theirs.class_means[0].tolist() == [2, 2]
    assert ours.gathered("mean")[0].tolist() == [1.5, 1.5]


def test_difference_it_answers_before_it_has_observed():
    with pytest.raises(AssertionError):
        NCMClassifier()(torch.randn(2, 5))
    ours = NearestMeanClassifier(5)
    ours.adaptation(stream(shape=(4,))[0])
    assert (ours(torch.randn(2, 5)) == MASK).all()


# ---- FeCAM


def features(classes, samples=40):
    """Correlated and positive, so that Tukey's transform has a value."""
    mix = torch.rand(len(classes), 5, 5)
    x = torch.rand(len(classes), samples, 5) @ mix + torch.rand(len(classes), 1, 5)
    return x.flatten(0, 1), torch.tensor(classes).repeat_interleave(samples)


def once(shrinkage):
    """Avalanche shrinks twice: s, then s again, comes to 2 s + s^2."""
    return 2 * shrinkage + shrinkage**2


def observe_covariances(theirs, ours, experience, x, y):
    theirs.adaptation(experience)
    ours.adaptation(experience)
    transformed = theirs.apply_transforms(x)
    theirs.update_class_means_dict(compute_means(transformed, y))
    theirs.update_class_cov_dict(theirs.apply_cov_transforms(compute_covariance(transformed, y)))
    ours.observe(x.sqrt() if theirs.tukey else x, y)


@pytest.mark.filterwarnings("ignore:To copy construct from a tensor")
@pytest.mark.parametrize("tukey", [False, True])
@pytest.mark.parametrize("shrinkage", [1.0, 0.1])
def test_fecam(shrinkage, tukey):
    """With Tukey's transform put in front of ours, and the shrinkage that Avalanche's two come to."""
    theirs = TheirFeCAM(tukey=tukey, shrink1=shrinkage, shrink2=shrinkage)
    ours = FeCAMClassifier(5, shrinkage=once(shrinkage))
    for experience in stream(shape=(4,)):
        x, y = features(sorted(experience.classes_in_this_experience))
        observe_covariances(theirs, ours, experience, x, y)
        for training in (True, False):
            answer = theirs.train(training)(x)
            torch.testing.assert_close(ours.train(training)(x.sqrt() if tukey else x), answer, rtol=1e-5, atol=1e-6)
        theirs.train(), ours.train()


def test_difference_fecam_masks_what_it_has_not_observed():
    """Avalanche answers minus infinity, which no loss takes."""
    theirs, ours = TheirFeCAM(tukey=False), FeCAMClassifier(5)
    experience = stream(order=[7, 2, 9, 0, 1, 3, 4, 5, 6, 8], shape=(4,))[0]
    observe_covariances(theirs, ours, experience, *features([2, 7]))
    x = torch.rand(3, 5)
    unknown = [0, 1, 3, 4, 5, 6]
    assert theirs(x)[:, unknown].isneginf().all()
    assert (ours(x)[:, unknown] == MASK).all()
