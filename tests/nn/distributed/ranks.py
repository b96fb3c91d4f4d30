"""What the scripts in this folder share: each is started on two ranks by torchrun."""

import os
import sys
import traceback

import torch
import torch.distributed as dist


def run(*checks):
    """Runs checks on this rank, one after the other; rank 0 prints the names of those that held."""
    torch.set_num_threads(1)
    dist.init_process_group("gloo")
    try:
        for check in checks:
            torch.manual_seed(dist.get_rank())  # ranks draw differently, as they do where nobody seeds them alike
            check(dist.get_rank())
            if dist.get_rank() == 0:
                print(check.__name__, flush=True)
        dist.barrier()
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
    dist.destroy_process_group()
    # DistributedDataParallel keeps gloo's threads alive past this line (torch 2.13). One that still drops a tensor
    # while the interpreter shuts down aborts the process, so it leaves without shutting down.
    os._exit(0)


def alike(*tensors):
    """Whether all ranks have the same values, bit for bit."""
    mine = torch.cat([torch.zeros(0), *(tensor.detach().double().flatten() for tensor in tensors)])
    all_of_them = [None] * dist.get_world_size()
    dist.all_gather_object(all_of_them, mine)
    return all(torch.equal(mine, other) for other in all_of_them)


def raised(kind, call):
    """What an error says that a call must raise."""
    try:
        call()
    except kind as error:
        return str(error)
    raise AssertionError(f"no {kind.__name__} was raised")
