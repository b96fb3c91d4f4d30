# pyright: standard
"""Modules on the meta device: built and run without touching the process they are looked at in."""

from __future__ import annotations

import random
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from clspec.ir.construct import Construct
from clspec.probe.errors import ProbeError

BATCH = 2
ELEMENTWISE = (nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.PReLU, nn.ELU, nn.SiLU, nn.GELU, nn.Sigmoid, nn.Tanh, nn.Hardswish,
                nn.Hardsigmoid)  # fmt: skip
_COMPOSED = ("HSwish", "HSigmoid", "Swish")
"""Activations that pytorchcv composes of several steps, by name: nothing of it is imported here."""
_NORMALIZING = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)


_SAME_SHAPE = {
    functional.relu, functional.relu6, functional.hardtanh, functional.leaky_relu, functional.silu, functional.gelu,
    functional.hardswish, functional.hardsigmoid, functional.dropout, torch.relu, torch.sigmoid, torch.tanh,
    Tensor.relu, Tensor.relu_, Tensor.sigmoid, Tensor.tanh,
}  # fmt: skip
_BROADCAST = {
    torch.add, torch.mul, Tensor.add, Tensor.add_, Tensor.mul, Tensor.mul_, Tensor.__add__, Tensor.__iadd__,
    Tensor.__mul__, Tensor.__imul__, Tensor.__sub__,
}  # fmt: skip


@contextmanager
def undisturbed() -> Iterator[None]:
    """Inside, weights may be drawn and warnings given; random generators and the default dtype are kept as before."""
    dtype, state = torch.get_default_dtype(), random.getstate()
    numpy_random: Any = sys.modules.get("numpy.random")
    numpy_state = None if numpy_random is None else numpy_random.get_state()
    with torch.random.fork_rng(devices=[]), torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.set_default_dtype(torch.float32)
        try:
            yield
        finally:
            torch.set_default_dtype(dtype)
            random.setstate(state)
            if numpy_random is not None:
                numpy_random.set_state(numpy_state)


def build(construct: Construct) -> nn.Module:
    """The module that generated code would build, on the meta device and in eval mode. Raises ProbeError."""
    _import(construct)
    return on_meta(lambda: _made(construct))


def on_meta(make: Callable[[], Any]) -> nn.Module:
    """What `make` gives, on the meta device and in eval mode. Raises ProbeError."""
    try:
        with torch.device("meta"):
            made = make()
    except (NotImplementedError, RuntimeError):  # it computes with its weights while it is built
        made = _told(make)
    except (Exception, SystemExit) as error:
        raise ProbeError("build", _said(error)) from error
    if not isinstance(made, nn.Module):
        raise ProbeError("build", f"it is a {type(made).__name__}, no nn.Module")
    return _told(lambda: made.to("meta").eval())


def _told(make: Callable[[], Any]) -> Any:
    try:
        return make()
    except (Exception, SystemExit) as error:
        raise ProbeError("build", _said(error)) from error


def run(net: nn.Module, *sizes: Sequence[int]) -> Any:
    """What the module gives for a batch of two. Raises ProbeError."""
    try:
        with Shapes():
            return net(*(torch.empty(BATCH, *each, device="meta") for each in sizes))
    except (Exception, SystemExit) as error:
        raise ProbeError("run", _said(error)) from error


def quicken(net: nn.Module) -> None:
    """Replaces what keeps shapes and is slow on the meta device; what batch-norm would refuse is refused still."""
    for module in net.modules():
        if type(module) in ELEMENTWISE or (type(module).__name__ in _COMPOSED and not list(module.children())):
            module.forward = _same
        elif type(module) in _NORMALIZING:
            module.forward = _Normalized(module.num_features)  # type: ignore[arg-type]


def _same(x: Tensor) -> Tensor:
    return x


class _Normalized:
    def __init__(self, channels: int) -> None:
        self.channels = channels

    def __call__(self, x: Tensor) -> Tensor:
        if x.shape[1] != self.channels:
            raise RuntimeError(f"batch-norm of {self.channels} channels got {x.shape[1]}")
        return x


class Shapes(TorchFunctionMode):
    """Inside, steps that work on each number alone are told by their shapes: they are slow on the meta device."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func in _SAME_SHAPE:
            return args[0]
        if func in _BY_FORMULA and _is_meta(args[0]):
            return torch.empty(_BY_FORMULA[func](*args, **(kwargs or {})), device="meta", dtype=args[0].dtype)
        if func in _BROADCAST and not kwargs and all(_is_meta(each) for each in args):
            return torch.empty(_broadcast(args), device="meta", dtype=args[0].dtype)
        return func(*args, **(kwargs or {}))


def _is_meta(value: Any) -> bool:
    return isinstance(value, Tensor) and value.is_meta and value.is_floating_point()


def _linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> tuple[int, ...]:
    if x.shape[-1] != weight.shape[1]:
        raise RuntimeError(f"a linear layer of {weight.shape[1]} features got {x.shape[-1]}")
    return (*x.shape[:-1], weight.shape[0])


def _pooled(x: Tensor, output_size: Any) -> tuple[int, ...]:
    wanted = output_size if isinstance(output_size, Sequence) else (output_size,) * 2
    sides = (side if each is None else each for each, side in zip(wanted, x.shape[-2:], strict=True))
    return (*x.shape[:-2], *sides)


def _resized(x: Tensor, size: Any = None, scale_factor: Any = None, *_: Any, **__: Any) -> tuple[int, ...]:
    given, sides = scale_factor if size is None else size, x.shape[2:]
    each = given if isinstance(given, Sequence) else (given,) * len(sides)
    return (*x.shape[:2], *(int(n if size is not None else side * n) for n, side in zip(each, sides, strict=True)))


_BY_FORMULA = {
    functional.linear: _linear,
    functional.adaptive_avg_pool2d: _pooled,
    functional.interpolate: _resized,
}


def _broadcast(tensors: Sequence[Tensor]) -> tuple[int, ...]:
    """The sizes of what tensors give together. Raises RuntimeError where they do not fit."""
    first, *rest = [tuple(tensor.shape) for tensor in tensors]
    return first if all(each == first for each in rest) else tuple(torch.broadcast_shapes(first, *rest))


def _import(construct: Construct) -> None:
    for value in (*construct.positional, *(each for _, each in construct.named)):
        if isinstance(value, Construct):
            _import(value)
    callee(construct)


def callee(construct: Construct) -> Any:
    """What a construct calls. Raises ProbeError."""
    try:
        module = import_module(construct.module)
    except ModuleNotFoundError as error:
        missing = f'no module named "{error.name}"'
        raise ProbeError("import", missing) from error
    except (Exception, SystemExit) as error:
        raise ProbeError("import", f"importing {construct.module} raises {_said(error)}") from error
    if not hasattr(module, construct.name):
        raise ProbeError("import", f'{construct.module} has no "{construct.name}"')
    return getattr(module, construct.name)


def module_class(construct: Construct) -> type[nn.Module]:
    """The class that a construct calls, and nothing but a class of modules. Raises ProbeError."""
    with undisturbed():
        found = callee(construct)
    if not (isinstance(found, type) and issubclass(found, nn.Module)):
        raise ProbeError("build", f"{construct.name} is no class of torch.nn.Module")
    return found


def _made(value: Any) -> Any:
    if not isinstance(value, Construct):
        return value
    return callee(value)(*map(_made, value.positional), **{name: _made(each) for name, each in value.named})


def _said(error: BaseException) -> str:
    """The first line of what an exception says."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:300]}" if lines else type(error).__name__
