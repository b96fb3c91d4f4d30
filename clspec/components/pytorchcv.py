"""`pytorchcv`: an image-classification network of pytorchcv, its classifier dropped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import ClassVar, Self

from clspec.catalogue import Network, Stage, Unit, pytorchcv_catalogue
from clspec.catalogue.library import installed_version, module_of_names, published_weights
from clspec.components.base import Component
from clspec.components.forward_order import Stretch
from clspec.components.growing import Growth, Size
from clspec.components.inside import NET, full_path
from clspec.components.mistakes import ArgumentError, ShapeError, TapError
from clspec.components.probed import probed_size
from clspec.components.reads import image_sizes
from clspec.diagnostics import nearest_networks
from clspec.ir.construct import Construct, call
from clspec.ir.shapes import Shape, features, image, of_sizes
from clspec.ir.spec import Role


class PyTorchCV(Component):
    """`pytorchcv(name, pretrained=false)`: flat features, as wide as the network's own classifier reads."""

    kind: ClassVar[str] = "pytorchcv"
    summary: ClassVar[str] = "an image-classification network of pytorchcv by name, its classifier dropped"
    roles: ClassVar[tuple[Role, ...]] = ("backbone",)

    name: str
    pretrained: bool = False

    def judge(self) -> None:
        if self.network is None:
            raise _unknown(self.name)
        if self.pretrained and self.network.weights is None:
            message = f'pytorchcv publishes no weights for "{self.name}"'
            raise ArgumentError(
                "pretrained", message, "CL212", "leave it out, or give a file by --weights when compiling"
            )

    def without_weights(self) -> Self:
        return replace(self, pretrained=False)

    def judge_files(self) -> None:
        if self.pretrained:
            from clspec.components.published import judge_cached

            judge_cached("pretrained", "pytorchcv", self._file)

    @property
    def _file(self) -> str:
        """The file of its published weights, as the library calls it."""
        return f"{self.name}-{self.known.weights}.pth"

    @property
    def network(self) -> Network | None:
        return find_network(self.name)

    @property
    def known(self) -> Network:
        network = self.network
        if network is None:
            raise LookupError(f"{self.name} was not judged")
        return network

    def output_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        channels, height, width = image_sizes(inputs, self.kind)
        network = self.known
        if network.channels not in (None, channels):
            help = f"`repeat_channels({network.channels})` before it" if channels == 1 else None
            raise ShapeError(f"{self.name} takes {network.channels} channels only, but gets {inputs[0]}", help)
        if self.pretrained and channels != 3:
            help = "`repeat_channels(3)` before it" if channels == 1 else None
            raise ShapeError(f"the weights of {self.name} are for 3 channels, but it gets {inputs[0]}", help)
        if network.least is None and (height, width) != network.size:
            self._try(inputs)
        elif (height, width) != network.size and not _fits(network, height, width):
            raise ShapeError(f"{self.name} cannot take {inputs[0]}", _sizes(network, height, width))
        return features(network.width)

    def _try(self, inputs: tuple[Shape, ...]) -> None:
        """Runs it at a size of which the catalogue says nothing. Raises ShapeError."""
        from clspec.probe import least_size

        channels, height, width = image_sizes(inputs, self.kind)
        if self._takes(inputs):
            return
        least = least_size(
            lambda side: self._takes((image(channels, side, side),)), max(height, width), max(self.known.size)
        )
        help = f"the next larger image it takes is {least}×{least}" if least else _sizes(self.known, height, width)
        raise ShapeError(f"{self.name} cannot take {inputs[0]}", help)

    def _takes(self, inputs: tuple[Shape, ...]) -> bool:
        from clspec.probe import ProbeError, probe

        try:
            return probe(self.without_weights().constructor(inputs), inputs).output == features(self.known.width)
        except ProbeError:
            return False

    def stages(self) -> tuple[str, ...]:
        return tuple(f"{NET}.{stage.path}" for stage in self.known.stages)

    def paths(self) -> tuple[str, ...]:
        inside = ([stage.path, *(f"{stage.path}.{unit.name}" for unit in stage.units)] for stage in self.known.stages)
        return tuple(f"{NET}.{path}" for paths in inside for path in paths)

    def tap(self, path: str, inputs: tuple[Shape, ...]) -> tuple[str, Shape]:
        known = self._known(path)
        given = None if known is None else known[1].shape
        shape = None if given is None else of_sizes(given)
        if known is None or shape is None or image_sizes(inputs, self.kind)[1:] != self.known.size:
            return super().tap(path, inputs)
        return known[0], shape

    def submodule(self, path: str, inputs: tuple[Shape, ...]) -> str:
        known = self._known(path)
        return super().submodule(path, self._native(inputs)) if known is None else known[0]

    def divided(self, size: Size, inputs: tuple[Shape, ...], paths: Sequence[str]) -> Size:
        channels = image_sizes(self._native(inputs), self.kind)[0]
        by_units = replace(size, inside=tuple(self._by_units(channels)))
        return by_units if all(map(by_units.divides, paths)) else super().divided(size, self._native(inputs), paths)

    def bounded(
        self, inputs: tuple[Shape, ...], above: str, since: str | None, until: str | None
    ) -> tuple[Stretch, ...]:
        if all(self._known(f"{above}.{path}".strip(".")) for path in (since, until) if path):
            return ((since, until),)  # stages and their units are registered as they run
        return super().bounded(self._native(inputs), above, since, until)

    def _by_units(self, channels: int) -> Iterator[tuple[str, int]]:
        """The parameters of every unit, and of what is no stage of units."""
        for stage in self.known.stages:
            lead = f"{NET}.{stage.path}"
            for path, each in [(f"{lead}.{unit.name}", unit) for unit in stage.units] or [(lead, stage)]:
                yield path, each.parameters + (each.per_channel or 0) * channels

    def _native(self, inputs: tuple[Shape, ...]) -> tuple[Shape, ...]:
        """An image of the network's own size: what is inside depends on the channels alone."""
        known = bool(inputs) and inputs[0].kind == "map" and inputs[0].sizes is not None
        channels = image_sizes(inputs, self.kind)[0] if known else self.known.channels or 3
        return (image(channels, *self.known.size),)

    def _known(self, path: str) -> tuple[str, Stage | Unit] | None:
        """The full path of what the catalogue knows; None of what lies deeper. A unit is named with its stage."""
        stages = {f"{NET}.{stage.path}": stage for stage in self.known.stages}
        units = {f"{lead}.{unit.name}": unit for lead, stage in stages.items() for unit in stage.units}
        for full in (path, f"{NET}.{path}", f"{NET}.features.{path}"):
            if full in units:
                return full, units[full]
        try:
            full = full_path(path, list(stages), self.name)
        except TapError:
            return None
        return full, stages[full]

    def growth(self, inputs: tuple[Shape, ...]) -> Growth:
        network, channels = self.known, image_sizes(inputs, self.kind)[0]
        if network.per_channel is None and channels != 3:
            return probed_size(self, self._native(inputs))
        inside = tuple(
            (f"{NET}.{stage.path}", stage.parameters + (stage.per_channel or 0) * channels) for stage in network.stages
        )
        return Size(network.parameters + (network.per_channel or 0) * channels, network.buffer_bytes, inside)

    def constructor(self, inputs: tuple[Shape, ...]) -> Construct:
        network = self.known
        channels = image_sizes(inputs, self.kind)[0]
        given = {"in_channels": channels} if network.channels is None else {}
        built = call(f"pytorchcv.models.{network.module}", self.name, **given)
        if self.pretrained:
            built = call("clspec.nn", "pretrained", built, library="pytorchcv", file=self._file)
        pool = {"pool": network.pool} if network.pool else {}
        side = {"pool_size": network.pool_size} if network.pool_size != 1 else {}
        return call("clspec.nn", "Backbone", built, drop=network.drop, **pool, **side)

    def title(self) -> str:
        return f"pytorchcv {self.name}"


