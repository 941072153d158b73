"""What is said about every fault of the fault camera, frame by frame."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from trucksight.runtime.decision import Frame, Verdict
from trucksight.runtime.detector import Detector
from trucksight.runtime.errors import SourceError
from trucksight.runtime.pace import Pace
from trucksight.runtime.sources.devices.fault import (
    EVERY_FAULT,
    FPS,
    KINDS,
    SLOW,
    parse,
    picture_at,
    road,
    where,
)
from trucksight.runtime.watch import Watch, Watched

EXPECTED = [
    ("judged", 30),
    ("black", 30),
    ("judged", 30),
    ("overexposed", 30),
    ("judged", 30),
    ("blank", 30),
    ("judged", 30),
    ("blurred", 30),
    ("judged", 30 + 30),  # a frozen picture is the last good one for two seconds
    ("frozen", 30),
    ("judged", 30 + 30 + 30),  # duplicated frames are pictures as good as others
    ("resized", 15),
    ("judged", 15),  # the new size has lasted
    ("resized", 15),  # and so has the old one again, later
    ("judged", 15),
    ("unreadable", 30),
    ("judged", 30),
    ("stale", 30),  # late
    ("judged", 30),
    ("stale", 30),  # an hour back
    ("judged", 30 + 30 + 30 + 6 + 30),  # an hour ahead counts as now; slow gives one in five
    ("lost", 60),
    ("judged", 30),
    ("lost", 60),
    ("judged", 30),
]
UNUSABLE = {"black", "overexposed", "blank", "blurred", "corrupt", "stall", "disconnect"}


def frames() -> Iterator[tuple[str, Frame]]:
    """Every frame of the script with the fault behind it, as a live source would number them."""
    steps = parse("all")
    for number in range(sum(step.frames for step in steps)):
        at, now_ns, media_s = where(steps, number), time.monotonic_ns(), number / FPS
        if at.kind in ("stall", "disconnect"):
            yield at.kind, Frame(None, now_ns, number, media_s, None, "nothing came", lost=True)
        elif at.kind != "slow" or (number - at.first) % SLOW == 0:
            taken = picture_at(at, number, now_ns)
            captured_ns = min(taken.captured_ns, now_ns)
            yield (
                at.kind,
                Frame(taken.image_bgr, captured_ns, number, media_s, None, taken.detail),
            )


def test_every_fault_has_its_trace_and_none_is_an_empty_road(fake_bundle: Path) -> None:
    trace, wrong = [], []
    with Detector(fake_bundle) as detector:
        watched, pace = Watched(detector, Watch(live=True)), Pace(max_age_ms=1000)
        for kind, frame in frames():
            if not pace.takes(frame):
                trace.append("stale")
                continue
            decision = watched.decide_frame(frame)
            trace.append(decision.reason.value if decision.reason else "judged")
            if decision.verdict is Verdict.NO_TRUCK and kind in UNUSABLE:
                wrong.append((kind, frame.sequence))
    assert wrong == []
    assert [(name, len(list(run))) for name, run in itertools.groupby(trace)] == EXPECTED


def test_the_script_of_all_faults_has_every_fault() -> None:
    assert {step.kind for step in parse(EVERY_FAULT)} == set(KINDS) - {"end"}


def test_the_same_frame_is_the_same_picture() -> None:
    assert (road(7) == road(7)).all()
    assert (road(7) != road(8)).any()


def test_a_script_begins_again_or_ends() -> None:
    steps = parse("good*2,black")
    assert [where(steps, number).kind for number in range(6)] == ["good", "good", "black"] * 2
    steps = parse("good*2,end")
    assert [where(steps, number).kind for number in range(4)] == ["good", "good", "end", "end"]


@pytest.mark.parametrize("script", ["", "good*0", "bad", "good*30;black", "good*99999999", "end"])
def test_a_script_that_makes_no_sense_is_refused(script: str) -> None:
    with pytest.raises(SourceError, match="fault: "):
        parse(script)
