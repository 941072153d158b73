"""A detector decides on any picture, says why where it cannot, and names what it cannot open."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from trucksight.runtime import Detector, Frame, Reason, Verdict, load_bundle
from trucksight.runtime.backends import fake
from trucksight.runtime.detector import choose, default_threads
from trucksight.runtime.errors import (
    BackendError,
    BackendUnavailable,
    BundleError,
    FrameError,
    GoldenError,
    UnknownBackend,
    UsageError,
)
from trucksight.runtime.seal import seal_document
from trucksight.runtime.usable import Limits

Paint = Callable[..., npt.NDArray[np.uint8]]


def edit(bundle: Path, change: Callable[[dict[str, Any]], object]) -> None:
    file = bundle / "bundle.json"
    index = json.loads(file.read_text())
    change(index)
    file.write_bytes(seal_document(index))


class Scripted:
    """A backend that gives the scores it was made with."""

    engine = "scripted"

    def __init__(self, *scores: float) -> None:
        self._scores = scores

    def run(self, pixels_rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        return np.array(self._scores, np.float32)

    def close(self) -> None:
        pass


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Lets the fake backend give these scores, whatever the picture."""

    def script(*scores: float) -> None:
        monkeypatch.setattr(
            "trucksight.runtime.backends.fake.open_model", lambda model, threads: Scripted(*scores)
        )

    return script


@pytest.mark.parametrize(
    ("red", "verdict", "label"),
    [(230, Verdict.TRUCK, "truck"), (30, Verdict.NO_TRUCK, "no_truck")],
)
def test_a_picture_at_or_over_the_threshold_is_a_truck(
    red: int, verdict: Verdict, label: str, fake_bundle: Path, paint: Paint
) -> None:
    with Detector(fake_bundle) as detector:
        decision = detector.decide(paint(red))
    assert (decision.verdict, decision.label, decision.reason) == (verdict, label, None)
    assert decision.probability == pytest.approx(red / 255)
    assert decision.age_ms >= 0


@pytest.mark.parametrize(
    ("score", "verdict"), [(0.5, Verdict.TRUCK), (0.4999, Verdict.NO_TRUCK), (1, Verdict.TRUCK)]
)
def test_the_threshold_itself_is_a_truck(
    score: float,
    verdict: Verdict,
    fake_bundle: Path,
    paint: Paint,
    scripted: Callable[..., None],
) -> None:
    scripted(score)
    with Detector(fake_bundle, verify=False) as detector:
        assert detector.decide(paint(100)).verdict is verdict


def test_the_decision_follows_the_calibrated_threshold(fake_bundle: Path, paint: Paint) -> None:
    with Detector(fake_bundle, verify=False) as detector:
        assert detector.decide(paint(140)).verdict is Verdict.TRUCK
    edit(fake_bundle, lambda index: index["variants"]["fake"]["calibration"].update(offset=-1.0))
    with Detector(fake_bundle, verify=False) as detector:
        decision = detector.decide(paint(140))
        scores = detector.scores(paint(140))
    assert (decision.verdict, decision.label) == (Verdict.NO_TRUCK, "no_truck")
    assert decision.probability == pytest.approx(1 / (1 + np.exp(1 - np.log(140 / 115))), abs=1e-4)
    assert decision.probability == detector.variant.calibration(float(scores[1]))


@pytest.mark.parametrize(
    ("picture", "reason"),
    [
        (np.zeros((64, 64, 3), np.uint8), Reason.BLACK),
        (np.full((64, 64, 3), 16, np.uint8), Reason.BLACK),
        (np.full((64, 64), 200, np.uint8), Reason.WRONG_SHAPE),
        (np.full((64, 64, 1), 200, np.uint8), Reason.WRONG_SHAPE),
        (np.full((64, 64, 4), 200, np.uint8), Reason.WRONG_SHAPE),
        (np.full((64, 64, 3), 200, np.uint16), Reason.WRONG_SHAPE),
        (np.full((64, 64, 3), 0.5, np.float32), Reason.WRONG_SHAPE),
        (np.full((4, 64, 3), 200, np.uint8), Reason.WRONG_SHAPE),
        (np.zeros((0, 64, 3), np.uint8), Reason.WRONG_SHAPE),
        ([[[1, 2, 3]]], Reason.WRONG_SHAPE),
        (None, Reason.UNREADABLE),
    ],
    ids=[
        "black",
        "video black",
        "grey",
        "one channel",
        "alpha",
        "16 bit",
        "floats",
        "a strip",
        "empty",
        "a list",
        "nothing",
    ],
)
def test_what_cannot_be_judged_is_unknown_with_a_reason(
    picture: Any, reason: Reason, fake_bundle: Path
) -> None:
    with Detector(fake_bundle) as detector:
        decision = detector.decide(picture)
    assert (decision.verdict, decision.reason) == (Verdict.UNKNOWN, reason)
    assert np.isnan(decision.probability)
    assert decision.label is None
    assert decision.detail
    assert decision.as_json()["probability"] is None


