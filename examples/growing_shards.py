"""A head that no rank ever holds whole: `torchrun --nproc-per-node=2 examples/growing_shards.py FOLDER`.

Each rank has a head of its own classes, which grows where it is. Torch's DTensor makes one softmax of their answers.
"""

import os
import sys
from pathlib import Path

import torch
import torch.distributed as dist
from torch.distributed.device_mesh import DeviceMesh, init_device_mesh
from torch.distributed.tensor import DTensor, Partial, Replicate, Shard
from torch.distributed.tensor.parallel import loss_parallel
from torch.nn import functional

import clspec

SPEC = """
clspec 1
model Points {
    input features(8)
    backbone trunk = mlp([32])
    head classifier = incremental(initial=1)
}
"""


def answers(model: clspec.nn.CompiledModel, x: torch.Tensor, mesh: DeviceMesh) -> DTensor:
    """(batch, 8) -> (batch, classes): rank 0's columns first, then those of rank 1, and so on."""
    features = DTensor.from_local(model.trunk(x), mesh, [Replicate()])
    own = model.classifier(features.to_local(grad_placements=[Partial()]))  # backward: gradients of all heads are added
    return DTensor.from_local(own, mesh, [Shard(1)])


def columns(y: torch.Tensor, ranks: int, width: int) -> torch.Tensor:
    """Class c is class c // ranks of rank c % ranks; every rank has `width` columns."""
    return y % ranks * width + y // ranks


def main(folder: Path) -> None:
    rank, ranks = dist.get_rank(), dist.get_world_size()
    mesh = init_device_mesh("cpu", (ranks,))
    centres = 4 * torch.randn(12, 8, generator=torch.Generator().manual_seed(0))
    files = [folder / f"{number}.{rank}.safetensors" for number in range(3)]
    saved = torch.tensor(sum(file.exists() for file in files))
    dist.all_reduce(saved, dist.ReduceOp.MIN)  # a rank that died may have saved less than the others
    if saved:
        model, optimizer = clspec.load_checkpoint(files[saved - 1])
    else:
        torch.manual_seed(rank)  # other classes, other rows
        model = clspec.compile(clspec.parse_string(SPEC))
        for parameter in model.trunk.parameters():  # the trunk is the same everywhere
            dist.broadcast(parameter.data, 0)
        optimizer = torch.optim.Adam(model.parameters(), lr=0.01)

    for number in range(saved, 3):
        known = 4 * (number + 1)
        width = known // ranks
        model.adaptation(clspec.Experience(range(4 * number // ranks, width), index=number), optimizer)
        for step in range(60):
            samples = torch.Generator().manual_seed(step)  # the same on all ranks: they divide classes, not samples
            y = torch.randint(known, (32,), generator=samples)
            x = centres[y] + 0.3 * torch.randn(32, 8, generator=samples)
            optimizer.zero_grad()
            with loss_parallel():
                functional.cross_entropy(answers(model, x, mesh), columns(y, ranks, width)).backward()
            optimizer.step()
        clspec.save_checkpoint(model, files[number], optimizer)  # each rank its own rows

        best = answers(model, centres[:known], mesh).to_local().max(1)  # of this rank's classes
        told = [torch.empty(2, known, dtype=torch.float64) for _ in range(ranks)]
        dist.all_gather(told, torch.stack([best.values.detach().double(), (best.indices * ranks + rank).double()]))
        scores, classes = torch.stack(told, 1)
        found = classes.gather(0, scores.argmax(0, keepdim=True))[0]
        accuracy = (found == torch.arange(known)).float().mean()
        print(f"rank {rank}: {len(model.class_map())} of {known} rows, {accuracy:.0%}", flush=True)


if __name__ == "__main__":
    dist.init_process_group("gloo")  # "nccl" on GPUs, and init_device_mesh("cuda", ...)
    main(Path(sys.argv[1]))
    dist.destroy_process_group()
    os._exit(0)  # threads of gloo may still run, and would disturb the interpreter's end (torch 2.13)
