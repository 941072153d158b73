"""Ground truth: the box of every vehicle that a picture shows, as COCO counts it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from .camera import SHIFT, Camera
from .painter import Pose, outlines, window
from .solids import Solid

Category = Literal["truck", "car", "van", "bus", "motorcycle"]
CATEGORIES: tuple[Category, ...] = ("truck", "car", "van", "bus", "motorcycle")
"""COCO category ids count from 1 in this order."""

TRUCK_SHARE = 0.02
"""A truck counts when its visible box covers this part of the picture."""
_LEAST_PIXELS = 6


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
    """The order of painting."""
    return sorted(cast, key=lambda actor: -camera.depth_m(actor.pose.x_m, actor.pose.z_m))


def visible_boxes(cast: Sequence[Actor], camera: Camera) -> tuple[VehicleBox, ...]:
    """Boxes of the vehicles that show, the nearest first."""
    width, height = camera.size_wh
    taken = np.zeros((height, width), np.uint8)
    boxes: list[VehicleBox] = []
    for actor in reversed(far_first(cast, camera)):
        hulls = outlines(actor.solid, actor.pose, camera)
        if not hulls:
            continue
        own = np.zeros((height, width), np.uint8)
        canvas = window(camera, actor.pose, own)
        if canvas.shape[0] < 1:
            continue
        for hull in hulls:
            cv2.fillConvexPoly(canvas, hull, 255, cv2.LINE_8, SHIFT)
        total = cv2.countNonZero(own)
        if total < _LEAST_PIXELS:
            continue
        shown = cv2.bitwise_and(own, cv2.bitwise_not(taken))
        count = cv2.countNonZero(shown)
        taken |= own
        if count >= _LEAST_PIXELS:
            x, y, w, h = (int(v) for v in cv2.boundingRect(shown))
            boxes.append(VehicleBox(actor.category, (x, y, w, h), w * h / (width * height), count / total))
    return tuple(boxes)


def max_truck_share(boxes: Sequence[VehicleBox]) -> float:
    """Share of the largest truck, 0 without one."""
    return max((box.share for box in boxes if box.category == "truck"), default=0.0)
