"""The input contract and the one function that meets it.

Training, calibration, evaluation and the board all call `model_input`, so the model sees on the
board what it saw in training.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

import cv2
import numpy as np
import numpy.typing as npt

from .errors import BundleError, FrameError

Resampling = Literal["halving-bilinear", "bilinear", "area", "nearest"]
"""How a picture is made smaller.

`halving-bilinear`: while an axis is at least twice its target, average pairs along it (a box
filter of two); then one bilinear step. It keeps what plain bilinear skips over on large frames
and costs a fraction of `area`. Both bilinear kinds give the same bytes on every processor; `area`
may round a few pixels otherwise by one level.
"""

Fit = Literal["stretch", "letterbox", "centre"]
"""How a picture of another shape is fitted.

`stretch` changes the aspect, `letterbox` pads with mid-grey, `centre` cuts the longer side.
"""

_BILINEAR = cv2.INTER_LINEAR_EXACT
"""In fixed-point arithmetic. `INTER_LINEAR` rounds by the processor: on arm64 a fifth of all pixels
came out one level from x86's, and halving doubled that."""
_INTERPOLATION: Mapping[str, int] = {
    "halving-bilinear": _BILINEAR,
    "bilinear": _BILINEAR,
    "area": cv2.INTER_AREA,
    "nearest": cv2.INTER_NEAREST,
}
_PADDING = 127


@dataclass(frozen=True, slots=True)
class InputContract:
    """What every variant of a bundle takes: `uint8`, RGB, NHWC `(1, height, width, 3)`, 0..255.

    Raises:
        BundleError: a size or choice that no version of the contract knows.
    """

    width: int = 224
    """Pixels."""
    height: int = 224
    """Pixels."""
    resampling: Resampling = "halving-bilinear"
    fit: Fit = "stretch"
    color: Literal["RGB"] = "RGB"
    """Channel order the model was trained with."""

    def __post_init__(self) -> None:
        for name, side in (("width", self.width), ("height", self.height)):
            if not isinstance(side, int) or not 8 <= side <= 4096:
                raise BundleError(f"input {name} must be 8 to 4096 pixels, not {side!r}")
        for name, value, known in (
            ("resampling", self.resampling, get_args(Resampling)),
            ("fit", self.fit, get_args(Fit)),
            ("color", self.color, ("RGB",)),
        ):
            if value not in known:
                raise BundleError(f"input {name} must be one of {', '.join(known)}, not {value!r}")

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Shape of one model input."""
        return (1, self.height, self.width, 3)

    def as_json(self) -> dict[str, Any]:
        """The contract as `bundle.json` and `run.json` hold it."""
        return {**asdict(self), "dtype": "uint8", "layout": "NHWC"}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> InputContract:
        """The contract of a bundle or run.

        Raises:
            BundleError: a field is missing or not understood.
        """
        if (document.get("dtype"), document.get("layout")) != ("uint8", "NHWC"):
            raise BundleError(
                "input must be uint8 in NHWC, not"
                f" {document.get('dtype')!r} in {document.get('layout')!r}"
            )
        try:
            return cls(**{name: document[name] for name in cls.__slots__})
        except KeyError as exc:
            raise BundleError(f"input contract lacks {exc.args[0]!r}") from None


def model_input(frame_bgr: npt.NDArray[np.uint8], contract: InputContract) -> npt.NDArray[np.uint8]:
    """Turn a camera frame into what every variant of a bundle takes.

    Args:
        frame_bgr: (height, width, 3), OpenCV channel order.
        contract: size, resampling and fit the model was trained with.

    Returns:
        (1, contract.height, contract.width, 3), RGB, 0..255; the caller owns it.

    Raises:
        FrameError: the frame is empty or not 3-channel uint8.
    """
    check_frame(frame_bgr)
    fitted = _FITS[contract.fit](frame_bgr, contract)
    return cv2.cvtColor(fitted, cv2.COLOR_BGR2RGB)[np.newaxis]  # type: ignore[return-value]


def check_frame(frame_bgr: npt.NDArray[np.uint8]) -> None:
    """Refuse what is not a colour picture.

    Raises:
        FrameError: not an array of shape (height, width, 3), uint8, with at least one pixel.
    """
    if not isinstance(frame_bgr, np.ndarray):
        raise FrameError(f"a frame must be a NumPy array, not {type(frame_bgr).__name__}")
    if frame_bgr.dtype != np.uint8 or frame_bgr.ndim != 3 or frame_bgr.shape[2] != 3:
        raise FrameError(
            "a frame must be (height, width, 3) of uint8, not"
            f" {frame_bgr.shape} of {frame_bgr.dtype}"
        )
    if frame_bgr.size == 0:
        raise FrameError(f"a frame must have pixels, not shape {frame_bgr.shape}")


def _stretch(frame: npt.NDArray[np.uint8], contract: InputContract) -> npt.NDArray[np.uint8]:
    return _resize(frame, contract.width, contract.height, contract.resampling)


def _letterbox(frame: npt.NDArray[np.uint8], contract: InputContract) -> npt.NDArray[np.uint8]:
    height, width = frame.shape[:2]
    scale = min(contract.width / width, contract.height / height)
    inner_w = min(contract.width, max(1, round(width * scale)))
    inner_h = min(contract.height, max(1, round(height * scale)))
    left, top = (contract.width - inner_w) // 2, (contract.height - inner_h) // 2
    padded = np.full((contract.height, contract.width, 3), _PADDING, np.uint8)
    inner = _resize(frame, inner_w, inner_h, contract.resampling)
    padded[top : top + inner_h, left : left + inner_w] = inner
    return padded


def _centre(frame: npt.NDArray[np.uint8], contract: InputContract) -> npt.NDArray[np.uint8]:
    height, width = frame.shape[:2]
    scale = min(width / contract.width, height / contract.height)
    crop_w = min(width, max(1, round(contract.width * scale)))
    crop_h = min(height, max(1, round(contract.height * scale)))
    left, top = (width - crop_w) // 2, (height - crop_h) // 2
    return _stretch(frame[top : top + crop_h, left : left + crop_w], contract)


_FITS = {"stretch": _stretch, "letterbox": _letterbox, "centre": _centre}


def _resize(
    frame: npt.NDArray[np.uint8], width: int, height: int, resampling: Resampling
) -> npt.NDArray[np.uint8]:
    if resampling == "halving-bilinear":
        frame = _halve(frame, width, height)
    if frame.shape[:2] == (height, width):
        return frame
    resized = cv2.resize(frame, (width, height), interpolation=_INTERPOLATION[resampling])
    return resized  # type: ignore[return-value]


def _halve(frame: npt.NDArray[np.uint8], width: int, height: int) -> npt.NDArray[np.uint8]:
    """Average pairs along each axis that is still at least twice its target."""
    while True:
        rows, columns = frame.shape[:2]
        across, down = 1 + (columns >= 2 * width), 1 + (rows >= 2 * height)
        if across == down == 1:
            return frame
        even = frame[: rows - rows % down, : columns - columns % across]
        size_wh = (even.shape[1] // across, even.shape[0] // down)
        # At a factor of exactly two this is the mean of each pair, several times faster than AREA.
        frame = cv2.resize(even, size_wh, interpolation=_BILINEAR)  # type: ignore[assignment]
