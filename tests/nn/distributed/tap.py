"""Taps into a library's network, half of it frozen: the gradients are those of one process that sees both halves."""

import copy

import torch
from ranks import alike, run
from torch.nn.parallel import DistributedDataParallel

import clspec

TEXT = """clspec 1
model Net {
    input image(3, 16, 16)
    backbone trunk = pytorchcv("resnet20_cifar10")
    neck early = [avg_pool(), flatten()] from trunk.stage2
    head shallow = incremental() from early
    head deep = incremental() from trunk
    freeze trunk until stage1
}
"""


def loss(answers):
    return sum(answer.square().mean() for answer in answers.values())


def by_hand(model, batch):
    """What the model gives, the network written out: no tap takes part."""
    body = model.trunk.net.features
    inner = body.stage2(body.stage1(body.init_block(batch)))
    features = body.final_pool(body.stage3(inner)).flatten(1)
    return {"shallow": model.shallow(inner.mean((2, 3))), "deep": model.deep(features)}


def gradients_flow_through_a_tap_and_past_it(rank):
    model = clspec.compile(clspec.parse_string(TEXT), seed=1)
    batches = torch.randn(2, 4, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    for experience in clspec.streams.split(classes=4, experiences=2):
        model.adaptation(experience)  # the last wrapper is gone
        alone = [copy.deepcopy(model) for _ in batches]
        for each, batch in zip(alone, batches, strict=True):
            loss(by_hand(each, batch)).backward()
        wrapped = DistributedDataParallel(model)
        before = {name: value.clone() for name, value in model.named_buffers()}
        loss(wrapped(batches[rank])).backward()
        for name, parameter in model.named_parameters():
            grads = [dict(each.named_parameters())[name].grad for each in alone]
            assert (parameter.grad is None) == (not parameter.requires_grad) == (grads[0] is None), name
            if parameter.grad is not None:
                torch.testing.assert_close(parameter.grad, sum(grads) / 2, rtol=1e-4, atol=1e-6)
        moved = {
            name.split(".")[3]
            for name, value in model.named_buffers()
            if name.startswith("trunk.") and not torch.equal(value, before[name])
        }
        assert moved == {"stage2", "stage3"}, moved
        torch.optim.SGD(model.parameters(), lr=0.1).step()
        assert alike(*model.parameters())
        model.zero_grad()
        del wrapped


run(gradients_flow_through_a_tap_and_past_it)
