"""A golden replay catches what differs between measuring and running, and names it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from trucksight.runtime import Detector, Reason, Verdict
from trucksight.runtime.contract import InputContract, Resampling, model_input
from trucksight.runtime.errors import BundleError, GoldenError
from trucksight.runtime.golden import input_sample

Pixels = npt.NDArray[np.uint8]
FED = "trucksight.runtime.detector.model_input"


@pytest.fixture
def fed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Lets the detector turn a frame into something else for the model."""

    def feed(change: Callable[[Pixels, InputContract], Any]) -> None:
        monkeypatch.setattr(FED, change)

    return feed


def resampled(name: Resampling) -> Callable[[Pixels, InputContract], Pixels]:
    return lambda frame, contract: model_input(frame, replace(contract, resampling=name))


FAULTS: dict[str, tuple[Callable[[Pixels, InputContract], Any], str]] = {
    "BGR": (lambda frame, contract: model_input(frame, contract)[..., ::-1], "red and blue"),
    "nearest": (resampled("nearest"), r"another resampling \(nearest"),
    "bilinear": (resampled("bilinear"), r"another resampling \(bilinear"),
    "area": (resampled("area"), r"another resampling \(area"),
    "letterbox": (
        lambda frame, contract: model_input(frame, replace(contract, fit="letterbox")),
        r"another fit \(letterbox",
    ),
    "0 to 1": (lambda f, c: (model_input(f, c) / 255).astype(np.uint8), "normalisation is inside"),
    "halved": (lambda f, c: model_input(f, c) // 2, "normalisation is inside"),
    "floats": (lambda f, c: model_input(f, c).astype(np.float32) / 255, "normalisation is inside"),
    "brighter": (lambda f, c: np.roll(model_input(f, c), 9, axis=1), "differ by"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_another_way_to_the_models_input_is_caught_and_named(
    fault: str, fake_bundle: Path, fed: Callable[..., None]
) -> None:
    change, words = FAULTS[fault]
    fed(change)
    with pytest.raises(GoldenError, match=words):
        Detector(fake_bundle)


def test_rounding_of_another_processor_is_let_through(
    fake_bundle: Path, fed: Callable[..., None]
) -> None:
    def rounded(frame: Pixels, contract: InputContract) -> Pixels:
        pixels = model_input(frame, contract)
        pixels[:, ::3, ::2] += np.uint8(1)
        return pixels

    fed(rounded)
    with Detector(fake_bundle) as detector:
        assert detector.verified is not None
        assert 0 < detector.verified.largest_difference < 0.01


def test_what_was_replayed_is_told(fake_bundle: Path) -> None:
    with Detector(fake_bundle) as detector:
        assert detector.verified is not None
        assert detector.verified.pictures == 2
        assert detector.verified.seconds >= 0
        assert detector.verified.largest_difference < 1e-6
    with Detector(fake_bundle, verify=False) as detector:
        assert detector.verified is None


def test_labels_in_another_order_are_named(make_bundle: Callable[..., Path]) -> None:
    with pytest.raises(GoldenError, match="labels are in another order"):
        Detector(make_bundle(labels=["truck", "no_truck"]))


def test_an_engine_that_scores_otherwise_is_named(
    make_bundle: Callable[..., Path],
) -> None:
    def other(index: dict[str, Any]) -> None:
        index["golden"][0]["variants"]["fake"]["score"] = 0.55

    with pytest.raises(GoldenError, match=r"fake gives fake the score 0\.\d+ here; 0\.5500 was"):
        Detector(make_bundle(other))


@pytest.mark.parametrize(
    "change",
    [
        lambda variant: variant.update(threshold=0.999),
        lambda variant: variant["calibration"].update(offset=-9.0),
        lambda variant: variant.update(abstain={"low": 0.01, "high": 0.99}),
    ],
    ids=["threshold", "calibration", "abstain band"],
)
def test_another_threshold_or_calibration_is_named(
    change: Callable[[dict[str, Any]], None], make_bundle: Callable[..., Path]
) -> None:
    bundle = make_bundle(lambda index: change(index["variants"]["fake"]))
    with pytest.raises(GoldenError, match="threshold or the calibration is not the measured one"):
        Detector(bundle)


def test_a_replaced_golden_picture_is_a_damaged_bundle(fake_bundle: Path) -> None:
    one, two = sorted((fake_bundle / "golden").iterdir())
    one.write_bytes(two.read_bytes())
    with pytest.raises(BundleError, match=r"scene-0\.jpg is not the file that was measured"):
        Detector(fake_bundle)


def test_a_refused_replay_closes_the_engine(
    fake_bundle: Path, fed: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = []
    monkeypatch.setattr(
        "trucksight.runtime.backends.fake.FakeBackend.close", lambda self: closed.append(self)
    )
    fed(FAULTS["BGR"][0])
    with pytest.raises(GoldenError):
        Detector(fake_bundle)
    assert closed


def test_in_the_abstain_band_there_is_no_answer(
    make_bundle: Callable[..., Path], paint: Callable[..., Pixels]
) -> None:
    def band(index: dict[str, Any]) -> None:
        index["variants"]["fake"]["abstain"] = {"low": 0.45, "high": 0.55}

    with Detector(make_bundle(band)) as detector:
        unsure = detector.decide(paint(128))
        sure = detector.decide(paint(150))
    assert (unsure.verdict, unsure.reason) == (Verdict.UNKNOWN, Reason.UNSURE)
    assert unsure.detail == "probability 0.502 lies in the abstain band 0.450 to 0.550"
    assert sure.verdict is Verdict.TRUCK


def test_the_sample_is_an_even_grid() -> None:
    pixels = np.arange(64 * 32 * 3).reshape(64, 32, 3).astype(np.uint8)
    sample = input_sample(pixels)
    assert sample.shape == (16, 16, 3)
    assert (sample == pixels[2::4, 1::2]).all()
