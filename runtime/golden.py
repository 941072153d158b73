"""Replaying a bundle's golden pictures: does this machine see what was measured?

Every golden picture goes from its encoded bytes to a verdict by the functions that decide on a
camera's frames, and is compared at three places: the pixels that the model gets, the score that the
engine gives, the verdict. What differs is named.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, get_args

import numpy as np
import numpy.typing as npt

from . import contract as contracts
from .contract import Fit, InputContract, Resampling
from .decision import Frame
from .entries import SAMPLE_SHAPE, Golden
from .errors import GoldenError
from .golden_inputs import GoldenInputs
from .picture import decode_picture

if TYPE_CHECKING:
    from .bundle import Bundle
    from .detector import Detector

PIXEL_TOLERANCE = 2.0
"""Mean difference of sampled pixels, in levels of 255, above which the cause does not matter."""
EXPLAINED_FROM = 0.25
"""Above this a cause is looked for. Another decoder or processor may round a pixel otherwise by one
level; on rendered roads area resampling differs from halving-bilinear by 0.2 to 1.2 levels, plain
bilinear by up to 2.3, nearest by 0.8 to 6, exchanged channels by 3.5 to 22 (at 224 pixels)."""
EXPLAINED = 0.5
"""A cause is named when less than this share of the difference is left with it."""

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Replay:
    """A replay in which everything fitted."""

    pictures: int
    seconds: float
    """From when the engine was ready; some of the pictures were ready by then."""
    largest_difference: float
    """Of a score from the measured one."""


def input_sample(pixels: Pixels) -> Pixels:
    """(16, 16, 3) pixels of a (height, width, 3) model input, on an even grid."""
    rows, columns = (
        (np.arange(count) * side) // count + side // (2 * count)
        for count, side in zip(SAMPLE_SHAPE, pixels.shape[:2], strict=False)
    )
    sample: Pixels = pixels[rows][:, columns]
    return sample


def golden_inputs(bundle: Bundle, pixels_of: Callable[[Pixels], Pixels]) -> GoldenInputs:
    """Start to make the golden pictures ready, in a thread, and to check the pixels.

    Args:
        bundle: whose small files are verified, too.
        pixels_of: from a decoded picture, BGR, to what the model gets.

    Returns:
        What raises `GoldenError` where a model would get other pixels than were measured.
    """

    def prepare(golden: Golden, encoded: bytes) -> Pixels:
        frame_bgr = decode_picture(encoded)
        pixels = pixels_of(frame_bgr)
        fault = _pixel_fault(pixels, golden, frame_bgr, bundle.contract)
        if fault:
            raise GoldenError(
                f"{golden.file}: the model gets other pixels than were measured: {fault}"
            )
        return pixels

    return GoldenInputs(bundle, prepare)


def replay(detector: Detector, inputs: GoldenInputs | None = None) -> Replay:
    """Replay every golden picture of a detector's bundle with its variant and engine.

    Args:
        detector: what decides.
        inputs: of `golden_inputs`; None: they are made ready now.

    Raises:
        GoldenError: something differs; names the picture, what differs and why.
        BundleError: a golden picture, or another small file, is not the one that was measured.
    """
    began = time.monotonic()
    if inputs is None:
        with golden_inputs(detector.bundle, detector.pixels) as made:
            differences = _differences(detector, made)
    else:
        differences = _differences(detector, inputs)
    return Replay(len(differences), time.monotonic() - began, max(differences))


def _differences(detector: Detector, inputs: GoldenInputs) -> list[float]:
    pictures = enumerate(detector.bundle.golden)
    return [_difference(detector, golden, inputs.of(number)) for number, golden in pictures]


def _difference(detector: Detector, golden: Golden, pixels: Pixels) -> float:
    """The score's difference from the measured one."""
    bundle, variant = detector.bundle, detector.variant
    scores = detector.scores_of(pixels)
    score, measured = float(scores[detector.positive]), golden.scores[variant.name]
    if abs(score - measured) > variant.golden_tolerance:
        others = [float(other) for i, other in enumerate(scores) if i != detector.positive]
        if any(abs(other - measured) <= variant.golden_tolerance for other in others):
            raise GoldenError(
                f"{golden.file}: the labels are in another order than was measured: the score"
                f" {measured:.4f} of {bundle.positive} came for another label"
            )
        raise GoldenError(
            f"{golden.file}: {detector.engine} gives {variant.name} the score {score:.4f} here;"
            f" {measured:.4f} was measured and {variant.golden_tolerance:g} is the tolerance; use"
            " another engine or variant, and measure it with `trucksight verify`"
        )
    decision = detector.decide_scores(Frame(None, time.monotonic_ns(), 0, 0.0), scores)
    expected = golden.verdicts[variant.name]
    if decision.verdict is not expected:
        raise GoldenError(
            f"{golden.file}: the verdict is {decision.verdict.value} here,"
            f" {expected.value} was measured, though the score fits: the threshold or the"
            " calibration is not the measured one"
        )
    return abs(score - measured)


def _pixel_fault(
    pixels: Pixels, golden: Golden, frame_bgr: Pixels, contract: InputContract
) -> str | None:
    if pixels.shape != contract.shape or pixels.dtype != np.uint8:
        return (
            f"{pixels.dtype} of shape {pixels.shape}, not uint8 of {contract.shape};"
            " normalisation is inside the model"
        )
    came = input_sample(pixels[0])
    distance = _distance(came, golden.input_sample)
    if distance <= EXPLAINED_FROM:
        return None
    if _distance(came[..., ::-1], golden.input_sample) < EXPLAINED * distance:
        return "red and blue are swapped (BGR where RGB was measured)"
    for name, other in _other_contracts(contract):
        # The shipped function, whatever the detector was made to call.
        made = input_sample(contracts.model_input(frame_bgr, other)[0])
        if _distance(made, came) < EXPLAINED * distance:
            return f"{name} was used"
    if distance <= PIXEL_TOLERANCE:
        return None
    if _is_rescaled(came, golden.input_sample):
        return (
            f"they are scaled to {came.min()} to {came.max()}; 0 to 255 was measured, normalisation"
            " is inside the model"
        )
    return f"they differ by {distance:.1f} of 255 levels in the mean"


def _other_contracts(contract: InputContract) -> Iterator[tuple[str, InputContract]]:
    for resampling in get_args(Resampling):
        if resampling != contract.resampling:
            name = f"another resampling ({resampling}, not {contract.resampling})"
            yield name, replace(contract, resampling=resampling)
    for fit in get_args(Fit):
        if fit != contract.fit:
            yield f"another fit ({fit}, not {contract.fit})", replace(contract, fit=fit)


def _is_rescaled(came: Pixels, measured: Pixels) -> bool:
    """Whether the range is far smaller or shifted, as after a division or a subtraction."""
    a, b = came.astype(np.float64).ravel(), measured.astype(np.float64).ravel()
    if np.ptp(a) < 0.1 * np.ptp(b):
        return True
    correlated = a.std() > 0 and b.std() > 0 and np.corrcoef(a, b)[0, 1] > 0.95
    return bool(correlated)


def _distance(one: Pixels, other: Pixels) -> float:
    return float(np.abs(one.astype(np.int16) - other).mean())
