"""From places in a model's input back to places in the picture it was made of."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ...runtime.contract import InputContract


@dataclass(frozen=True, slots=True)
class Rect:
    """A part of a picture or of a model's input, pixels."""

    left: int
    top: int
    width: int
    height: int

    def of(self, array: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """That part of an array of (height, width), not copied."""
        return array[self.top : self.top + self.height, self.left : self.left + self.width]


def rects(contract: InputContract, picture_wh: tuple[int, int]) -> tuple[Rect, Rect]:
    """Which part of the picture is shown in which part of the model's input.

    The rounding is that of `runtime.contract.model_input`.

    Returns:
        the part of the picture that the model sees, and the part of its input that is picture.
    """
    width, height = picture_wh
    whole = Rect(0, 0, width, height), Rect(0, 0, contract.width, contract.height)
    if contract.fit == "letterbox":
        scale = min(contract.width / width, contract.height / height)
        inner_w = min(contract.width, max(1, round(width * scale)))
        inner_h = min(contract.height, max(1, round(height * scale)))
        left, top = (contract.width - inner_w) // 2, (contract.height - inner_h) // 2
        return whole[0], Rect(left, top, inner_w, inner_h)
    if contract.fit == "centre":
        scale = min(width / contract.width, height / contract.height)
        crop_w = min(width, max(1, round(contract.width * scale)))
        crop_h = min(height, max(1, round(contract.height * scale)))
        return Rect((width - crop_w) // 2, (height - crop_h) // 2, crop_w, crop_h), whole[1]
    return whole


def on_picture(
    heat: npt.NDArray[np.float32], contract: InputContract, picture_wh: tuple[int, int]
) -> npt.NDArray[np.float32]:
    """A layer's map over the picture, bilinear; 0 where the model does not see the picture.

    Args:
        heat: (rows, columns), 0 and more.
        contract: of the model.
        picture_wh: width and height, pixels.

    Returns:
        (height, width).
    """
    seen, inner = rects(contract, picture_wh)
    over_input = cv2.resize(heat, (contract.width, contract.height))
    part = np.ascontiguousarray(inner.of(np.asarray(over_input, np.float32)))
    placed = np.zeros((picture_wh[1], picture_wh[0]), np.float32)
    seen.of(placed)[:] = cv2.resize(part, (seen.width, seen.height))
    return placed