def test_a_frame_keeps_its_number_time_and_name(fake_bundle: Path, paint: Paint) -> None:
    with Detector(fake_bundle) as detector:
        for image in (paint(200), None):
            decision = detector.decide_frame(Frame(image, 5, 17, 2.5, name="a.png"))
            assert (decision.sequence, decision.captured_ns) == (17, 5)
            assert (decision.media_s, decision.name) == (2.5, "a.png")


def test_scores_of_what_is_no_picture_are_refused(fake_bundle: Path) -> None:
    with Detector(fake_bundle) as detector, pytest.raises(FrameError):
        detector.scores(np.zeros((64, 64), np.uint8))


def test_scores_are_in_label_order(fake_bundle: Path, paint: Paint) -> None:
    with Detector(fake_bundle) as detector:
        assert detector.scores(paint(51)) == pytest.approx([0.8, 0.2])


def test_a_positive_label_that_stands_first_gets_the_first_score(
    fake_bundle: Path, paint: Paint
) -> None:
    edit(fake_bundle, lambda index: index.update(labels=["truck", "no_truck"]))
    with Detector(fake_bundle, verify=False) as detector:
        decision = detector.decide(paint(51))
    assert (decision.verdict, decision.label) == (Verdict.TRUCK, "truck")
    assert decision.probability == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("scores", "verdict", "label"),
    [
        ((0.1, 0.6, 0.3), Verdict.TRUCK, "truck"),
        ((0.1, 0.4, 0.5), Verdict.NO_TRUCK, "van"),
        ((0.35, 0.45, 0.2), Verdict.NO_TRUCK, "bus"),
    ],
)
def test_of_many_classes_the_positive_one_decides_and_else_the_likeliest_other_is_named(
    scores: tuple[float, ...],
    verdict: Verdict,
    label: str,
    fake_bundle: Path,
    paint: Paint,
    scripted: Callable[..., None],
) -> None:
    edit(
        fake_bundle,
        lambda index: index.update(
            labels=["bus", "truck", "van"], output={"dtype": "float32", "kind": "softmax"}
        ),
    )
    scripted(*scores)
    with Detector(fake_bundle, verify=False) as detector:
        decision = detector.decide(paint(100))
    assert (decision.verdict, decision.label) == (verdict, label)
    assert decision.probability == pytest.approx(scores[1])


@pytest.mark.parametrize("scores", [(), (0.4, 0.6), (float("nan"),)])
def test_scores_that_do_not_fit_the_labels_are_an_error(
    scores: tuple[float, ...], fake_bundle: Path, paint: Paint, scripted: Callable[..., None]
) -> None:
    scripted(*scores)
    with (
        Detector(fake_bundle, verify=False) as detector,
        pytest.raises(BackendError, match="1 finite numbers"),
    ):
        detector.decide(paint(100))


def test_it_closes_twice_and_then_refuses(fake_bundle: Path, paint: Paint) -> None:
    with Detector(fake_bundle) as detector:
        detector.close()
    detector.close()
    with pytest.raises(BackendError, match="closed"):
        detector.decide(paint(100))


def test_leaving_the_block_closes_it_after_an_error_too(fake_bundle: Path, paint: Paint) -> None:
    with pytest.raises(KeyError), Detector(fake_bundle) as detector:
        raise KeyError
    with pytest.raises(BackendError, match="closed"):
        detector.decide(paint(100))


@pytest.mark.parametrize("threads", [0, -1])
def test_threads_must_be_positive(threads: int, fake_bundle: Path) -> None:
    with pytest.raises(UsageError, match=f"threads must be 1 or more, not {threads}"):
        Detector(fake_bundle, threads=threads)


def test_threads_default_to_four_or_fewer(fake_bundle: Path) -> None:
    with Detector(fake_bundle) as detector:
        assert 1 <= detector.threads == default_threads() <= 4


@pytest.mark.parametrize(("usable", "threads"), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 4), (64, 4)])
def test_one_of_several_processors_is_left_for_decoding(
    monkeypatch: pytest.MonkeyPatch, usable: int, threads: int
) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda process: set(range(usable)))
    assert default_threads() == threads


def test_an_unknown_backend_tells_those_it_knows(fake_bundle: Path) -> None:
    with pytest.raises(UnknownBackend, match="no backend 'tensorrt'; known: litert"):
        Detector(fake_bundle, backend="tensorrt")


