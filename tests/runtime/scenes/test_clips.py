"""Rendered clips: the passages are known, apart, and can be read back."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from trucksight.runtime.errors import OutputError, SceneError
from trucksight.runtime.scenes import ClipFrame, SceneClip, write_clip

SIZE = (192, 108)


@pytest.fixture(scope="module")
def clip() -> SceneClip:
    return SceneClip(4, 20.0, 10.0, SIZE, passages=3)


@pytest.fixture(scope="module")
def frames(clip: SceneClip) -> list[ClipFrame]:
    return list(clip)


def stretches(present: list[bool]) -> list[tuple[int, int]]:
    """First and last index of every run of True."""
    runs = [
        (key, [i for i, _ in group])
        for key, group in itertools.groupby(enumerate(present), lambda p: p[1])
    ]
    return [(indices[0], indices[-1]) for key, indices in runs if key]


def test_the_frames_show_exactly_the_passages_that_were_planned(
    clip: SceneClip, frames: list[ClipFrame]
) -> None:
    seen = stretches([frame.truck_present for frame in frames])
    assert [(a / 10.0, b / 10.0) for a, b in seen] == [(p.start_s, p.end_s) for p in clip.passages]
    assert len(seen) == 3


@pytest.mark.parametrize("seed", range(6))
def test_any_seed_gives_the_number_of_passages_asked_for(seed: int) -> None:
    assert len(SceneClip(seed, 12.0, 8.0, SIZE, passages=2).passages) == 2


def test_no_truck_at_all_shows_for_a_second_and_a_half_between_passages(
    frames: list[ClipFrame],
) -> None:
    shows = stretches([frame.max_truck_share > 0 for frame in frames])
    assert len(shows) == 3
    for (_, end), (start, _) in itertools.pairwise(shows):
        assert (start - end - 1) / 10.0 >= 1.5


def test_present_means_a_truck_at_two_percent(frames: list[ClipFrame]) -> None:
    assert all(frame.truck_present == (frame.max_truck_share >= 0.02) for frame in frames)


def test_boxes_of_frames_lie_inside(frames: list[ClipFrame]) -> None:
    for x, y, w, h in (box.xywh for frame in frames for box in frame.boxes):
        assert x >= 0 and y >= 0 and x + w <= SIZE[0] and y + h <= SIZE[1]


def test_a_clip_repeats_itself_and_another_seed_differs(frames: list[ClipFrame]) -> None:
    again = list(itertools.islice(SceneClip(4, 20.0, 10.0, SIZE, passages=3), 8))
    other = next(iter(SceneClip(5, 20.0, 10.0, SIZE, passages=3)))
    assert all(
        np.array_equal(a.image_bgr, b.image_bgr) for a, b in zip(again, frames, strict=False)
    )
    assert not np.array_equal(other.image_bgr, frames[0].image_bgr)


def test_an_endless_clip_goes_on_with_trucks_coming() -> None:
    clip = SceneClip(2, None, 4.0, (96, 64))
    frames = list(itertools.islice(clip, 70))
    assert frames[-1].time_s == pytest.approx(69 / 4)
    assert any(frame.truck_present for frame in frames)
    assert clip.passages == ()


def test_no_passages_means_no_truck() -> None:
    clip = SceneClip(3, 4.0, 5.0, SIZE, passages=0)
    assert clip.passages == ()
    assert all(frame.max_truck_share == 0 for frame in clip)


def test_passages_that_do_not_fit_are_refused_with_the_number_that_does() -> None:
    with pytest.raises(SceneError, match="at most 2 passages"):
        SceneClip(0, 10.0, passages=5)


def test_a_written_clip_reads_back_with_its_truth(tmp_path: Path) -> None:
    done = write_clip(tmp_path / "road.mp4", 6.0, 1, 10.0, SIZE, passages=1)
    truth = json.loads(done.truth.read_text())
    video = cv2.VideoCapture(str(done.video))
    count = 0
    while video.read()[0]:
        count += 1
    video.release()
    assert count == 60 == done.frames == len(truth["images"])
    assert truth["info"] | {"fps": 10.0, "width": 192, "height": 108, "seed": 1} == truth["info"]
    times = [image["time_s"] for image in truth["images"] if image["truck_present"]]
    assert truth["passages"] == [{"start_s": times[0], "end_s": times[-1]}]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["road.json", "road.mp4"]


def test_an_existing_clip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "road.mp4").write_bytes(b"mine")
    with pytest.raises(OutputError, match="exists"):
        write_clip(tmp_path / "road.mp4", 1.0, 0)
    assert (tmp_path / "road.mp4").read_bytes() == b"mine"
