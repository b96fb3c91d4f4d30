"""`pytorchcv`: an image-classification network of pytorchcv, its classifier dropped."""

from __future__ import annotations

from typing import ClassVar

from clspec.catalogue import Network, pytorchcv_catalogue
from clspec.components.base import ArgumentError, Component, Construct, Growth, ShapeError, Size, call, image_sizes
from clspec.diagnostics import nearest
from clspec.ir.shapes import Shape, features
from clspec.ir.spec import Role


class PyTorchCV(Component):
    """`pytorchcv(name, pretrained=false)`: flat features, as wide as the network's own classifier reads."""

    kind: ClassVar[str] = "pytorchcv"
    summary: ClassVar[str] = "an image-classification network of pytorchcv by name, its classifier dropped"
    roles: ClassVar[tuple[Role, ...]] = ("backbone",)

    name: str
    pretrained: bool = False

    def judge(self) -> None:
        catalogue = pytorchcv_catalogue()
        if self.name not in catalogue.networks:
            if self.name in catalogue.others:
                raise ArgumentError(
                    "name",
                    f'the network "{self.name}" of pytorchcv is not yet supported',
                    "CL901",
                    "supported so far: the ResNet-CIFAR, VGG and MobileNet families",
                )
            known = [*catalogue.networks, *catalogue.others]
            help = nearest(self.name, known) or 'such as "resnet20_cifar10"; the names are those of pytorchcv'
            raise ArgumentError("name", f'unknown backbone "{self.name}"', "CL112", help)
        if self.pretrained:
            raise ArgumentError("pretrained", "pretrained weights are not yet supported", "CL901", "leave it out")

    @property
    def network(self) -> Network:
        return pytorchcv_catalogue().networks[self.name]

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        _, height, width = image_sizes(inputs, self.kind)
        network = self.network
        if network.pool is None and (height, width) != network.size:
            wanted = "×".join(map(str, network.size))
            raise ShapeError(f"{self.name} cannot take {inputs[0]}", f"it takes images of {wanted} only")
        if min(height, width) < network.least:
            least = f"{network.least}×{network.least}"
            raise ShapeError(f"{self.name} cannot take {inputs[0]}", f"the least image it can take is {least}")
        return features(network.width)

    def stages(self) -> tuple[str, ...]:
        return (*(f"net.features.{stage.name}" for stage in self.network.stages), "net.output")

    def growth(self, inputs: tuple[Shape, ...]) -> Growth:
        network, channels = self.network, image_sizes(inputs, self.kind)[0]
        fixed, per_channel = network.parameters
        total = fixed + per_channel * channels
        counts = [stage.parameters for stage in network.stages]
        # The catalogue counts stages with three input channels, and the first one alone depends on them.
        counts[0] += per_channel * (channels - 3)
        inside = tuple(zip(self.stages(), [*counts, total - sum(counts)], strict=True))
        return Size(total, network.buffer_bytes, inside)

    def constructor(self, inputs: tuple[Shape, ...]) -> Construct:
        network = self.network
        built = call(f"pytorchcv.models.{network.module}", self.name, in_channels=image_sizes(inputs, self.kind)[0])
        pool = {"pool": network.pool} if network.pool else {}
        return call("clspec.nn", "Backbone", built, drop=network.drop, **pool)

    def title(self) -> str:
        return f"pytorchcv {self.name}"
