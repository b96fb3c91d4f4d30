# pyright: standard
"""What there is to know of a classification network: which layer its classifier is, which sizes of images it takes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib import import_module

from clspec.catalogue import Network
from clspec.probe.building import Body, Make, dropped, or_none, quick
from clspec.probe.classifier import find_classifier, last_pool, without
from clspec.probe.errors import ProbeError
from clspec.probe.holdings import Counts, stages_of
from clspec.probe.image_sizes import Survey, fixed_pool
from clspec.probe.inside import buffer_bytes
from clspec.probe.meta import undisturbed


@lru_cache(maxsize=64)
def describe_library(package: str, module: str, name: str) -> Network | None:
    """A network that no catalogue knows, from the function `name` of a module; None for what classifies no images.

    The sizes that it takes besides its own are not looked for. Raises ProbeError.
    """
    try:
        make = getattr(import_module(f"{package}.{module}"), name)
    except (ImportError, AttributeError) as error:
        raise ProbeError("import", f"{type(error).__name__}: {error}") from error
    return describe(module, lambda channels: make(in_channels=channels))


def describe(
    module: str,
    make: Make,
    size: tuple[int, int] | None = None,
    num_classes: int | None = None,
    channels: Sequence[int] = (3, 1, 4),
    survey: Survey | None = None,
) -> Network | None:
    """A classification network as the catalogue holds it; None for what gives no scores for `num_classes` classes.

    `size` and `num_classes` default to what the network says of itself, `channels` are tried in order to see how its
    parameters depend on them. A `survey` finds out which other sizes it takes. Raises ProbeError.
    """
    with undisturbed():
        net = quick(make, channels[0])
        size, num_classes = size or getattr(net, "in_size", None), num_classes or getattr(net, "num_classes", None)
        if size is None or num_classes is None:
            return None
        classifier = find_classifier(net, (channels[0], *size), num_classes)
        if classifier is None:
            return None
        others = {count: other for count in channels[1:] if (other := or_none(make, count, size)) is not None}
        drop, width, ran, shapes = without(net, classifier, channels[0], size)
        body, last = Body(make, drop, channels[0], (size[0], size[1]), width), last_pool(net, ran, shapes)
        pool = fixed_pool(body, last) if survey is None else survey.fixed_pool(net, body, last)
        least, step = (None, 1) if survey is None else survey.sides_taken(net, body, pool)
        counts = Counts(net, {channels[0]: net, **{count: dropped(each, drop) for count, each in others.items()}})
        parameters, per_channel = counts.of("")
        return Network(
            module=module,
            channels=None if others else channels[0],
            size=body.size,
            least=least,
            step=step,
            width=width,
            parameters=parameters,
            per_channel=per_channel,
            buffer_bytes=buffer_bytes(net),
            drop=drop,
            pool=pool and pool[0],
            pool_size=pool[1] if pool else 1,
            weights=None,
            stages=tuple(stages_of(net, counts, shapes)),
        )
