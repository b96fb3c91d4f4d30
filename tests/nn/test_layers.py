"""The layers that torch has none of, against plain torch."""

import copy
import pickle

import pytest
import torch
from torch import nn
from torch.nn import functional

from clspec.nn import BatchRenorm, Normalize, RepeatChannels, Residual, Resize, SequenceAvgPool, SequenceMaxPool


def test_image_steps():
    x = torch.randn(2, 3, 5, 7)
    torch.testing.assert_close(Resize(8, 4)(x), functional.interpolate(x, (8, 4), mode="bilinear"))
    assert torch.equal(Resize(5, 7)(x), x)
    assert torch.equal(RepeatChannels(3)(x), torch.cat([x, x, x], 1))


def test_normalize():
    x = torch.randn(2, 3, 4)
    for dim in (1, -1):
        torch.testing.assert_close(Normalize(dim)(x), x / x.norm(dim=dim, keepdim=True))
    assert torch.equal(Normalize()(torch.zeros(2, 3)), torch.zeros(2, 3))


def test_residual():
    first, second = nn.Linear(3, 4), nn.Linear(4, 3)
    x = torch.randn(2, 3)
    assert torch.equal(Residual(first, nn.ReLU(), second)(x), x + second(first(x).relu()))


@pytest.mark.parametrize("size", [None, 2, 3])
def test_sequence_pools(size):
    x = torch.randn(2, 7, 4)
    if size is None:
        mean, largest = x.mean(1), x.max(1).values
    else:
        windows = x[:, : 7 // size * size].reshape(2, 7 // size, size, 4)
        mean, largest = windows.mean(2), windows.max(2).values
    torch.testing.assert_close(SequenceAvgPool(size)(x), mean)
    assert torch.equal(SequenceMaxPool(size)(x), largest)


# ---- batch renormalisation

SHAPES = [(8, 3), (8, 3, 5), (8, 3, 4, 5)]


def by_hand(x, weight, bias, mean, std, r_max, d_max, eps=1e-5):
    """Ioffe's formulas, channel by channel, in float64."""
    out = torch.empty_like(x, dtype=torch.float64)
    for c in range(x.shape[1]):
        own = x[:, c].double()
        own_mean, own_std = own.mean(), (own.var(unbiased=False) + eps).sqrt()
        r = (own_std / std[c]).clamp(1 / r_max, r_max)
        d = ((own_mean - mean[c]) / std[c]).clamp(-d_max, d_max)
        out[:, c] = ((own - own_mean) / own_std * r + d) * weight[c] + bias[c]
    return out.to(x.dtype)


@pytest.mark.parametrize("shape", SHAPES)
def test_batch_renorm_is_as_in_the_paper(shape):
    layer = BatchRenorm(3, momentum=0.1, step=0.05)
    mean, std = torch.zeros(3, dtype=torch.float64), torch.ones(3, dtype=torch.float64)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([1.0, 2.0, -1.0]))
        layer.bias.copy_(torch.tensor([0.0, 1.0, 3.0]))
    for step in range(12):
        x = torch.randn(shape) * (1 + step / 4) + step
        r_max, d_max = min(1 + 0.05 * 8 * step, 3), min(0.05 * 8 * step, 5)
        torch.testing.assert_close(
            layer(x), by_hand(x, layer.weight, layer.bias, mean, std, r_max, d_max), atol=1e-4, rtol=1e-4
        )
        dims = [0, *range(2, x.dim())]
        mean += 0.1 * (x.double().mean(dims) - mean)
        std += 0.1 * ((x.double().var(dims, unbiased=False) + 1e-5).sqrt() - std)
    torch.testing.assert_close(layer.running_mean, mean.float(), atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(layer.running_std, std.float(), atol=1e-4, rtol=1e-4)
    before = {name: value.clone() for name, value in layer.state_dict().items()}
    view = (1, 3, *[1] * (len(shape) - 2))
    wanted = (x - layer.running_mean.view(view)) / layer.running_std.view(view)
    wanted = wanted * layer.weight.view(view) + layer.bias.view(view)
    torch.testing.assert_close(layer.eval()(x), wanted)
    assert all(torch.equal(value, before[name]) for name, value in layer.state_dict().items())


def test_batch_renorm_begins_as_batch_norm():
    x = torch.randn(16, 3, 4, 4)
    ours, torchs = BatchRenorm(3), nn.BatchNorm2d(3)
    one, other = x.clone().requires_grad_(), x.clone().requires_grad_()
    torch.testing.assert_close(ours(one), torchs(other), atol=1e-5, rtol=1e-5)
    loss = [(layer(part) ** 3).sum() for layer, part in ((BatchRenorm(3), one), (nn.BatchNorm2d(3), other))]
    for each in loss:
        each.backward()
    torch.testing.assert_close(one.grad, other.grad, atol=1e-4, rtol=1e-4)


def test_no_gradient_passes_the_corrections():
    layer = BatchRenorm(2, step=1.0)
    layer(torch.randn(8, 2))
    x = (3 * torch.randn(8, 2) + 2).requires_grad_()
    layer(x).sum().backward()  # the sum of normalised numbers is 0 whatever x is; r and d are constants
    torch.testing.assert_close(x.grad, torch.zeros_like(x), atol=1e-5, rtol=0)


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16, torch.float16])
def test_batch_renorm_answers_in_the_dtype_that_it_reads(dtype):
    layer = BatchRenorm(3).to(dtype)
    x = (100 + torch.randn(64, 3)).to(dtype)
    for mode in (True, False):
        answer = layer.train(mode)(x)
        assert answer.dtype == dtype
        assert torch.isfinite(answer).all()
    assert int(layer.samples_seen) == 64
    assert BatchRenorm(3)(x).dtype == dtype  # as under autocast: what it reads is narrower than its weights


def test_batch_renorm_is_saved_copied_and_pickled_with_what_it_has_seen():
    layer = BatchRenorm(3, step=0.1)
    layer(torch.randn(8, 3))
    fresh = BatchRenorm(3, step=0.1)
    fresh.load_state_dict(layer.state_dict())
    x = 1 + 2 * torch.randn(8, 3)
    wanted = copy.deepcopy(layer)(x)
    for other in (fresh, pickle.loads(pickle.dumps(layer))):
        assert torch.equal(other(x), wanted)


def test_batch_renorm_refuses_other_channels():
    for shape in [(3,), (2, 4), (2, 4, 3)]:
        with pytest.raises(ValueError, match=r"\(batch, 3, \.\.\.\)"):
            BatchRenorm(3)(torch.zeros(shape))


def test_batch_renorm_compiles_into_one_graph():
    layer = BatchRenorm(3, step=0.1)
    plain = copy.deepcopy(layer)
    compiled = torch.compile(layer, fullgraph=True, backend="eager")
    for _ in range(3):
        x = torch.randn(8, 3)
        torch.testing.assert_close(compiled(x), plain(x))
    assert torch.equal(layer.samples_seen, plain.samples_seen)
