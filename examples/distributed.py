"""Continual learning on two ranks: `torchrun --nproc-per-node=2 examples/distributed.py CHECKPOINT`.

Each rank is given classes of its own in every experience. Started again, it goes on from the checkpoint.
"""

import os
import sys
from pathlib import Path

import torch
import torch.distributed as dist
from torch.nn import functional

import clspec
from clspec.nn.distributed import synchronize, unwrap, wrap

SPEC = """
clspec 1
model Points {
    input features(8)
    backbone trunk = mlp([32])
    head classifier = incremental()
}
"""
checkpoint = Path(sys.argv[1])
dist.init_process_group("gloo")  # "nccl" on GPUs
rank, ranks = dist.get_rank(), dist.get_world_size()
torch.manual_seed(rank)  # each rank draws samples of its own
centres = 4 * torch.randn(12, 8, generator=torch.Generator().manual_seed(0))

if checkpoint.exists():
    model, optimizer = clspec.load_checkpoint(checkpoint)
else:
    model = clspec.compile(clspec.parse_string(SPEC), seed=0)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
done = len({class_id for _, _, class_id, _ in model.class_map()}) // (2 * ranks)

ddp = wrap(model)
for number in range(done, 3):
    own = 2 * (ranks * number + rank) + torch.arange(2)  # two classes that no other rank has
    experience = synchronize(clspec.Experience(own.tolist(), index=number))
    clspec.adapt(unwrap(ddp), experience, optimizer)  # all ranks grow rows for the classes of all, the same rows
    ddp = wrap(model)  # gradients are averaged over what there is now

    for _ in range(60):
        y = own.repeat(8)
        x = centres[y] + 0.3 * torch.randn(len(y), 8)
        optimizer.zero_grad()
        functional.cross_entropy(ddp(x), y).backward()
        optimizer.step()
    if rank == 0:
        clspec.save_checkpoint(model, checkpoint, optimizer)
    dist.barrier()
    accuracy = (model.eval()(centres[experience.classes]).argmax(1) == torch.tensor(experience.classes)).float().mean()
    model.train()
    print(f"rank {rank}: experience {number}, classes {experience.classes}, {accuracy:.0%}", flush=True)

dist.destroy_process_group()
os._exit(0)  # threads of DistributedDataParallel may still run, and would disturb the interpreter's end (torch 2.13)
