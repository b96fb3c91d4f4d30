"""Trains over a stream, a checkpoint a step. Rank 1 kills itself on the way, and torchrun starts both ranks again."""

import os
import signal
import sys
from pathlib import Path

import torch
import torch.distributed as dist
from ranks import alike, run

import clspec
from clspec.experience import Experience
from clspec.nn.distributed import synchronize, wrap

TEXT = """clspec 1
model Net {
    input features(4)
    neck body = [linear(6), relu()]
    head h = per_task(incremental())
    after experience { freeze h[-1] }
}
"""
STEPS, EXPERIENCES, KILLED_IN = 3, 3, 4
FOLDER = Path(sys.argv[1])


def train(path, killed_in=None):
    """Trains to the end, from the checkpoint if there is one; gives the step at which it began, too."""
    rank = dist.get_rank()
    if path.exists():
        model, optimizer = clspec.load_checkpoint(path)
    else:
        model = clspec.compile(clspec.parse_string(TEXT), seed=1)
        optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    began = step = int(optimizer.state.get(model.body[0].weight, {}).get("step", 0))  # Adam has counted
    for number in range(step // STEPS, EXPERIENCES):
        torch.manual_seed(number)  # what is drawn for an experience depends on nothing before it
        model.adaptation(synchronize(Experience([2 * number + rank], [number], number)), optimizer)
        ddp = wrap(model)
        while step < (number + 1) * STEPS:
            x = torch.randn(5, 4, generator=torch.Generator().manual_seed(10 * step + rank))
            optimizer.zero_grad()
            ddp(x, number).clamp(min=-5).square().mean().backward()
            if step == killed_in and rank == 1:
                os.kill(os.getpid(), signal.SIGKILL)
            optimizer.step()
            step += 1
            if rank == 0:
                clspec.save_checkpoint(model, path, optimizer)
            dist.barrier()  # no rank begins another step before this one is in the file
        del ddp
    return model, optimizer, began


def both_ranks_go_on_where_they_were(rank):
    restarted = int(os.environ["TORCHELASTIC_RESTART_COUNT"])
    model, optimizer, began = train(FOLDER / "killed.safetensors", None if restarted else KILLED_IN)
    assert restarted == 1 and began in (KILLED_IN, KILLED_IN + 1)  # rank 0 may have ended the step
    other, its_optimizer, _ = train(FOLDER / f"alone{rank}.safetensors")
    for name, value in other.state_dict().items():
        assert torch.equal(model.state_dict()[name], value), name
    told, kept = (clspec.optimizer_state(*pair) for pair in ((optimizer, model), (its_optimizer, other)))
    assert told["state"].keys() == kept["state"].keys()
    for name, entry in kept["state"].items():
        assert all(torch.equal(told["state"][name][key], value) for key, value in entry.items()), name
    assert [parameter.requires_grad for parameter in model.parameters()] == [
        p.requires_grad for p in other.parameters()
    ]
    assert alike(*model.parameters())
    if rank == 0:
        torch.save((model.state_dict(), told), FOLDER / "expected.pt")


run(both_ranks_go_on_where_they_were)
