"""The part of the picture that is decided on: a box, or a polygon, outside of which is paint.

A region makes another picture than the camera took. A variant's certificate and threshold were
measured on whole pictures; its accuracy on a region was not measured. A region that shows the road
larger may be better, one that cuts trucks off will be worse: try it on pictures of the place.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from .contract import check_frame
from .errors import FrameError, UsageError

Pixels = npt.NDArray[np.uint8]
Point = tuple[float, float]
Points = tuple[Point, ...]

LEAST_SIDE_PX = 32
"""Of a region in a frame."""
LEAST_AREA = 0.01
"""Share of the frame."""
_MOST_POINTS = 64
_EXAMPLE = "as in '0.1,0.2 0.9,0.2 0.9,1 0.1,1', or two opposite corners of a box"
_GRID = 32
"""Cells along the longer side of what the outside is painted from."""
_SAMPLES = 4
"""Pixels along each axis of a cell that its colour is the mean of."""
_BLUR_CELLS = 1.0
_BANDS = 4
"""Rows that are interpolated for each row of cells; they are repeated, which is quicker."""
_SHIFT = 8
"""Binary places of a polygon's corners in pixels."""


@dataclass(frozen=True, slots=True)
class Region:
    """A simple polygon in fractions of the frame; `parse` checks it."""

    points: Points
    """(x, y) in [0, 1] from the upper left corner, three or more, in order around it."""

    @classmethod
    def parse(cls, text: str) -> Region:
        """The region that a text declares: points as `x,y` with spaces between them.

        Args:
            text: two points are opposite corners of a box, three or more a polygon.

        Raises:
            UsageError: not that, a point outside the frame, edges that cross or touch, or an area
                of less than `LEAST_AREA`.
        """
        points = tuple(_point(word, text) for word in text.split())
        if not 2 <= len(points) <= _MOST_POINTS:
            raise UsageError(
                f"region {text!r}: expected 2 to {_MOST_POINTS} points {_EXAMPLE},"
                f" not {len(points)}"
            )
        if len(points) == 2:
            (left, top), (right, bottom) = points
            points = ((left, top), (right, top), (right, bottom), (left, bottom))
        area = _area(points)
        if area < LEAST_AREA - 1e-9:
            raise UsageError(
                f"region {text!r}: expected at least {LEAST_AREA:.0%} of the frame, not {area:.2%}"
            )
        crossing = _crossing(points)
        if crossing:
            raise UsageError(f"region {text!r}: edges must not cross or touch; {crossing} do")
        return cls(points)

    def apply(self, frame_bgr: Pixels) -> Pixels:
        """What the region shows of a frame: its bounding box, what is outside painted over.

        The outside continues the colours along the edge, coarsely and blurred, and depends on the
        inside only; decision note 0005 says why.

        Args:
            frame_bgr: (height, width, 3), left as it is.

        Returns:
            Of a box a read-only view, of other polygons an array that the caller owns.

        Raises:
            FrameError: not a colour picture, or the region is less than `LEAST_SIDE_PX` wide or
                high in it.
        """
        check_frame(frame_bgr)
        height, width = frame_bgr.shape[:2]
        plan = _plan(self.points, width, height)
        left, top, right, bottom = plan.box
        if min(right - left, bottom - top) < LEAST_SIDE_PX:
            raise FrameError(
                f"the region is {right - left}x{bottom - top} pixels of a {width}x{height} frame;"
                f" expected {LEAST_SIDE_PX} or more each way: take a larger region or picture"
            )
        crop = frame_bgr[top:bottom, left:right]
        if plan.paint is None:
            crop.flags.writeable = False
            return crop
        return plan.paint.over(crop)

    def points_px(self, width: int, height: int) -> npt.NDArray[np.int32]:
        """The corners for drawing, (n, 2) as x, y, inside a picture of this size."""
        scaled = np.rint(np.array(self.points) * (width, height))
        return np.clip(scaled, 0, (width - 1, height - 1)).astype(np.int32)


@dataclass(frozen=True, slots=True)
class _Paint:
    """How what is outside is painted over in crops of one size."""

    inside: Pixels
    """(height, width), 255 where the crop shows."""
    sampled: Pixels
    """`inside`, sampled evenly: `_SAMPLES` by `_SAMPLES` for each cell of the grid."""
    weights: npt.NDArray[np.float32]
    """(rows, columns, 1) of the grid: what makes a sum over a cell a mean of its inside."""
    nearest: npt.NDArray[np.intp]
    """(rows, columns) of the grid: the flat number of the nearest cell that is mostly inside."""
    band_of: npt.NDArray[np.intp]
    """(height,): which of the painted bands a row of the crop repeats."""

    def over(self, crop_bgr: Pixels) -> Pixels:
        rows, columns = self.nearest.shape
        samples = _sample(crop_bgr, rows, columns)
        shown = cv2.bitwise_and(samples, samples, mask=self.sampled)
        sums = cv2.resize(shown, (columns, rows), interpolation=cv2.INTER_AREA)
        means = np.minimum(sums * self.weights, 255).reshape(-1, 3)
        spread = cv2.GaussianBlur(means[self.nearest], (0, 0), _BLUR_CELLS).astype(np.uint8)
        size_wh = (self.inside.shape[1], rows * _BANDS)
        bands = cv2.resize(spread, size_wh, interpolation=cv2.INTER_LINEAR)
        painted = np.take(bands, self.band_of, axis=0)
        return cv2.copyTo(crop_bgr, self.inside, painted)  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class _Plan:
    """A region in frames of one size."""

    box: tuple[int, int, int, int]
    """Left, top, right, bottom; pixels, the last two exclusive."""
    paint: _Paint | None
    """None where the region fills its box."""


