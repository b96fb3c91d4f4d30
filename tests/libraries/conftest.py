"""Lets torchvision be imported."""

import pytest
import torch

import tests.torchvision_operators  # noqa: F401

torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _same_numbers_each_time():
    torch.manual_seed(0)
