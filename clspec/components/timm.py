"""`timm`: a network of timm, its classifier dropped."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Self

from clspec.components.mistakes import ArgumentError
from clspec.components.probed import ProbedBackbone
from clspec.components.reads import image_sizes
from clspec.diagnostics import nearest_networks
from clspec.ir.construct import Construct, call
from clspec.ir.shapes import Shape


class Timm(ProbedBackbone):
    """`timm(name, pretrained=false)`: the pooled flat features of a network of timm."""

    kind: ClassVar[str] = "timm"
    summary: ClassVar[str] = "a network of timm by name, its classifier dropped"

    name: str
    pretrained: bool = False

    def judge(self) -> None:
        from clspec.probe import ProbeError, timm_names, timm_weights

        try:
            names = timm_names()
        except ProbeError as error:
            raise ArgumentError("name", f"timm cannot be used: {error.message}", "CL210", _install(error)) from None
        if self.name.partition(".")[0] not in names:
            help = nearest_networks(self.name, names) or 'such as "resnet18"; the names are those of timm'
            raise ArgumentError("name", f'unknown backbone "{self.name}"', "CL112", help)
        if self.pretrained and not timm_weights(self.name):
            message = f'timm publishes no weights for "{self.name}"'
            raise ArgumentError(
                "pretrained", message, "CL212", "leave it out, or give a file by --weights when compiling"
            )

    def without_weights(self) -> Self:
        return replace(self, pretrained=False)

    def judge_files(self) -> None:
        if self.pretrained:
            from clspec.components.published import judge_cached
            from clspec.probe import timm_weights

            judge_cached("pretrained", "timm", timm_weights(self.name))

    def hint(self, step: str, inputs: tuple[Shape, ...]) -> str:
        return "many of its networks take one size of images only, often 224×224" if step == "run" else "try another"

    def constructor(self, inputs: tuple[Shape, ...]) -> Construct:
        channels = image_sizes(inputs, self.kind)[0]
        if self.pretrained:
            built = call("clspec.nn", "pretrained_timm", self.name, in_channels=channels)
        else:
            built = call("timm", "create_model", self.name, num_classes=0, in_chans=channels)
        return call("clspec.nn", "Backbone", built, drop=None)

    def title(self) -> str:
        return f"timm {self.name}"


def _install(error: Exception) -> str:
    if "torchvision" in str(error):
        return "timm needs a torchvision that was built for your torch: pip install --force-reinstall torch torchvision"
    return 'pip install "clspec[timm]"'
