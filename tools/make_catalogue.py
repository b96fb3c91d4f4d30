"""Writes `clspec/catalogue/pytorchcv.json`: what clspec knows of pytorchcv's networks without importing torch.

Run by `make catalogue`. Every network is built on the meta device for several numbers of input channels, because
parameters are linear in them, and run at many sizes of images. `--check` compares instead of writing.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from dataclasses import replace
from pathlib import Path

import torch
from progress import progress

from clspec.catalogue import Catalogue, Network, line_of, pytorchcv_catalogue
from clspec.catalogue.library import installed_version, module_of_names, published_weights
from clspec.probe import ProbeError, Survey, describe

TARGET = Path(__file__).parent.parent / "clspec" / "catalogue" / "pytorchcv.json"
OTHER_KINDS = {
    "segmentation": "bisenet cgnet contextnet dabnet danet deeplabv3 edanet enet erfnet esnet espcnet fastscnn fcn8sd "
    "fpenet icnet lednet linknet pspnet segnet sinet sqnet unet",
    "human pose estimation": "alphapose_coco ibppose_coco lwopenpose_cmupan simplepose_coco simpleposemobile_coco",
    "speech recognition": "jasper jasperdr quartznet",
    "object detection": "centernet lffd",
    "keypoint detection": "superpointnet",
    "optical flow": "raft raft_stream",
    "video inpainting": "propainter propainter_ip propainter_ip_stream propainter_rfc propainter_rfc_stream "
    "propainter_stream",
    "face reconstruction": "pfpcnet prnet",
    "speech-driven animation": "visemenet voca nvpattexp",
    "fine-grained classification with several outputs": "ntsnet_cub",
}  # fmt: skip
"""What the networks are made for that classify no images, by the module that holds them."""


def network_of(name: str, module: str, survey: Survey) -> Network | None:
    """What is known of a network; None for what is no plain classifier of images."""
    try:
        make = getattr(importlib.import_module(f"pytorchcv.models.{module}"), name)
        found = describe(module, lambda channels: make(in_channels=channels), survey=survey)
    except (ProbeError, ImportError, RuntimeError) as error:  # one needs torchvision, some need librosa
        if module not in " ".join(OTHER_KINDS.values()).split():
            raise SystemExit(f"{name} cannot be described: {error}") from error
        return None
    return found and replace(found, weights=published_weights().get(name))


def kind_of(module: str) -> str:
    """What a network that classifies no images is made for."""
    return next(kind for kind, modules in OTHER_KINDS.items() if module in modules.split())


def make(names: dict[str, str]) -> Catalogue:
    """The catalogue of these names of the installed library."""
    lines: dict[str, str] = {}
    others: dict[str, str] = {}
    survey = Survey()
    for done, (name, module) in enumerate(sorted(names.items()), 1):
        found = network_of(name, module, survey)
        if found is None:
            others[name] = kind_of(module)
        else:
            lines[name] = line_of(found)
        progress(done, len(names), name)
    return Catalogue(installed_version() or "", others, lines)


def differences(made: Catalogue, known: Catalogue) -> list[str]:
    """The names of which the two do not say the same."""
    names = {*made.lines, *made.others, *known.lines, *known.others}
    return sorted(
        name
        for name in names
        if made.lines.get(name) != known.lines.get(name) or made.others.get(name) != known.others.get(name)
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare with the catalogue as it is, write nothing")
    wanted = parser.parse_args()
    torch.set_num_threads(1)
    made = make(dict(module_of_names()))
    if not wanted.check:
        TARGET.write_text(made.text(), "utf-8")
        return
    found = differences(made, pytorchcv_catalogue())
    if found:
        sys.exit(f"the catalogue is wrong about {len(found)}: {', '.join(found)}; run `make catalogue`")
    print(f"the catalogue is right about {len(made.lines)} networks and {len(made.others)} others")


if __name__ == "__main__":
    main()