@functools.lru_cache(maxsize=4)
def _plan(points: Points, width: int, height: int) -> _Plan:
    corners = np.array(points) * (width, height)
    left, top = np.rint(corners.min(axis=0)).astype(int).tolist()
    right, bottom = np.rint(corners.max(axis=0)).astype(int).tolist()
    box = (left, top, right, bottom)
    if min(right - left, bottom - top) < LEAST_SIDE_PX:
        return _Plan(box, None)
    inside = np.zeros((bottom - top, right - left), np.uint8)
    # A pixel's centre lies half a pixel from its corner, where the fractions count from.
    placed = np.rint((corners - (left + 0.5, top + 0.5)) * 2**_SHIFT).astype(np.int32)
    cv2.fillPoly(inside, [placed], 255, shift=_SHIFT)
    return _Plan(box, None if inside.all() else _paint(inside))


def _paint(inside: Pixels) -> _Paint:
    height, width = inside.shape
    scale = _GRID / max(width, height)
    columns, rows = max(2, round(width * scale)), max(2, round(height * scale))
    sampled = _sample(inside, rows, columns)
    share = cv2.resize(
        (sampled / 255).astype(np.float32), (columns, rows), interpolation=cv2.INTER_AREA
    )
    known = share >= min(0.5, float(share.max()))
    # Every known cell is a zero with a label of its own; each cell gets that of the nearest.
    _, labels = cv2.distanceTransformWithLabels(
        np.where(known, 0, 255).astype(np.uint8),
        cv2.DIST_L2,
        cv2.DIST_MASK_5,
        labelType=cv2.DIST_LABEL_PIXEL,
    )
    cell_of = np.zeros(int(labels.max()) + 1, np.intp)
    cell_of[labels[known]] = np.flatnonzero(known)
    weights = (1 / np.maximum(share, 1e-3))[..., np.newaxis]
    band_of = np.arange(height) * (rows * _BANDS) // height
    return _Paint(inside, sampled, weights.astype(np.float32), cell_of[labels], band_of)


def _sample(picture: Pixels, rows: int, columns: int) -> Pixels:
    size_wh = (columns * _SAMPLES, rows * _SAMPLES)
    return cv2.resize(picture, size_wh, interpolation=cv2.INTER_NEAREST)  # type: ignore[return-value]


def _point(word: str, text: str) -> Point:
    try:
        x, y = (float(part) for part in word.split(","))
    except ValueError:
        raise UsageError(f"region {text!r}: {word!r} is no point x,y; {_EXAMPLE}") from None
    if not (0 <= x <= 1 and 0 <= y <= 1):
        raise UsageError(
            f"region {text!r}: {word!r} lies outside the frame; expected fractions from 0 to 1"
        )
    return x, y


def _area(points: Points) -> float:
    """Of a polygon, in its own units, by the shoelace formula."""
    pairs = zip(points, points[1:] + points[:1], strict=True)
    return abs(math.fsum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairs)) / 2


def _crossing(points: Points) -> str | None:
    """The first two edges that have more in common than the corner between neighbours."""
    edges = list(zip(points, points[1:] + points[:1], strict=True))
    for i, (a, b) in enumerate(edges):
        # Not the edge after it, whose first corner is its own: were that to fold back, the
        # next one or the one before would touch.
        for c, d in edges[i + 2 : len(edges) - (i == 0)]:
            if _meet(a, b, c, d):
                return f"{_edge(a, b)} and {_edge(c, d)}"
    return None


def _turn(a: Point, b: Point, c: Point) -> int:
    """1 where c lies on one side of the line from a to b, -1 on the other, 0 on it."""
    cross = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    return 0 if abs(cross) < 1e-12 else (1 if cross > 0 else -1)


def _meet(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Whether two segments have a point in common."""
    if _turn(a, b, c) != _turn(a, b, d) and _turn(c, d, a) != _turn(c, d, b):
        return True
    return any(
        _turn(p, q, r) == 0
        and min(p[0], q[0]) <= r[0] <= max(p[0], q[0])
        and min(p[1], q[1]) <= r[1] <= max(p[1], q[1])
        for p, q, r in ((a, b, c), (a, b, d), (c, d, a), (c, d, b))
    )


def _edge(a: Point, b: Point) -> str:
    return f"{a[0]:g},{a[1]:g} to {b[0]:g},{b[1]:g}"
