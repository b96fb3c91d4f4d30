"""Batch renormalisation against Avalanche's, at the same settings."""

import pytest
import torch
from avalanche.models.batch_renorm import BatchRenorm2D

from clspec.nn import BatchRenorm

from .pairs import CLOSE

SETTINGS = [{}, {"momentum": 0.1, "step": 0.01}, {"eps": 1e-3, "max_r_max": 9.0, "max_d_max": 9.0, "step": 0.03}]


def pair(settings):
    renamed = {"r_d_max_inc_step" if name == "step" else name: value for name, value in settings.items()}
    theirs = BatchRenorm2D(3, running_mean=torch.zeros(3), running_var=torch.ones(3), **renamed)
    return theirs, BatchRenorm(3, **settings)


@pytest.mark.parametrize("settings", SETTINGS)
def test_batch_renorm(settings):
    theirs, ours = pair(settings)
    optimizers = [torch.optim.SGD(each.parameters(), lr=0.1) for each in (theirs, ours)]
    for step in range(20):
        x = (1 + step / 10) * torch.randn(10, 3, 4, 5) + step / 5
        answers = [each(x) for each in (theirs, ours)]
        torch.testing.assert_close(*answers, rtol=1e-5, atol=1e-5)
        for optimizer, answer in zip(optimizers, answers, strict=True):
            optimizer.zero_grad()
            (answer - 1).abs().mean().backward()
            optimizer.step()
    torch.testing.assert_close(ours.running_mean, theirs.running_avg_mean.flatten(), **CLOSE)
    torch.testing.assert_close(ours.running_std, theirs.running_avg_std.flatten(), **CLOSE)
    torch.testing.assert_close(ours.eval()(x), theirs.eval()(x), rtol=1e-5, atol=1e-5)


def test_difference_running_statistics_begin_at_mean_0_and_deviation_1():
    x = torch.randn(4, 3, 2, 2)
    assert not torch.isfinite(BatchRenorm2D(3).eval()(x)).all()
    torch.testing.assert_close(BatchRenorm(3).eval()(x), x)


def test_difference_what_it_has_seen_is_saved():
    theirs, ours = pair({"step": 0.01})
    for each in (theirs, ours):
        each(torch.randn(10, 3, 2, 2))
    assert not any("running" in name for name in theirs.state_dict())
    assert {"running_mean", "running_std", "samples_seen"} <= set(ours.state_dict())


def test_difference_the_bounds_end_exactly():
    theirs, ours = pair({"max_r_max": 1.25, "step": 0.01})
    for _ in range(4):
        for each in (theirs, ours):
            each(torch.randn(10, 3, 2, 2))
    assert theirs.r_max > 1.25
    assert float((1 + ours.samples_seen * ours.step).clamp(max=ours.max_r_max)) == 1.25
