"""`torchvision`: an image-classification network of torchvision, its classifier dropped."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Self

from clspec.components.mistakes import ArgumentError, ShapeError
from clspec.components.probed import ProbedBackbone
from clspec.components.reads import image_sizes
from clspec.diagnostics import choices_help, nearest_networks
from clspec.ir.construct import Construct, Expression, call
from clspec.ir.shapes import Shape

_WITHOUT_AUXILIARY: dict[str, dict[str, Expression]] = {
    "googlenet": {"aux_logits": False, "init_weights": True},
    "inception_v3": {"aux_logits": False, "init_weights": True},
}
"""Networks that give several outputs in training unless told not to."""


class TorchVision(ProbedBackbone):
    """`torchvision(name, weights=none)`: flat features, as wide as the network's own classifier reads."""

    kind: ClassVar[str] = "torchvision"
    summary: ClassVar[str] = "an image-classification network of torchvision by name, its classifier dropped"

    name: str
    weights: str | None = None

    def judge(self) -> None:
        from clspec.probe import ProbeError, torchvision_names, torchvision_weights

        try:
            names = torchvision_names()
        except ProbeError as error:
            raise ArgumentError(
                "name", f"torchvision cannot be used: {error.message}", "CL210", _install(error)
            ) from None
        if self.name not in names.networks:
            if self.name in names.others:
                message = f'"{self.name}" of torchvision is for {names.others[self.name]}; it classifies no images'
                raise ArgumentError(
                    "name", message, "CL112", nearest_networks(self.name, names.networks) or 'such as "resnet18"'
                )
            help = (
                nearest_networks(self.name, names.networks) or 'such as "resnet18"; the names are those of torchvision'
            )
            raise ArgumentError("name", f'unknown backbone "{self.name}"', "CL112", help)
        known = torchvision_weights(self.name)
        if self.weights is not None and self.weights not in known:
            message = f'torchvision publishes no weights "{self.weights}" for "{self.name}"'
            raise ArgumentError("weights", message, "CL212", choices_help(self.weights, known))

    def without_weights(self) -> Self:
        return replace(self, weights=None)

    def judge_files(self) -> None:
        if self.weights is not None:
            from clspec.components.published import judge_cached
            from clspec.probe import torchvision_weights

            judge_cached("weights", "torchvision", torchvision_weights(self.name)[self.weights])

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        channels = image_sizes(inputs, self.kind)[0]
        if channels != 3:
            help = "`repeat_channels(3)` before it" if channels == 1 else None
            raise ShapeError(f"{self.named()} takes 3 channels only, but gets {inputs[0]}", help)
        return super().output_shape(inputs)

    def hint(self, step: str, inputs: tuple[Shape, ...]) -> str:
        return "most of its networks are made for 224×224" if step == "run" else "try another network"

    def constructor(self, inputs: tuple[Shape, ...]) -> Construct:
        from clspec.probe import ProbeError, torchvision_drop, torchvision_weights

        more = _WITHOUT_AUXILIARY.get(self.name, {})
        built = call("torchvision.models", self.name, **more)
        if self.weights is not None:
            file = torchvision_weights(self.name)[self.weights]
            built = call("torchvision.models", self.name, **more, **({"transform_input": True} if more else {}))
            built = call("clspec.nn", "pretrained", built, library="torchvision", file=file)
        try:
            drop = torchvision_drop(self.name, tuple(more.items()))
        except ProbeError as error:
            raise ShapeError(f"{self.named()} cannot be looked into: {error.message}", code="CL211") from None
        return call("clspec.nn", "Backbone", built, drop=drop)

    def title(self) -> str:
        return f"torchvision {self.name}"


def _install(error: Exception) -> str:
    missing = "no module named" in str(error)
    if missing:
        return 'pip install "clspec[torchvision]"'
    return "install the torchvision that was built for your torch: pip install --force-reinstall torch torchvision"
