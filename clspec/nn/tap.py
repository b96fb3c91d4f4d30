# pyright: standard
"""Reading what a submodule gives in the midst of a forward, without a second one."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn


class Tap:
    """Keeps what the submodule `path` of `module` gave, from the module's forward until it is taken.

    A forward hook keeps it, which deepcopy, pickle and torch.export take along. Gradients flow back through it. It is a
    copy of the values, because a layer behind the submodule may write over them in place, as many rectifiers do. Raises
    ValueError for a path that is not there.
    """

    def __init__(self, module: nn.Module, path: str) -> None:
        self.path = path
        self._kept: Tensor | None = None
        try:
            submodule = module.get_submodule(path)
        except AttributeError:
            raise ValueError(f"{type(module).__name__} has no submodule {path!r}") from None
        submodule.register_forward_hook(self._keep)

    def _keep(self, _module: nn.Module, _arguments: Any, output: Tensor) -> None:
        self._kept = output.clone()

    def take(self) -> Tensor:
        """What the submodule gave in the last forward, once. Raises RuntimeError where it has not run since."""
        kept, self._kept = self._kept, None
        if kept is None:
            raise RuntimeError(f"{self.path} has not run, so there is nothing to take from it")
        return kept

    def __getstate__(self) -> dict[str, Any]:
        return {"path": self.path, "_kept": None}  # a copy starts afresh: activations are not part of a model
