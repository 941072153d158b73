"""Does it look at what it was asked about? Grad-CAM against boxes, as figures.

mass       share of a map's sum that lies in the boxes; a map that knows nothing scores the boxes'
           share of the picture
pointing   how often a map's largest value lies in a box (the pointing game; Zhang et al. 2016,
           arXiv:1608.00507; without its margin of 15 pixels, so that chance is the boxes' share of
           the picture). Boxes are often in the middle, so pointing at the middle of every picture
           is given beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ...runtime.contract import model_input
from ...runtime.errors import DataError, PictureError
from ...runtime.picture import read_picture
from ..evaluation.bootstrap import CONFIDENCE, REPLICATES, of_means
from ..taps import Passed
from ..threads import parallel
from .coco import Boxed
from .geometry import on_picture
from .gradcam import BATCH, Method, grad_cam
from .subject import Subject


@dataclass(frozen=True, slots=True)
class Look:
    """Where the map of one picture lies."""

    boxed: Boxed
    score: float
    mass: float | None
    """Share of the map in the boxes; None where the map is zero everywhere."""
    pointed: bool
    """Whether its largest value lies in a box; False where the map is zero everywhere."""
    centre: bool
    """Whether the middle of the picture does."""
    area: float
    """Boxes' share of the picture."""


@dataclass(frozen=True, slots=True)
class Share:
    """A mean over pictures and its bootstrap interval."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Looks:
    """Over all pictures that hold a box."""

    n: int
    unreadable: int
    without_map: int
    """Pictures in which nothing speaks for the label: not in `mass`, missed in `pointing`."""
    mass: Share
    area: Share
    """Boxes' share of the pictures in `mass`: what a map that knows nothing would score there."""
    mass_over_area: Share
    """Mean of the difference, picture by picture."""
    called: int
    """Of the pictures in `mass`: those whose score reaches the threshold."""
    mass_called: Share | None
    """`mass` of these; None where there are none."""
    area_called: Share | None
    """`area` of these."""
    pointing: Share
    pointing_by_chance: Share
    """Boxes' share of all pictures."""
    pointing_at_centre: Share
    pointing_over_centre: Share
    """Mean of the difference, picture by picture."""
    confidence: float = CONFIDENCE
    replicates: int = REPLICATES

    def as_json(self) -> dict[str, Any]:
        """Plain numbers."""
        return asdict(self)

    @property
    def sentence(self) -> str:
        """What it comes to, in words."""
        low = self.mass_over_area.low
        verdict = (
            "it looks there more than chance would"
            if low is not None and low > 0
            else "not shown to look there more than chance would"
        )
        nothing = (
            f" (without the {self.without_map} in which nothing speaks for the label)"
            if self.without_map
            else ""
        )
        centre, chance = self.pointing_at_centre.value, self.pointing_by_chance.value
        return (
            f"in {self.n} pictures with boxes{nothing} {_words(self.mass)} of the evidence lies in"
            f" them, which are {self.area.value:.0%} of the picture: {verdict}; its strongest point"
            f" is in a box in {_words(self.pointing)} of the pictures (the middle of the picture:"
            f" {centre:.0%}, by chance {chance:.0%}){self._of_called}"
        )

    @property
    def _of_called(self) -> str:
        if self.mass_called is None or self.area_called is None:
            return ""
        return (
            f"; in the {self.called} that it answers so, {_words(self.mass_called)} in boxes that"
            f" are {self.area_called.value:.0%} of the picture"
        )


def look(
    subject: Subject, pictures: Sequence[Boxed], layer: Passed, method: Method = "grad-cam"
) -> tuple[list[Look], int]:
    """Compare the maps of pictures with their boxes, `BATCH` pictures in memory at a time.

    Returns:
        one for each readable picture, and how many are not readable.
    """
    found: list[Look] = []
    for start in range(0, len(pictures), BATCH):
        part = pictures[start : start + BATCH]
        read = [
            (one, frame)
            for one, frame in zip(part, parallel(_frame, part), strict=True)
            if frame is not None
        ]
        if not read:
            continue
        pixels = np.concatenate([model_input(frame, subject.contract) for _, frame in read])
        maps = grad_cam(subject.model, pixels, subject.shown, layer, method)
        for (boxed, frame), heat, scores in zip(read, maps.heat, maps.scores, strict=True):
            size_wh = (frame.shape[1], frame.shape[0])
            placed = on_picture(heat, subject.contract, size_wh)
            found.append(judge(boxed, placed, float(scores[subject.shown])))
    return found, len(pictures) - len(found)


def judge(boxed: Boxed, heat: npt.NDArray[np.float32], score: float) -> Look:
    """Compare one map, (height, width) over the picture, with its boxes."""
    height, width = heat.shape
    inside = boxed.mask(width, height)
    total = float(heat.sum(dtype=np.float64))
    top = np.unravel_index(int(heat.argmax()), heat.shape)
    return Look(
        boxed=boxed,
        score=score,
        mass=float(heat[inside].sum(dtype=np.float64)) / total if total > 0 else None,
        pointed=total > 0 and bool(inside[top]),
        centre=bool(inside[height // 2, width // 2]),
        area=float(inside.mean()),
    )


def summed_up(found: Sequence[Look], threshold: float, unreadable: int = 0, seed: int = 0) -> Looks:
    """The figures over pictures; scenes are drawn again whole.

    Args:
        found: one for each picture.
        threshold: score from which on the label is the answer.
        unreadable: pictures that are not among them.
        seed: of the bootstrap.

    Raises:
        DataError: no picture could be read, or no map has anything in it.
    """
    if not found:
        raise DataError(f"not one of {unreadable} pictures with boxes could be read")
    with_map = [one for one in found if one.mass is not None]
    if not with_map:
        raise DataError(f"the map of every one of {len(found)} pictures is zero everywhere")
    mass = np.array([one.mass for one in with_map], np.float64)
    area = np.array([one.area for one in with_map])
    groups = [one.boxed.group for one in with_map]
    every = [one.boxed.group for one in found]
    pointed = np.array([one.pointed for one in found], np.float64)
    centre = np.array([one.centre for one in found], np.float64)

    called = np.array([one.score >= threshold for one in with_map])
    groups_called = [group for group, is_called in zip(groups, called, strict=True) if is_called]

    def share(values: npt.NDArray[np.float64], of: list[str]) -> Share:
        return Share(float(values.mean()), *(of_means(values, of, seed) or (None, None)))

    return Looks(
        n=len(found),
        unreadable=unreadable,
        without_map=len(found) - len(with_map),
        mass=share(mass, groups),
        area=share(area, groups),
        mass_over_area=share(mass - area, groups),
        called=len(groups_called),
        mass_called=share(mass[called], groups_called) if groups_called else None,
        area_called=share(area[called], groups_called) if groups_called else None,
        pointing=share(pointed, every),
        pointing_by_chance=share(np.array([one.area for one in found]), every),
        pointing_at_centre=share(centre, every),
        pointing_over_centre=share(pointed - centre, every),
    )


def _frame(boxed: Boxed) -> npt.NDArray[np.uint8] | None:
    try:
        return read_picture(boxed.path)
    except PictureError:
        return None


def _words(share: Share) -> str:
    if share.low is None or share.high is None:
        return f"{share.value:.0%}"
    return f"{share.value:.0%} (95 %: {share.low:.0%} to {share.high:.0%})"
