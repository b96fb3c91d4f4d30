"""How colours look to other eyes, and in print.

The matrices are those of Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of Color Vision
Deficiency", IEEE Transactions on Visualization and Computer Graphics 15(6), 2009, at severity 1.0; they act on linear
RGB. Grey is the relative luminance of Rec. 709.
"""

from __future__ import annotations

from itertools import chain

import numpy as np
from numpy.typing import NDArray

Colours = NDArray[np.float64]
"""sRGB in the last axis, 0 to 1."""

MATRICES = {
    "normal": np.eye(3),
    "protanopia": np.array([
        [0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]
    ]),
    "deuteranopia": np.array([
        [0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]
    ]),
    "tritanopia": np.array([
        [1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]
    ]),
    "greyscale": np.array([[0.2126, 0.7152, 0.0722]] * 3),
}  # fmt: skip


def seen(colours: Colours, vision: str) -> Colours:
    """The colours as a reader with this vision sees them."""
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    mixed = np.clip(linear @ MATRICES[vision].T, 0, 1)
    return np.where(mixed <= 0.0031308, 12.92 * mixed, 1.055 * mixed ** (1 / 2.4) - 0.055)


def from_hex(colour: str) -> Colours:
    """`#A84300` as sRGB."""
    return np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])


def luminance(colour: Colours) -> float:
    """Relative luminance, 0 to 1."""
    linear = np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)
    return float(linear @ MATRICES["greyscale"][0])


def contrast(one: Colours, other: Colours) -> float:
    """The contrast ratio of WCAG 2, 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def distance(one: Colours, other: Colours) -> float:
    """CIE 1976 colour difference: below 2.3 nobody tells two colours apart, above 10 everybody at a glance."""
    return float(np.linalg.norm(_lab(one) - _lab(other)))


def _lab(colour: Colours) -> Colours:
    linear = np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    x, y, z = (to_xyz @ linear) / np.array([0.9505, 1.0, 1.089])
    fx, fy, fz = (each ** (1 / 3) if each > 216 / 24389 else (24389 / 27 * each + 16) / 116 for each in (x, y, z))
    return np.array(list(chain([116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)])))
