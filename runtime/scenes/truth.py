"""Ground truth: the box of every vehicle that a picture shows, as COCO counts it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from .camera import SHIFT, Camera, Fixed, Image
from .painter import Pose, outlines, window
from .solids import Solid

Category = Literal["truck", "car", "van", "bus", "motorcycle"]
CATEGORIES: tuple[Category, ...] = ("truck", "car", "van", "bus", "motorcycle")
"""COCO category ids count from 1 in this order."""

TRUCK_SHARE = 0.02
"""A truck counts when its visible box covers this part of the picture."""
_LEAST_PIXELS = 6
_REACH_M = 45.0
"""How far the longest truck, its beams and its shadow reach."""


@dataclass(frozen=True, slots=True)
class VehicleBox:
    """One vehicle as the picture shows it."""

    category: Category
    xywh: tuple[int, int, int, int]
    """Left, top, width, height of what is visible, pixels, inside the frame."""
    share: float
    """Part of the picture that the box covers, in [0, 1]."""
    visible: float
    """Part of the vehicle's own pixels inside the frame that nothing nearer hides, in [0, 1]."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A vehicle at its place."""

    category: Category
    solid: Solid
    pose: Pose


def far_first(cast: Sequence[Actor], camera: Camera) -> list[Actor]:
    """The order of painting, without what is too far behind camera or crest to leave a trace."""
    depths = [(camera.depth_m(actor.pose.x_m, actor.pose.z_m), actor) for actor in cast]
    near = [pair for pair in depths if -_REACH_M < pair[0] < camera.crest_m + _REACH_M]
    return [actor for _, actor in sorted(near, key=lambda pair: -pair[0])]


def visible_boxes(cast: Sequence[Actor], camera: Camera) -> tuple[VehicleBox, ...]:
    """Boxes of the vehicles that show, the nearest first."""
    width, height = camera.size_wh
    taken = np.zeros((height, width), np.uint8)
    boxes: list[VehicleBox] = []
    for actor in reversed(far_first(cast, camera)):
        hulls = outlines(actor.solid, actor.pose, camera)
        left, top, own = _silhouette(hulls, window(camera, actor.pose, taken))
        total = cv2.countNonZero(own)
        if total < _LEAST_PIXELS:
            continue
        nearer = taken[top : top + own.shape[0], left : left + own.shape[1]]
        shown = cv2.subtract(own, nearer)
        nearer |= own
        count = cv2.countNonZero(shown)
        if count >= _LEAST_PIXELS:
            x, y, w, h = (int(v) for v in cv2.boundingRect(shown))
            share = w * h / (width * height)
            box = VehicleBox(actor.category, (x + left, y + top, w, h), share, count / total)
            boxes.append(box)
    return tuple(boxes)


def max_truck_share(boxes: Sequence[VehicleBox]) -> float:
    """Share of the largest truck, 0 without one."""
    return max((box.share for box in boxes if box.category == "truck"), default=0.0)


def _silhouette(hulls: Sequence[Fixed], frame: Image) -> tuple[int, int, Image]:
    """Left, top and mask (255 inside) of the part of the hulls that lies in a frame."""
    if not hulls or not frame.size:
        return 0, 0, np.zeros((0, 0), np.uint8)
    corners = np.concatenate([hull.reshape(-1, 2) for hull in hulls]) >> SHIFT
    height, width = frame.shape[:2]
    left, top = (int(v) for v in np.clip(corners.min(axis=0) - 1, 0, (width, height)))
    right, bottom = (int(v) for v in np.clip(corners.max(axis=0) + 2, 0, (width, height)))
    own = np.zeros((bottom - top, right - left), np.uint8)
    if own.size:
        origin = np.array([left << SHIFT, top << SHIFT], np.int32)
        for hull in hulls:
            cv2.fillConvexPoly(own, hull - origin, 255, cv2.LINE_8, SHIFT)
    return left, top, own
