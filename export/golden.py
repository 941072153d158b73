"""A few rendered pictures that travel with a bundle, with what each variant said of them.

Half of them are so large that the contract's resampling has something to leave out, half are
smaller; half show a truck. From a larger seeded lot those are taken on which every variant decides
clearly and steadily, so that another processor's rounding cannot turn a verdict, and on which the
source's score moves most when red and blue are exchanged or the picture is resampled in another
way, so that such a fault shows in the scores as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import get_args

import cv2
import numpy as np
import numpy.typing as npt

from ..runtime.bundle import Calibration
from ..runtime.contract import InputContract, Resampling, model_input
from ..runtime.picture import decode_picture
from ..runtime.scenes import render_picture

SEED = 20_260
COUNT = 6
CANDIDATES = 36
SMALL_WH = (320, 180)
LARGEST_WH = (1280, 960)
QUALITY = 80
"""Of the JPEG."""
CLEAR = 1.5
"""A verdict counts as clear when the score lies this many tolerances from where it would turn."""
STEADY = 0.5
"""A score counts as steady when other kernels move it by no more than so many tolerances."""


@dataclass(frozen=True, slots=True)
class GoldenPicture:
    """One encoded picture as it lies in `golden/`."""

    file: str
    """Path inside the bundle."""
    data: bytes
    """The JPEG."""

    def pixels(self, contract: InputContract) -> npt.NDArray[np.uint8]:
        """(height, width, 3) RGB: decoded and brought to the model's input, as on the board."""
        pixels: npt.NDArray[np.uint8] = model_input(decode_picture(self.data), contract)[0]
        return pixels


def candidates(contract: InputContract) -> list[GoldenPicture]:
    """The same rendered pictures for every bundle of a contract."""
    return list(_candidates(_large(contract)))


def faulty_inputs(
    pictures: Sequence[GoldenPicture], contract: InputContract
) -> list[npt.NDArray[np.uint8]]:
    """What the model would see with red and blue exchanged, and with each other resampling.

    Returns:
        for every fault (n, height, width, 3).
    """
    others = [
        replace(contract, resampling=name)
        for name in get_args(Resampling)
        if name != contract.resampling
    ]
    swapped = np.stack([picture.pixels(contract)[..., ::-1] for picture in pictures])
    return [swapped, *(np.stack([one.pixels(other) for one in pictures]) for other in others)]


def margins(
    scores: npt.NDArray[np.floating],
    turning_points: Sequence[float],
    calibration: Calibration,
    tolerance: float,
    unsteadiness: npt.NDArray[np.floating],
) -> npt.NDArray[np.float64]:
    """How far scores lie from where the verdict turns, in tolerances; below 0 when unsteady.

    Args:
        scores: (n,) of the positive label, not calibrated.
        turning_points: calibrated probabilities at which the verdict changes: the threshold, or
            the two ends of the abstain band, between which the margin counts below 0.
        calibration: of the variant.
        tolerance: of the variant's golden scores.
        unsteadiness: (n,) how far other kernels move the scores.
    """
    edges = [calibration.score_at(point) for point in turning_points]
    distance = np.min([np.abs(scores - edge) for edge in edges], axis=0)
    between = (scores >= min(edges)) & (scores < max(edges))
    margin = np.where(between, -distance, distance) / tolerance
    moved = unsteadiness / tolerance
    signed: npt.NDArray[np.float64] = np.where(moved > STEADY, np.minimum(margin, -moved), margin)
    return signed


def choose(
    right: npt.NDArray[np.bool_],
    margin: npt.NDArray[np.floating],
    sensitivity: npt.NDArray[np.floating],
) -> list[int]:
    """Indices of the pictures to take: with and without a truck, large and small, alternating.

    Args:
        right: (n,) whether the source decides as the scene was rendered; preferred, so that both
            verdicts are among them.
        margin: (n,) the smallest over the variants, see `margins`.
        sensitivity: (n,) how far faults move the source's score.

    Returns:
        `COUNT` indices, ascending; where too few pictures are decided clearly, the clearest.
    """
    chosen: list[int] = []
    for place in range(COUNT):
        kind = range(place % 4, len(right), 4)  # as `_encode` alternates
        left = [index for index in kind if index not in chosen]
        left = [index for index in left if right[index]] or left
        clear = [index for index in left if margin[index] > CLEAR]
        best = max(clear, key=sensitivity.item) if clear else max(left, key=margin.item)
        chosen.append(best)
    return sorted(chosen)


@lru_cache(maxsize=1)
def _candidates(large_wh: tuple[int, int]) -> tuple[GoldenPicture, ...]:
    """Kept, as the next export of a process mostly asks for the same."""
    return tuple(_encode(index, large_wh) for index in range(CANDIDATES))


def _encode(index: int, large_wh: tuple[int, int]) -> GoldenPicture:
    """Even: with a truck. Of every four the first two are large."""
    size_wh = large_wh if index % 4 < 2 else SMALL_WH
    picture = render_picture(SEED, index, size_wh, truck=index % 2 == 0)
    _, jpeg = cv2.imencode(".jpg", picture.image_bgr, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return GoldenPicture(f"golden/scene-{index}.jpg", jpeg.tobytes())


def _large(contract: InputContract) -> tuple[int, int]:
    """Over twice the input each way, so that halving does something."""
    wanted = (2 * contract.width + 112, 2 * contract.height + 12)
    width, height = (
        min(most, max(least, side))
        for side, least, most in zip(wanted, SMALL_WH, LARGEST_WH, strict=True)
    )
    return width, height
