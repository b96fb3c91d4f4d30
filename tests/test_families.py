"""The smallest network of every module of pytorchcv: built, adapted twice, run, its gradients taken, at a small size.

`make sweep` does the same for all 768 at three sizes, and for networks of timm and torchvision: what came of it is in
`docs/backbones-sweep.md`.
"""

from __future__ import annotations

import pytest
import torch

import clspec
from tests.test_catalogue import A_MODULE_EACH, NETWORKS, count

torch.set_num_threads(1)
BATCH = 4
UNUSED = {"msdnet": "net.classifiers.", "msdnet_cifar10": "net.classifiers."}
"""What a network's own forward leaves out: of several classifiers only the last one answers."""


def small_side(name: str) -> int:
    """32, or the least side that the network takes."""
    network = NETWORKS[name]
    return -(-max(network.least or 0, 32) // network.step) * network.step


@pytest.mark.filterwarnings("ignore:'saved_variables' is deprecated")  # revnet's own backward
@pytest.mark.parametrize("name", A_MODULE_EACH)
def test_a_network_of_every_module_grows_and_trains(name) -> None:
    network, side = NETWORKS[name], small_side(name)
    channels = network.channels or 3
    text = f"""clspec 1
        stream tasks = split(classes=4, experiences=2, class_ids_from_zero=false)
        model Net {{
            input image({channels}, {side}, {side})
            backbone trunk = pytorchcv("{name}")
            head labels = incremental()
        }}"""
    spec = clspec.parse_string(text)
    model = clspec.compile(spec, seed=0)
    assert model.labels.in_features == network.width
    rows = clspec.simulate(spec).rows
    for classes, row in zip(([0, 1], [2, 3]), rows, strict=True):
        model.adaptation(clspec.Experience(classes))
        assert count(model) == row.parameters
    x = torch.randn(BATCH, channels, side, side, generator=torch.Generator().manual_seed(0))
    assert model.trunk(x).shape == (BATCH, network.width)
    logits = model(x)
    assert logits.shape == (BATCH, 4) and logits.isfinite().all()
    torch.nn.functional.cross_entropy(logits, torch.arange(BATCH)).backward()
    gradients = {path: each.grad for path, each in model.trunk.named_parameters() if each.requires_grad}
    without = [path for path, gradient in gradients.items() if gradient is None]
    assert all(path.startswith(UNUSED.get(network.module, "(nothing)")) for path in without)
    assert all(gradient.isfinite().all() for gradient in gradients.values() if gradient is not None)
    assert all(each.grad is not None for each in model.labels.parameters())
