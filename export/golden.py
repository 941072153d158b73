"""A few rendered pictures that travel with a bundle, with the score each variant gave them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ..runtime.contract import InputContract, model_input
from ..runtime.picture import decode_picture
from ..runtime.scenes import render_picture

SEED = 20_260
COUNT = 6
SIZE_WH = (320, 180)
QUALITY = 85


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


def golden_pictures() -> list[GoldenPicture]:
    """The same rendered pictures for every bundle: half of them with a truck."""
    return [_encode(index) for index in range(COUNT)]


def _encode(index: int) -> GoldenPicture:
    picture = render_picture(SEED, index, SIZE_WH, truck=index % 2 == 0)
    _, jpeg = cv2.imencode(".jpg", picture.image_bgr, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return GoldenPicture(f"golden/scene-{index}.jpg", jpeg.tobytes())
