import pytest
import torch

from clspec.nn import MobilenetV1


@pytest.mark.parametrize(("channels", "size"), [(3, 128), (1, 32), (3, 40)])
def test_mobilenet_v1_takes_images_of_any_size(channels, size):
    assert MobilenetV1(channels)(torch.randn(2, channels, size, size)).shape == (2, 1024)


def test_mobilenet_v1_has_the_parameters_of_the_paper():
    model = MobilenetV1()
    assert sum(parameter.numel() for parameter in model.parameters()) == 3_206_976  # 4.2 million with its classifier
    assert sum(isinstance(module, torch.nn.Conv2d) for module in model.modules()) == 27
