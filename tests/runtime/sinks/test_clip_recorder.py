"""A clip shows what happened around its event, for as long as it happened."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import pytest

from trucksight.runtime.errors import UsageError
from trucksight.runtime.events import Event
from trucksight.runtime.sinks.budget import BudgetFolder
from trucksight.runtime.sinks.clip_recorder import ClipRecorder, ClipRules
from trucksight.runtime.sinks.evidence import EvidenceCounts, Outcomes
from trucksight.runtime.sinks.mjpeg_avi import MAKER

Picture = Any
ROOMY = 1 << 30


class Rig:
    """A recorder, and pictures whose red tells their time: one step a tenth of a second."""

    def __init__(
        self, folder: Path, paint: Callable[..., Picture], rules: ClipRules, most: int
    ) -> None:
        self.outcomes = Outcomes("clips")
        self.folder, self._paint, self._fps = folder, paint, rules.fps
        kept = BudgetFolder(folder, ".avi", MAKER, most, 0)
        self.recorder = ClipRecorder(kept, rules, self.outcomes)

    def play(self, from_s: float, to_s: float, fps: float = 10.0, width: int = 160) -> None:
        for number in range(round(from_s * fps), round(to_s * fps)):
            media_s = number / fps
            picture = self._paint(round(media_s * 10) % 256, width)
            self.recorder.picture(int(media_s * self._fps + 1e-6), media_s, picture)

    def passage(self, number: int, start_s: float, end_s: float) -> None:
        """An event that is told of 0.3 s after its first frame and 0.7 s after its last."""
        self.play(start_s, start_s + 0.3)
        self.recorder.begin(Event(number, start_s, start_s + 0.3, 0.9, 3, 0))
        self.play(start_s + 0.3, end_s + 0.7)
        self.recorder.end(Event(number, start_s, end_s, 0.9, 9, 0))

    def counts(self) -> EvidenceCounts:
        return self.outcomes.counts

    def names(self) -> set[str]:
        return {path.name for path in self.folder.iterdir()}

    def shown(self, name: str) -> list[tuple[float, int]]:
        """Seconds into the clip and tenths of a second into the source, of every picture."""
        reader, found = cv2.VideoCapture(str(self.folder / name)), []
        assert reader.isOpened()
        while True:
            read, picture = reader.read()
            if not read:
                reader.release()
                return found
            time_s = reader.get(cv2.CAP_PROP_POS_MSEC) / 1000
            found.append((round(time_s, 2), round(float(picture[..., 2].mean()))))


@pytest.fixture
def rig(tmp_path: Path, paint: Callable[..., Picture]) -> Callable[..., Rig]:
    def make(most: int = ROOMY, **rules: Any) -> Rig:
        return Rig(tmp_path / "clips", paint, ClipRules(**rules), most)

    return make


def assert_shows(rig: Rig, name: str, from_s: float, to_s: float) -> None:
    """Every tenth of a second, both ends among them."""
    shown = rig.shown(name)
    expected = [*range(round(from_s * 10), round(to_s * 10) + 1)]
    assert len(shown) == len(expected)
    for (time_s, red), tenth in zip(shown, expected, strict=True):
        assert time_s == pytest.approx((tenth - expected[0]) / 10, abs=0.001)
        assert abs(red - tenth) <= 3


def test_a_clip_shows_the_seconds_before_and_after(rig: Callable[..., Rig]) -> None:
    made = rig()
    made.play(0, 8)
    made.passage(1, 8.0, 10.0)
    made.play(10.7, 15)
    assert made.names() == {"1.avi"}
    assert_shows(made, "1.avi", 5.0, 13.0)
    assert made.counts() == EvidenceCounts(1, 0, 0, None)


def test_an_event_at_the_beginning_has_what_there_is(rig: Callable[..., Rig]) -> None:
    made = rig(before_s=5)
    made.passage(1, 0.0, 1.0)
    made.recorder.close()
    assert_shows(made, "1.avi", 0.0, 1.6)


def test_without_seconds_around_the_event_itself_is_shown(rig: Callable[..., Rig]) -> None:
    made = rig(before_s=0, after_s=0, past_bytes=0)
    made.play(0, 2)
    made.passage(1, 2.0, 4.0)
    made.play(4.7, 6)
    # All that was held of the past is the newest picture; the event took 0.7 s to be over.
    assert_shows(made, "1.avi", 2.2, 4.6)


def test_the_next_event_takes_over_and_shows_the_rest(rig: Callable[..., Rig]) -> None:
    made = rig()
    made.play(0, 4)
    made.passage(1, 4.0, 6.0)
    made.play(6.7, 7)
    made.passage(2, 7.0, 8.0)
    made.recorder.close()
    assert_shows(made, "1.avi", 1.0, 7.2)
    assert_shows(made, "2.avi", 4.0, 8.6)


def test_an_event_that_has_no_clip_does_not_lengthen_another_s(rig: Callable[..., Rig]) -> None:
    made = rig()
    made.passage(1, 0.0, 1.0)
    made.recorder.end(Event(2, 2.0, 8.0, 0.9, 3, 0))
    made.recorder.nothing(4.1)
    assert made.counts().written == 1


def test_a_clip_has_a_longest_length(rig: Callable[..., Rig]) -> None:
    made = rig(longest_s=4)
    made.play(0, 5)
    made.passage(1, 5.0, 15.0)
    assert made.names() == {"1.avi"}
    assert_shows(made, "1.avi", 2.0, 5.9)
    assert made.counts() == EvidenceCounts(1, 0, 0, None)


@pytest.mark.parametrize("fps", [5.0, 4.0])
def test_a_slow_source_keeps_its_time(rig: Callable[..., Rig], fps: float) -> None:
    made = rig()
    made.play(0, 6, fps)
    made.recorder.begin(Event(1, 5.0, 5.5, 0.9, 3, 0))
    made.play(6, 10, fps)
    made.recorder.close()
    shown = made.shown("1.avi")
    assert len(shown) == 8 * fps
    for time_s, red in shown:
        assert abs(time_s * 10 + 20 - red) <= 3


def test_a_camera_that_is_lost_leaves_the_last_picture_standing(rig: Callable[..., Rig]) -> None:
    made = rig()
    made.play(0, 5)
    made.recorder.begin(Event(1, 4.0, 4.9, 0.9, 3, 0))
    made.play(7, 8)
    made.recorder.close()
    times = [time_s for time_s, _ in made.shown("1.avi")]
    assert times[39:41] == [3.9, 6.0]
    assert times[-1] == 6.9


def test_a_clip_ends_in_time_though_no_picture_comes(rig: Callable[..., Rig]) -> None:
    made = rig()
    made.passage(1, 0.0, 1.0)
    made.recorder.nothing(4.0)
    assert made.counts().written == 0
    made.recorder.nothing(4.1)
    assert made.counts().written == 1


def test_pictures_of_another_size_are_fitted_into_a_clip(rig: Callable[..., Rig]) -> None:
    made = rig()
    made.passage(1, 0.0, 1.0)
    made.play(1.7, 2.5, width=320)
    made.recorder.close()
    reader = cv2.VideoCapture(str(made.folder / "1.avi"))
    sizes = []
    while (picture := reader.read()[1]) is not None:
        sizes.append(picture.shape)
    reader.release()
    assert sizes == [(90, 160, 3)] * 25


def test_the_past_of_another_size_is_not_shown(rig: Callable[..., Rig]) -> None:
    made = rig()
    made.play(0, 3)
    made.play(3, 4, width=320)
    made.recorder.begin(Event(1, 3.5, 3.9, 0.9, 3, 0))
    made.recorder.close()
    assert_shows(made, "1.avi", 3.0, 3.9)


def test_the_past_is_bounded_in_bytes(rig: Callable[..., Rig]) -> None:
    made = rig(past_bytes=20_000)
    made.play(0, 5)
    made.recorder.begin(Event(1, 4.0, 4.9, 0.9, 3, 0))
    made.recorder.close()
    assert 1 < len(made.shown("1.avi")) < 30
    assert (made.folder / "1.avi").stat().st_size < 24_000


def test_time_that_goes_back_harms_nothing(rig: Callable[..., Rig]) -> None:
    made = rig()
    made.play(10, 12)
    made.recorder.begin(Event(1, 11.0, 11.5, 0.9, 3, 0))
    made.play(3, 4)
    made.recorder.close()
    assert len(made.shown("1.avi")) == 30


def test_a_clip_that_would_outgrow_the_budget_ends_there(rig: Callable[..., Rig]) -> None:
    made = rig(most=40_960)
    made.passage(1, 0.0, 10.0)
    made.recorder.close()
    assert 32_000 < (made.folder / "1.avi").stat().st_size <= 40_960
    shown = made.shown("1.avi")
    assert [abs(red - number) <= 3 for number, (_, red) in enumerate(shown)] == [True] * len(shown)
    counts = made.counts()
    assert (counts.written, counts.dropped, counts.frames_dropped) == (1, 0, 1)
    assert "more than the 40960 allowed" in str(counts.last_error)


def test_a_budget_below_one_picture_writes_nothing(rig: Callable[..., Rig]) -> None:
    made = rig(most=4096, before_s=0)
    made.play(0, 1, width=1600)
    made.recorder.begin(Event(1, 0.5, 0.9, 0.9, 3, 0))
    made.recorder.close()
    assert (made.names(), made.counts().dropped, made.counts().written) == (set(), 1, 0)


def test_old_clips_give_way_while_one_is_written(rig: Callable[..., Rig]) -> None:
    made = rig(most=120_000, before_s=0, after_s=0)
    for number in range(1, 12):
        start_s = 3.0 * number
        made.play(start_s, start_s + 0.3)
        made.recorder.begin(Event(number, start_s, start_s + 0.3, 0.9, 3, 0))
        for tenth in range(3, 20):
            made.play(start_s + tenth / 10, start_s + (tenth + 1) / 10)
            assert sum(path.stat().st_size for path in made.folder.iterdir()) <= 120_000
        made.recorder.end(Event(number, start_s, start_s + 2, 0.9, 3, 0))
    made.recorder.close()
    assert made.counts() == EvidenceCounts(11, 0, 0, None)
    assert "11.avi" in made.names() and "1.avi" not in made.names()
    for name in made.names():
        assert len(made.shown(name)) == 20


def test_the_same_pictures_give_the_same_bytes(
    tmp_path: Path, paint: Callable[..., Picture]
) -> None:
    clips = []
    for run in ("one", "two"):
        made = Rig(tmp_path / run, paint, ClipRules(), ROOMY)
        made.passage(1, 0.0, 2.0)
        made.recorder.close()
        clips.append((tmp_path / run / "1.avi").read_bytes())
    assert clips[0] == clips[1]


def test_a_folder_that_goes_away_costs_the_clip_and_not_the_next(rig: Callable[..., Rig]) -> None:
    made = rig()
    made.play(0, 1)
    made.recorder.begin(Event(1, 0.5, 0.9, 0.9, 3, 0))
    made.folder.rename(made.folder.with_name("away"))
    made.play(1, 2)
    made.recorder.close()
    assert (made.counts().written, made.counts().dropped) == (0, 1)
    made.play(2, 3)
    made.recorder.begin(Event(2, 2.5, 2.9, 0.9, 3, 0))
    made.recorder.close()
    assert made.names() == {"2.avi"}
    assert (made.counts().written, made.counts().dropped) == (1, 1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"before_s": -1},
        {"before_s": float("nan")},
        {"after_s": 61},
        {"longest_s": 0},
        {"fps": 0.5},
        {"quality": 0},
        {"past_bytes": -1},
    ],
)
def test_numbers_that_cannot_be_meant(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=rf"a clip's {next(iter(wrong))} is"):
        ClipRules(**wrong)