@lru_cache(maxsize=256)
def find_network(name: str) -> Network | None:
    """A network by name: from the catalogue, or where another version is installed from that itself.

    None for what is unknown or classifies no images. Raises ArgumentError for what cannot be looked at.
    """
    catalogue = pytorchcv_catalogue()
    if installed_version() in (None, catalogue.version):
        return catalogue.network(name)
    module = module_of_names().get(name)
    if module is None:
        return None
    from dataclasses import replace

    from clspec.probe import ProbeError, describe_library

    try:
        network = describe_library("pytorchcv.models", module, name)
    except ProbeError as error:
        message = f'"{name}" of pytorchcv {installed_version()} cannot be used: {error.message}'
        help = f"clspec knows pytorchcv {catalogue.version} best: pip install pytorchcv=={catalogue.version}"
        raise ArgumentError("name", message, "CL210", help) from None
    return network and replace(network, weights=published_weights().get(name))


def _unknown(name: str) -> ArgumentError:
    catalogue = pytorchcv_catalogue()
    same = installed_version() in (None, catalogue.version)
    if name in catalogue.others or (not same and name in module_of_names()):
        made_for = catalogue.others.get(name, "something else")
        help = nearest_networks(name, catalogue.names) or 'such as "resnet20_cifar10"'
        return ArgumentError("name", f'"{name}" of pytorchcv is for {made_for}; it classifies no images', "CL112", help)
    names = catalogue.names if same else tuple(module_of_names())
    if not same and not names:
        message = f"the files of pytorchcv {installed_version()} are laid out in a way that clspec does not know"
        raise ArgumentError("name", message, "CL210", f"pip install pytorchcv=={catalogue.version}")
    if not same and name in catalogue.names:
        message = f'pytorchcv {installed_version()} has no "{name}"'
        return ArgumentError("name", message, "CL112", f"pip install pytorchcv=={catalogue.version}")
    help = nearest_networks(name, names) or '`clspec backbones` lists them, such as "resnet20_cifar10"'
    return ArgumentError("name", f'unknown backbone "{name}"', "CL112", help)


def _fits(network: Network, height: int, width: int) -> bool:
    return all(side >= (network.least or 0) and side % network.step == 0 for side in (height, width))


def _sizes(network: Network, height: int, width: int) -> str:
    """Which images a network takes."""
    if network.least is None:
        return f"its own size is {network.size[0]}×{network.size[1]}"
    least = f"the least image it can take is {network.least}×{network.least}"
    return least if network.step == 1 else f"{least}, with sides that are multiples of {network.step}"
