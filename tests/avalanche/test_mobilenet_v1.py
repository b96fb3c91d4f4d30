import pytest
import torch
from avalanche.models import IncrementalClassifier
from avalanche.models import MobilenetV1 as Theirs
from torch import nn

from clspec import nn as cl

from .pairs import CLOSE, adapt, copy_features, same, stream

SHAPE = (3, 128, 128)


class Features(nn.Module):
    """Avalanche's MobilenetV1 up to its classifier, which is in its forward."""

    def __init__(self, latent=20):
        super().__init__()
        self.net = Theirs(pretrained=False, latent_layer_num=latent)
        self.net.output = nn.Identity()

    def forward(self, x):
        return self.net(x)


@pytest.mark.parametrize("latent", [20, 5])
def test_the_same_features(latent):
    theirs, ours = Features(latent), cl.MobilenetV1()
    copy_features(theirs, ours)
    x = torch.randn(2, *SHAPE)
    for training in (True, False):
        assert same(theirs.train(training), ours.train(training), x).shape == (2, 1024)
    mine, yours = ours.state_dict(), theirs.state_dict()
    for name, value in zip(mine, yours.values(), strict=True):  # batch-norm saw the same
        torch.testing.assert_close(mine[name], value, **CLOSE)


def test_a_stage_has_the_number_of_the_latent_layer():
    """`freeze trunk until features.20` freezes what AR1 freezes with `latent_layer_num=20`."""
    theirs, ours = Features(20).eval(), cl.MobilenetV1().eval()
    copy_features(theirs, ours)
    x = torch.randn(1, *SHAPE)
    torch.testing.assert_close(ours.features[:21](x), theirs.net.lat_features(x), **CLOSE)


def test_with_a_head_that_grows():
    theirs, ours = nn.Sequential(Features()), nn.Sequential(cl.MobilenetV1(), cl.IncrementalClassifier(1024))
    theirs.classifier = IncrementalClassifier(1024)
    copy_features(theirs[0], ours[0])
    x = torch.randn(2, *SHAPE)
    head = ours[1]
    for experience in stream(experiences=2):
        adapt(theirs, head, experience)
        same(theirs.eval(), ours.eval(), x)
        theirs.train(), ours.train()


def test_difference_the_pool_is_global():
    """Avalanche averages 4 by 4 values: other images than 128 by 128 give other widths, or only a corner."""
    theirs, ours = Features().eval(), cl.MobilenetV1().eval()
    copy_features(theirs, ours)
    assert theirs(torch.randn(1, 3, 256, 256)).shape == (1, 4096)
    assert ours(torch.randn(1, 3, 256, 256)).shape == ours(torch.randn(1, 3, 32, 32)).shape == (1, 1024)
    with pytest.raises(RuntimeError):
        theirs(torch.randn(1, 3, 64, 64))
