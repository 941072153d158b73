"""When a truck has come and when it has left."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable

import pytest

from trucksight.runtime.decision import Decision
from trucksight.runtime.errors import UsageError
from trucksight.runtime.events import Event, Origin, Smoother, Smoothing

Decide = Callable[..., Decision]
RULES = Smoothing(enter_s=0.3, leave_s=0.7, blind_s=2.0)


def events_of(
    decide: Decide, letters: str, fps: float = 10.0, rules: Smoothing = RULES
) -> list[Event]:
    """Events of a clip whose frames are judged as the letters say, to its end."""
    smoother = Smoother(rules)
    ended = [
        smoother.feed(decide(letter, number / fps, probability=0.5 + number / 1000))
        for number, letter in enumerate(letters)
    ]
    return [event for event in [*ended, smoother.finish()] if event]


def spans(events: list[Event]) -> list[tuple[float, float]]:
    return [(round(event.start_s, 3), round(event.end_s, 3)) for event in events]


@pytest.mark.parametrize(
    ("letters", "expected"),
    [
        ("", []),
        ("NNNNNNNN", []),
        ("UUUUUUUU", []),
        ("NNTTTTNNNNNNNNNN", [(0.2, 0.5)]),
        ("TTTT", [(0.0, 0.3)]),
        ("TTT", []),
        ("NTNNTNNTNNTNNT", []),
        ("TNTNTNTNTNTNTNTN", []),
        ("TTNTT", [(0.0, 0.4)]),
        ("TTTTNNNNNTTTT", [(0.0, 1.2)]),
        ("TTTTNNNNNNTTTT", [(0.0, 0.3), (1.0, 1.3)]),
        ("TTTTNNNNNNNTTTT", [(0.0, 0.3), (1.1, 1.4)]),
        ("TTTTUUUUUUUUUUTT", [(0.0, 1.5)]),
        ("TTTT" + "U" * 25 + "TTTT", [(0.0, 0.3), (2.9, 3.2)]),
        ("TTTTUUUUUUUUUUN", [(0.0, 0.3)]),
        ("TUUUTUUUU", [(0.0, 0.4)]),
        ("TTUU", []),
    ],
)
def test_letters_become_events(
    decide: Decide, letters: str, expected: list[tuple[float, float]]
) -> None:
    assert spans(events_of(decide, letters)) == expected


def test_an_event_counts_and_remembers_its_peak(decide: Decide) -> None:
    (event,) = events_of(decide, "NTTTTUUTNUUUUUUUUUUUUUU")
    assert event == Event(1, 0.1, 0.7, 0.507, frames=5, unknown_frames=2)


def test_enter_0_takes_a_single_frame(decide: Decide) -> None:
    assert spans(events_of(decide, "NTN", rules=Smoothing(enter_s=0))) == [(0.1, 0.1)]


def test_the_same_passage_is_one_event_at_any_frame_rate(decide: Decide) -> None:
    for fps in (5, 10, 15, 30, 60):
        letters = "N" * fps + "T" * (2 * fps) + "N" * (2 * fps)
        ((start, end),) = spans(events_of(decide, letters, fps))
        assert start == 1.0
        assert end == pytest.approx(3.0 - 1 / fps, abs=1e-3)


def test_a_gap_in_time_ends_an_event_though_no_frame_came(decide: Decide) -> None:
    smoother = Smoother(RULES)
    for time_s in (0.0, 0.2, 0.4):
        assert smoother.feed(decide("T", time_s)) is None
    ended = smoother.feed(decide("T", 60.0))
    assert ended is not None
    assert ended.end_s == 0.4
    assert smoother.open is None


def test_the_event_is_open_from_entering_to_leaving(decide: Decide) -> None:
    smoother = Smoother(RULES)
    is_open = []
    for number, letter in enumerate("TTTTTNNNNNNNN"):
        smoother.feed(decide(letter, number / 10))
        is_open.append(smoother.open is not None)
    assert is_open == [False] * 3 + [True] * 8 + [False] * 2


def test_events_are_numbered_from_1(decide: Decide) -> None:
    numbers = [event.number for event in events_of(decide, ("TTTTT" + "N" * 10) * 3)]
    assert numbers == [1, 2, 3]


@pytest.mark.parametrize("field", ["enter_s", "leave_s", "blind_s"])
@pytest.mark.parametrize("value", [-0.1, float("nan"), float("inf")])
def test_durations_must_be_sensible(field: str, value: float) -> None:
    with pytest.raises(UsageError, match=field):
        Smoothing(**{field: value})


@pytest.mark.parametrize("seed", range(60))
def test_whatever_comes_events_are_apart_in_order_and_true(decide: Decide, seed: int) -> None:
    rng = random.Random(seed)
    fps = rng.choice([4.0, 10.0, 25.0])
    stay = rng.uniform(0.3, 0.97)
    letters = "N"
    while len(letters) < 400:
        letters += letters[-1] if rng.random() < stay else rng.choice("TNU")
    events = events_of(decide, letters, fps)
    trucks = [number / fps for number, letter in enumerate(letters) if letter == "T"]
    for number, event in enumerate(events, 1):
        inside = [at for at in trucks if event.start_s <= at <= event.end_s]
        assert event.number == number
        assert (inside[0], inside[-1], len(inside)) == (event.start_s, event.end_s, event.frames)
        assert event.end_s - event.start_s >= RULES.enter_s - 1e-6
        unknown = letters[round(event.start_s * fps) : round(event.end_s * fps)].count("U")
        assert event.unknown_frames == unknown
        gaps = [later - earlier for earlier, later in itertools.pairwise(inside)]
        assert max(gaps, default=0) < RULES.blind_s
    for earlier, later in itertools.pairwise(events):
        assert later.start_s - earlier.end_s >= RULES.leave_s - 1e-6


@pytest.mark.parametrize("seed", range(20))
def test_unknown_frames_alone_change_no_event_of_a_long_passage(decide: Decide, seed: int) -> None:
    rng = random.Random(seed)
    letters = list("N" * 20 + "T" * 60 + "N" * 20)
    for number in rng.sample(range(24, 76), 25):
        letters[number] = "U"
    assert spans(events_of(decide, "".join(letters))) == [(2.0, 7.9)]


def probable(decide: Decide, percents: list[int], rules: Smoothing) -> list[tuple[float, float]]:
    """Spans of the events of a clip at 10 frames a second; half is the threshold."""
    smoother = Smoother(rules)
    ended = [
        smoother.feed(decide("TN"[percent < 50], number / 10, probability=percent / 100))
        for number, percent in enumerate(percents)
    ]
    return spans([event for event in [*ended, smoother.finish()] if event])


def test_an_event_needs_more_to_begin_than_to_go_on(decide: Decide) -> None:
    percents = [60] * 5 + [90] * 4 + [40] * 10 + [20] * 10 + [60] * 5
    plain = Smoothing(enter_s=0.3, leave_s=0.7)
    assert probable(decide, percents, plain) == [(0.0, 0.8), (2.9, 3.3)]
    both = Smoothing(0.3, 0.7, enter_probability=0.8, leave_probability=0.3)
    assert probable(decide, percents, both) == [(0.5, 1.8)]
    higher = Smoothing(0.3, 0.7, enter_probability=0.8)
    assert probable(decide, percents, higher) == [(0.5, 0.8)]
    lower = Smoothing(0.3, 0.7, leave_probability=0.3)
    assert probable(decide, percents, lower) == [(0.0, 1.8), (2.9, 3.3)]


@pytest.mark.parametrize(
    "probabilities", [(1.1, None), (None, -0.1), (0.4, 0.5), (float("nan"), None)]
)
def test_probabilities_must_be_possible_and_in_order(
    probabilities: tuple[float | None, float | None],
) -> None:
    with pytest.raises(UsageError, match="probability"):
        Smoothing(enter_probability=probabilities[0], leave_probability=probabilities[1])


def test_another_model_ends_the_open_event_and_numbers_go_on(decide: Decide) -> None:
    old, new = Origin("run", "bundle", "old", "1"), Origin("run", "bundle", "new", "2")
    smoother = Smoother(RULES, old)
    for number in range(10):
        assert smoother.feed(decide("T", number / 10)) is None
    ended = smoother.exchange(Smoothing(enter_s=0), new)
    assert ended is not None
    assert (ended.number, ended.origin, ended.end_s) == (1, old, 0.9)
    smoother.feed(decide("T", 1.0))
    assert smoother.open is not None
    assert (smoother.open.number, smoother.open.origin) == (2, new)
    assert smoother.exchange(RULES, old) is not None


def test_where_nothing_changes_the_open_event_goes_on(decide: Decide) -> None:
    origin = Origin("run", "bundle", "model", "1")
    smoother = Smoother(RULES, origin)
    for number in range(10):
        smoother.feed(decide("T", number / 10))
    assert smoother.exchange(RULES, origin) is None
    smoother.feed(decide("T", 1.0))
    assert smoother.open is not None
    assert (smoother.open.number, smoother.open.start_s) == (1, 0.0)
