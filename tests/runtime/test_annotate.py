"""What is drawn on a picture."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from trucksight.runtime import lettering
from trucksight.runtime.annotate import annotate, no_picture
from trucksight.runtime.decision import Decision
from trucksight.runtime.events import Event
from trucksight.runtime.region import Region

Decide = Callable[..., Decision]
Paint = Callable[..., npt.NDArray[np.uint8]]
EVENT = Event(1, 0.5, 1.25, 0.875, 8, 1)


@pytest.fixture(params=["outline", "hershey"], autouse=True)
def font(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both fonts, so that OpenCV 4 stays served."""
    if request.param == "hershey":
        monkeypatch.setattr(lettering, "_face", lambda: None)


@pytest.mark.parametrize("size_wh", [(640, 360), (1280, 720), (361, 641), (64, 48), (16, 16)])
@pytest.mark.parametrize("letter", list("TNU"))
def test_a_copy_of_the_same_shape_is_drawn_on(
    decide: Decide, paint: Paint, size_wh: tuple[int, int], letter: str
) -> None:
    image = paint(120, *size_wh)
    before = image.copy()
    shown = annotate(image, decide(letter, threshold=0.5), EVENT)
    assert shown.shape == image.shape
    assert (image == before).all()
    assert (shown != before).any()


@pytest.mark.parametrize("size_wh", [(640, 360), (1280, 720)])
def test_only_the_top_tenth_is_covered_outside_events(
    decide: Decide, paint: Paint, size_wh: tuple[int, int]
) -> None:
    image = paint(120, *size_wh)
    shown = annotate(image, decide("T", threshold=0.5))
    covered = np.flatnonzero((shown != image).any(axis=(1, 2)))
    assert covered.max() < size_wh[1] / 10


def test_an_event_frames_the_picture(decide: Decide, paint: Paint) -> None:
    image = paint(120, 640, 360)
    quiet, event = annotate(image, decide("T")), annotate(image, decide("T"), EVENT)
    assert (quiet[-1] == image[-1]).all()
    assert (event[-1] != image[-1]).any()


def test_the_three_verdicts_look_different(decide: Decide, paint: Paint) -> None:
    image = paint(120, 640, 360)
    shown = [annotate(image, decide(letter)) for letter in "TNU"]
    for one, other in ((0, 1), (0, 2), (1, 2)):
        assert np.abs(shown[one].astype(int) - shown[other]).max() > 100


def test_the_bar_grows_with_the_probability(decide: Decide, paint: Paint) -> None:
    image = paint(0, 640, 360)
    low = annotate(image, decide("T", probability=0.6))
    high = annotate(image, decide("T", probability=0.95))
    assert (high[..., 2] > 200).sum() > (low[..., 2] > 200).sum()


def test_the_threshold_of_the_decision_is_marked_on_the_bar(decide: Decide, paint: Paint) -> None:
    image = paint(0, 640, 360)
    plain = annotate(image, decide("N", probability=0.1))
    marks = []
    for threshold in (0.4, 0.6, 0.8):
        shown = annotate(image, decide("N", probability=0.1, threshold=threshold))
        columns = np.flatnonzero((shown != plain).any(axis=(0, 2)))
        assert columns.max() - columns.min() <= 3
        marks.append(float(columns.mean()))
    assert marks[1] - marks[0] == pytest.approx(marks[2] - marks[1], abs=1.5)
    assert marks[1] - marks[0] > 10


def test_a_missing_picture_has_a_stand_in() -> None:
    assert no_picture((320, 180)).shape == (180, 320, 3)


def test_letters_that_the_font_lacks_do_no_harm(decide: Decide, paint: Paint) -> None:
    decision = decide("U", detail="größer als erlaubt \N{PILE OF POO}")
    assert annotate(paint(120, 640, 360), decision).shape == (360, 640, 3)


def test_a_longer_text_is_wider() -> None:
    assert 0 < lettering.text_width("NO", 20) < lettering.text_width("NO TRUCK", 20)


def test_a_region_is_outlined_where_it_is(decide: Decide, paint: Paint) -> None:
    image = paint(100, 320, 180)
    plain = annotate(image, decide("T"))
    shown = annotate(image, decide("T"), region=Region.parse("0.25,0.5 0.75,0.9"))
    changed = (plain != shown).any(axis=2)
    rows, columns = np.nonzero(changed)
    assert abs(int(columns.min()) - 80) <= 3 and abs(int(columns.max()) - 240) <= 3
    assert abs(int(rows.min()) - 90) <= 3 and abs(int(rows.max()) - 162) <= 3
    assert not changed[110:140, 100:220].any()
