"""Writes `clspec/catalogue/pytorchcv.json`: what clspec knows of pytorchcv's networks without importing torch.

Run by `make catalogue`. Every network is built on the meta device, once with one and once with three input channels,
because parameters are linear in the input channels.
"""

from __future__ import annotations

import ast
import importlib
import importlib.metadata
import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import torch
from torch import nn

torch.set_num_threads(1)

FAMILIES = ("resnet_cifar", "vgg", "mobilenet", "mobilenetb", "mobilenetv2", "mobilenetv3")
TARGET = Path(__file__).parent.parent / "clspec" / "catalogue" / "pytorchcv.json"


def names_by_module() -> dict[str, str]:
    """Every name of the library and the module that holds it, read from `model_provider.py` as a file.

    Importing it would import torchvision, which does not load beside a CPU build of torch.
    """
    package = importlib.util.find_spec("pytorchcv")
    if package is None or not package.submodule_search_locations:
        raise SystemExit("pytorchcv is not installed")
    tree = ast.parse((Path(package.submodule_search_locations[0]) / "model_provider.py").read_text("utf-8"))
    found: dict[str, str] = {}
    for statement in tree.body:
        if isinstance(statement, ast.ImportFrom) and statement.module and statement.module.startswith("models."):
            module = statement.module.removeprefix("models.")
            found |= {alias.asname or alias.name: module for alias in statement.names}
    provided = next(
        statement.value
        for statement in tree.body
        if isinstance(statement, ast.Assign)
        and isinstance(statement.value, ast.Dict)
        and len(statement.value.keys) > 100
    )
    keys = [key.value for key in provided.keys if isinstance(key, ast.Constant)]
    return {str(key): found[str(key)] for key in keys}


def build(name: str, module: str, in_channels: int) -> nn.Module:
    factory = getattr(importlib.import_module(f"pytorchcv.models.{module}"), name)
    with torch.device("meta"):
        net = factory(in_channels=in_channels)
    return net.to("meta").eval()


def last_classifier(net: nn.Module, size: tuple[int, int], channels: int) -> str:
    """The last executed leaf with a weight of two or more dimensions whose out width is the number of classes."""
    ran: list[str] = []
    handles = [
        leaf.register_forward_hook(lambda _module, _args, _out, path=path: ran.append(path))
        for path, leaf in net.named_modules()
        if isinstance(getattr(leaf, "weight", None), torch.Tensor) and leaf.weight.dim() >= 2
    ]
    with torch.no_grad():
        net(torch.empty(2, channels, *size, device="meta"))
    for handle in handles:
        handle.remove()
    return next(path for path in reversed(ran) if net.get_submodule(path).weight.shape[0] == net.num_classes)


def without_classifier(net: nn.Module, drop: str, pool: str | None) -> nn.Module:
    for path, replacement in ((drop, nn.Identity()), (pool, nn.AdaptiveAvgPool2d(1))):
        if path is not None:
            parent, _, leaf = path.rpartition(".")
            setattr(net.get_submodule(parent), leaf, replacement)
    return net


def width_at(net: nn.Module, size: int) -> int | None:
    """Flat feature width at a square input, None where the network cannot take it."""
    try:
        with torch.no_grad():
            return net(torch.empty(2, 3, size, size, device="meta")).flatten(1).shape[1]
    except RuntimeError:
        return None


def least_size(net: nn.Module, width: int, native: int) -> int:
    """The least square input that gives the native width; what works at one size works at every larger one."""
    low, high = 1, native
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if width_at(net, middle) == width else (middle + 1, high)
    return high


def parameters(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def buffer_bytes(module: nn.Module) -> int:
    return sum(buffer.numel() * buffer.element_size() for buffer in module.buffers())


def stages(net: nn.Module, size: tuple[int, int]) -> list[dict[str, Any]]:
    """The children of `features` in forward order with their parameters and output shape at the native size."""
    shapes: dict[str, list[int]] = {}
    children = dict(net.features.named_children())
    handles = [
        child.register_forward_hook(lambda _m, _a, out, name=name: shapes.__setitem__(name, list(out.shape[1:])))
        for name, child in children.items()
    ]
    with torch.no_grad():
        net(torch.empty(2, 3, *size, device="meta"))
    for handle in handles:
        handle.remove()
    return [
        {
            "name": name,
            "units": len(list(child.children())) if name.startswith("stage") else 1,
            "parameters": parameters(child),
            "shape": shapes[name],
        }
        for name, child in children.items()
        if name in shapes
    ]


def entry(name: str, module: str) -> dict[str, Any]:
    net = build(name, module, 3)
    size = tuple(net.in_size)
    drop = last_classifier(net, size, 3)
    final_pool = getattr(net.features, "final_pool", None)
    pool = "features.final_pool" if isinstance(final_pool, nn.AvgPool2d) else None
    net = without_classifier(net, drop, pool)
    width = width_at(net, size[0])
    one = without_classifier(build(name, module, 1), drop, pool)
    each = (parameters(net) - parameters(one)) // 2
    assert width is not None
    return {
        "module": module,
        "size": list(size),
        "least": least_size(net, width, size[0]) if pool else size[0],
        "width": width,
        "parameters": [parameters(net) - 3 * each, each],
        "buffer_bytes": buffer_bytes(net),
        "drop": drop,
        "pool": pool,
        "stages": stages(net, size),
    }


def main() -> None:
    known = names_by_module()
    wanted = {name: module for name, module in known.items() if module in FAMILIES}
    networks: dict[str, Any] = {}
    for number, (name, module) in enumerate(sorted(wanted.items()), 1):
        networks[name] = entry(name, module)
        print(f"\r{number}/{len(wanted)} {name:<40}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    version = importlib.metadata.version("pytorchcv")
    rows = [f"{json.dumps(name)}: {json.dumps(row, sort_keys=True)}" for name, row in networks.items()]
    others = json.dumps(sorted(set(known) - set(wanted)))
    head = f'{{"version": {json.dumps(version)},\n"networks": {{\n'
    text = head + ",\n".join(rows) + f'\n}},\n"others": {others}}}\n'
    json.loads(text)
    TARGET.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
