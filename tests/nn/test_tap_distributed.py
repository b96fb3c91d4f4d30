"""Taps into a library's network, half of it frozen, in DistributedDataParallel: two processes, started by torchrun."""

import os
import subprocess
import sys
from pathlib import Path

SCRIPT = '''
import copy, os, sys
import torch
import torch.distributed as dist
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

torch.set_num_threads(1)
dist.init_process_group("gloo")
rank = dist.get_rank()
model = clspec.compile(clspec.parse_string(TEXT), seed=1)
batches = torch.randn(2, 4, 3, 16, 16, generator=torch.Generator().manual_seed(0))
for experience in clspec.streams.split(classes=4, experiences=2):
    model.adaptation(experience)
    alone = [copy.deepcopy(model) for _ in batches]
    for each, batch in zip(alone, batches):
        loss(by_hand(each, batch)).backward()
    wrapped = DistributedDataParallel(model)
    before = {name: value.clone() for name, value in model.named_buffers()}
    loss(wrapped(batches[rank])).backward()
    for name, parameter in model.named_parameters():
        grads = [dict(each.named_parameters())[name].grad for each in alone]
        assert (parameter.grad is None) == (not parameter.requires_grad) == (grads[0] is None), name
        if parameter.grad is not None:
            torch.testing.assert_close(parameter.grad, sum(grads) / 2, rtol=1e-4, atol=1e-6)
    moved = {name.split(".")[3] for name, value in model.named_buffers()
             if name.startswith("trunk.") and not torch.equal(value, before[name])}
    assert moved == {"stage2", "stage3"}, moved
    torch.optim.SGD(model.parameters(), lr=0.1).step()
    mine = torch.cat([parameter.detach().flatten() for parameter in model.parameters()])
    both = [torch.empty_like(mine) for _ in range(2)]
    dist.all_gather(both, mine)
    assert torch.equal(*both)
    model.zero_grad()
    del wrapped
open(f"{sys.argv[1]}/done{rank}", "w").close()
dist.destroy_process_group()
# DistributedDataParallel keeps gloo's threads alive past this line (torch 2.13). One that still drops a tensor while
# the interpreter shuts down aborts the process, so it leaves without shutting down.
os._exit(0)
'''


def test_two_processes_agree_with_one_that_sees_both_halves(tmp_path: Path) -> None:
    """Gradients flow back through the tap and past it, averaged over the processes, before and after growth."""
    script = tmp_path / "train.py"
    script.write_text(SCRIPT)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    settings = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [*command, str(script), str(tmp_path)], capture_output=True, text=True, check=False, env=settings
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "done0").exists() and (tmp_path / "done1").exists()
