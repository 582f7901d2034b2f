"""The colours of experiments can be told apart, from each other and from the page, without full colour vision too."""

import re
from itertools import combinations

import numpy as np
import pytest

from gradus.reporting.page.render import HERE
from gradus.reporting.plots.marks import COLOURS

# Machado, Oliveira and Fernandes, "A physiologically-based model for simulation of color vision deficiency", IEEE
# TVCG 15(6), 2009: linear RGB, full strength.
VISION = {
    "full": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}


def _themes() -> dict[str, dict[str, str]]:
    css = (HERE / "colours.css").read_text(encoding="utf-8")
    light, dark = re.findall(r":root \{(.*?)\}", css, re.DOTALL)[:2]
    return {
        name: dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", text)) for name, text in (("light", light), ("dark", dark))
    }


def _linear(colour: str) -> np.ndarray:
    rgb_3 = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(rgb_3 <= 0.04045, rgb_3 / 12.92, ((rgb_3 + 0.055) / 1.055) ** 2.4)


def _oklab(rgb_3: np.ndarray) -> np.ndarray:
    """OKLab (Ottosson 2020): distances between colours are about as large as they look."""
    lms_3 = np.array(
        [
            *[[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566]],
            *[[0.0883024619, 0.2817188376, 0.6299787005]],
        ]
    ) @ np.clip(rgb_3, 0, 1)
    return np.array(
        [
            *[[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099]],
            *[[0.0259040371, 0.7827717662, -0.8086757660]],
        ]
    ) @ np.cbrt(lms_3)


def _contrast(first: str, second: str) -> float:
    """The contrast ratio of WCAG 2."""
    low, high = sorted(float(_linear(colour) @ [0.2126, 0.7152, 0.0722]) for colour in (first, second))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("vision", VISION)
def test_any_two_colours_look_different(theme: str, vision: str) -> None:
    colours = _themes()[theme]
    seen = {f"k{i}": _oklab(VISION[vision] @ _linear(colours[f"k{i}"])) for i in range(COLOURS)}
    near = {
        f"{a} {b}": round(float(np.linalg.norm(seen[a] - seen[b])), 3)
        for a, b in combinations(seen, 2)
        if np.linalg.norm(seen[a] - seen[b]) < 0.045
    }
    assert not near


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_colours_and_text_stand_out_from_the_page(theme: str) -> None:
    colours = _themes()[theme]
    for i in range(COLOURS):
        assert _contrast(colours[f"k{i}"], colours["paper"]) >= 2.8, f"k{i}"
    for name in ("ink", "soft", "link"):
        assert _contrast(colours[name], colours["paper"]) >= 4.5, name
