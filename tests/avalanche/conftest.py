"""Imports Avalanche, whose torchvision needs help to be imported."""

import warnings

import pytest
import torch

import tests.torchvision_operators  # noqa: F401  # first of all

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import avalanche.benchmarks
    import avalanche.models  # noqa: F401

torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _same_numbers_each_time():
    torch.manual_seed(0)
