# pyright: standard
"""What must not grow: a model in a live DistributedDataParallel, or one whose parameters are sharded."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable
from typing import Any

from torch import Tensor, distributed, nn
from torch.nn import Parameter
from torch.nn.parallel import DistributedDataParallel


def refuse_wrapped(model: nn.Module, before: Iterable[Parameter] = ()) -> None:
    """Raises RuntimeError where growing would go wrong unsaid, with the lines that do it right.

    `before` are parameters that it had until now, where it has grown already.
    A live wrapper would no longer average the gradients of what it was built over; a sharded parameter gains no rows.
    """
    if not (distributed.is_available() and distributed.is_initialized()):
        return  # nobody can have wrapped or sharded anything
    name = type(model).__name__
    parameters = [*model.parameters(), *before]
    wrapper = _live_wrapper(parameters)
    if any(map(is_sharded, parameters)) or wrapper not in (None, DistributedDataParallel):
        by_hand = "lay_out(model)  # over the ranks, as it was: distribute_module, parallelize_module"
        shard = by_hand if wrapper in (None, DistributedDataParallel) else "fully_shard(model)"
        raise RuntimeError(
            f"{name} has sharded parameters (fully_shard, DTensor), which cannot grow. Save, grow, shard, load:\n"
            "    clspec.save_checkpoint(model, path, optimizer)  # every rank takes part\n"
            "    model, optimizer = clspec.load_checkpoint(path)\n"
            "    clspec.adapt(model, clspec.nn.distributed.synchronize(experience), optimizer)\n"
            "    state = clspec.optimizer_state(optimizer, model)\n"
            f"    {shard}\n"
            "    optimizer = Adam(model.parameters())  # of whatever kind it was\n"
            "    clspec.load_optimizer_state(optimizer, model, state)"
        )
    if wrapper is not None:
        raise RuntimeError(
            f"{name} is inside a live DistributedDataParallel, which would no longer average its gradients. Take the "
            "wrapper off to adapt, then wrap anew:\n"
            "    clspec.adapt(clspec.nn.distributed.unwrap(ddp), clspec.nn.distributed.synchronize(experience), "
            "optimizer)\n"
            "    ddp = clspec.nn.distributed.wrap(model)"
        )


def is_sharded(tensor: Any) -> bool:
    """Whether a tensor is a DTensor, of which this rank may hold only a part."""
    kind = _loaded("torch.distributed.tensor", "DTensor")
    return kind is not None and isinstance(tensor, kind)


def whole(tensor: Any) -> Any:
    """A tensor as it is, gathered from all ranks where it is sharded: then every rank has to ask."""
    return tensor.full_tensor() if is_sharded(tensor) else tensor


def sharded_like(value: Tensor, like: Any) -> Tensor:
    """A copy of a tensor that every rank has whole, laid out over the ranks as `like` is."""
    from torch.distributed.tensor import distribute_tensor

    return distribute_tensor(value.to(like.device), like.device_mesh, like.placements).clone()


def _live_wrapper(parameters: Iterable[Parameter]) -> type | None:
    """DistributedDataParallel or FSDPModule, where one holds some of the parameters."""
    held = set(map(id, parameters))
    if _wrapper(held) is None:
        return None
    gc.collect()  # one that was dropped may be waiting for it
    return _wrapper(held)


def _wrapper(held: set[int]) -> type | None:
    # A module does not know what it is in. One in `fully_shard` has whole parameters between forward and backward.
    kinds = tuple(filter(None, (DistributedDataParallel, _loaded("torch.distributed.fsdp", "FSDPModule"))))
    wrappers = [each for each in gc.get_objects() if issubclass(type(each), kinds)]
    holding = [each for each in wrappers if any(id(parameter) in held for parameter in each.parameters())]
    return next((kind for kind in kinds for each in holding if isinstance(each, kind)), None)


def _loaded(module: str, name: str) -> Any:
    """A class of a module that is slow to import; None where nobody has: then there is nothing of that class."""
    return getattr(sys.modules.get(module), name, None)
