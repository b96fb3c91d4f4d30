"""A head whose rows lie on several ranks: `torchrun --nproc-per-node=2 examples/sharded_head.py CHECKPOINT`.

It grows whole on every rank; then each keeps its part of the rows, until the next experience.
"""

import os
import sys
from pathlib import Path

import torch
import torch.distributed as dist
from torch import nn
from torch.distributed.device_mesh import DeviceMesh, init_device_mesh
from torch.distributed.tensor import DTensor, Replicate, Shard, distribute_module, distribute_tensor
from torch.distributed.tensor.parallel import loss_parallel
from torch.nn import functional

import clspec

SPEC = """
clspec 1
model Points {
    input features(8)
    backbone trunk = mlp([32])
    head classifier = incremental()
}
"""


def lay_out(head: nn.Module, mesh: DeviceMesh) -> None:
    """Gives each rank its part of a head's rows; the answers are DTensors, each rank with the columns of its rows."""

    def cut(_: str, part: nn.Module, mesh: DeviceMesh) -> None:
        for name, rows in list(part.named_parameters(recurse=False)):
            cut = distribute_tensor(rows.detach(), mesh, [Shard(0)])
            part.register_parameter(name, nn.Parameter(cut, rows.requires_grad))

    def every_sample(_: nn.Module, inputs: tuple[torch.Tensor], mesh: DeviceMesh) -> tuple[DTensor]:
        return (DTensor.from_local(inputs[0], mesh, [Replicate()]),)

    distribute_module(head, mesh, cut, every_sample)


def main(checkpoint: Path) -> None:
    mesh = init_device_mesh("cpu", (dist.get_world_size(),))
    centres = 4 * torch.randn(12, 8, generator=torch.Generator().manual_seed(0))
    for number, experience in enumerate(clspec.streams.split(classes=12, experiences=3)):
        if checkpoint.exists():
            model, optimizer = clspec.load_checkpoint(checkpoint)
        else:
            model = clspec.compile(clspec.parse_string(SPEC), seed=0)
            optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
        if len(model.class_map()) >= 4 * (number + 1):
            continue  # learnt before

        clspec.adapt(model, experience, optimizer)
        model.merge_generations(optimizer)  # one block of rows: to compute with several, torch would gather them all
        state = clspec.optimizer_state(optimizer, model)
        lay_out(model.classifier, mesh)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
        clspec.load_optimizer_state(optimizer, model, state)  # each rank takes that of its rows

        for step in range(60):
            samples = torch.Generator().manual_seed(step)  # the same on all ranks: they divide classes, not samples
            y = torch.randint(len(model.class_map()), (32,), generator=samples)
            x = centres[y] + 0.3 * torch.randn(32, 8, generator=samples)
            optimizer.zero_grad()
            with loss_parallel():  # a softmax over columns that lie on several ranks
                functional.cross_entropy(model(x), y).backward()
            optimizer.step()
        clspec.save_checkpoint(model, checkpoint, optimizer)  # gathers the rows: every rank writes the same whole file
        dist.barrier()

        rows = model.classifier.generations[0].weight.to_local().shape[0]
        known = len(model.class_map())
        accuracy = (model(centres[:known]).full_tensor().argmax(1) == torch.arange(known)).float().mean()
        print(f"rank {dist.get_rank()}: {rows} of {known} rows, {accuracy:.0%}", flush=True)


if __name__ == "__main__":
    dist.init_process_group("gloo")  # "nccl" on GPUs, and init_device_mesh("cuda", ...)
    main(Path(sys.argv[1]))
    dist.destroy_process_group()
    os._exit(0)  # threads of gloo may still run, and would disturb the interpreter's end (torch 2.13)