@pytest.mark.parametrize("variant", [None, "fake"])
def test_a_backend_that_does_not_read_the_variant_says_so(
    variant: str | None, fake_bundle: Path
) -> None:
    with pytest.raises(BundleError, match=r"opencv reads onnx; .*fake.* is fake"):
        Detector(fake_bundle, variant=variant, backend="opencv")


def add_onnx(bundle: Path) -> None:
    copy = "variants/copy.onnx"
    (bundle / copy).write_bytes((bundle / "variants/fake.txt").read_bytes())

    def change(index: dict[str, Any]) -> None:
        fake = index["variants"].pop("fake")
        index["variants"] |= {"onnx-fp32": fake | {"format": "onnx", "file": copy}, "fake": fake}
        for golden in index["golden"]:
            golden["variants"]["onnx-fp32"] = golden["variants"]["fake"]

    edit(bundle, change)


def test_a_named_backend_takes_the_first_variant_that_it_reads(fake_bundle: Path) -> None:
    add_onnx(fake_bundle)
    bundle = load_bundle(fake_bundle)
    assert choose(bundle, None, "fake")[0].name == "fake"
    assert choose(bundle, None, "opencv")[0].name == "onnx-fp32"


def test_a_named_variant_takes_the_first_engine_that_reads_it(
    fake_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_onnx(fake_bundle)
    monkeypatch.setattr(
        "trucksight.runtime.detector.is_available", lambda name: name in {"opencv", "fake"}
    )
    bundle = load_bundle(fake_bundle)
    assert choose(bundle, "fake", None)[1] == "fake"
    assert choose(bundle, "onnx-fp32", None)[1] == "opencv"
    assert choose(bundle, None, None)[1] == "opencv"


def test_a_bundle_that_no_installed_engine_reads_says_what_to_install(
    fake_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(fake_bundle, lambda index: index["variants"]["fake"].update(format="tflite"))
    monkeypatch.setattr("trucksight.runtime.detector.is_available", lambda name: name == "fake")
    with pytest.raises(BackendUnavailable, match=r"pip install 'trucksight\[litert\]'$"):
        Detector(fake_bundle)


def test_side_by_side_decides_as_one_alone_does(fake_bundle: Path, paint: Paint) -> None:
    frames = [Frame(paint(red), 0, number, 0.0) for number, red in enumerate(range(10, 250, 10))]
    with (
        Detector(fake_bundle, threads=1) as alone,
        Detector(fake_bundle, threads=3, side_by_side=True) as several,
    ):
        assert (alone.at_once, several.at_once, several.threads) == (1, 3, 3)
        with ThreadPoolExecutor(3) as pool:
            prepared = list(pool.map(several.prepare, frames))
        for frame, made in zip(frames, prepared, strict=True):
            one, other = alone.decide_frame(frame), several.decide_frame(made)
            assert replace(one, decided_ns=0) == replace(other, decided_ns=0)


def test_what_is_decided_ahead_does_not_ask_the_model_again(
    fake_bundle: Path, paint: Paint, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Detector(fake_bundle, threads=2, side_by_side=True) as detector:
        made = detector.prepare(Frame(paint(230), 0, 0, 0.0))
        monkeypatch.setattr(detector, "scores_of", None)
        assert detector.decide_frame(made).verdict is Verdict.TRUCK


def test_another_detector_decides_anew_on_what_was_decided_ahead(
    fake_bundle: Path, paint: Paint
) -> None:
    with (
        Detector(fake_bundle, threads=2, side_by_side=True) as old,
        Detector(fake_bundle, limits=Limits(white_level=0.0, white_share=0.0)) as new,
    ):
        made = old.prepare(Frame(paint(230), 0, 0, 0.0))
        assert new.decide_frame(made).verdict is Verdict.UNKNOWN


def test_a_closed_detector_still_prepares_for_its_successor(
    fake_bundle: Path, paint: Paint
) -> None:
    old = Detector(fake_bundle, threads=2, side_by_side=True)
    old.close()
    made = old.prepare(Frame(paint(230), 0, 0, 0.0))
    with Detector(fake_bundle) as new:
        assert new.decide_frame(made).verdict is Verdict.TRUCK
    with pytest.raises(BackendError, match="closed"):
        old.decide_frame(made)


def test_every_copy_is_verified(fake_bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = iter([fake.open_model(fake.MODEL, 1), Scripted(0.9)])
    monkeypatch.setattr(fake, "open_model", lambda model, threads: next(opened))
    with pytest.raises(GoldenError, match="score"):
        Detector(fake_bundle, threads=2, side_by_side=True)
