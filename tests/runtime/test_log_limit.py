"""What repeats itself is left out, and every message left out is counted once."""

from __future__ import annotations

import random

from trucksight.runtime.log_limit import RepeatLimit, Template

A: Template = ("trucksight.a", 30, "%s: down")
B: Template = ("trucksight.b", 30, "%s: down")


def test_the_first_few_are_taken_and_the_next_after_the_window() -> None:
    limit = RepeatLimit(most=2, window_s=60)
    assert [limit.takes(A, now_s) for now_s in (0, 10, 20, 59.9, 60, 69, 70)] == [
        True, True, False, False, True, False, True,
    ]  # fmt: skip


def test_other_loggers_levels_and_texts_are_others() -> None:
    limit = RepeatLimit(most=1)
    assert limit.takes(A, 0)
    assert limit.takes(B, 0)
    assert limit.takes(("trucksight.a", 40, "%s: down"), 0)
    assert limit.takes(("trucksight.a", 30, "%s: up"), 0)
    assert not limit.takes(A, 0)


def test_no_window_holds_more_than_the_most_and_none_is_lost() -> None:
    limit, choose = RepeatLimit(most=3, window_s=10, remembered=4), random.Random(7)
    templates = [("logger", 30, str(number)) for number in range(4)]
    taken: dict[Template, list[float]] = {one: [] for one in templates}
    asked = dict.fromkeys(templates, 0)
    told = dict.fromkeys(templates, 0)
    now_s = 0.0
    for _ in range(3000):
        now_s += choose.expovariate(3)
        for left_out in limit.over(now_s):
            told[left_out.template] += left_out.count
        template = choose.choice(templates)
        asked[template] += 1
        if limit.takes(template, now_s):
            taken[template].append(now_s)
    for left_out in limit.rest(now_s):
        told[left_out.template] += left_out.count
    for template in templates:
        times = taken[template]
        assert all(later - first >= 10 for first, later in zip(times, times[3:], strict=False))
        assert len(times) + told[template] == asked[template]
        assert told[template] > 0


def test_what_was_left_out_is_told_at_the_end_of_the_window() -> None:
    limit = RepeatLimit(most=1, window_s=60)
    for now_s in (0, 5, 6, 7):
        limit.takes(A, now_s)
    assert limit.next_s() == 60
    assert list(limit.over(59.9)) == []
    (left_out,) = limit.over(60)
    assert (left_out.template, left_out.count, left_out.seconds) == (A, 3, 55)
    assert list(limit.over(60)) == []
    assert limit.next_s() is None


def test_templates_are_forgotten_oldest_first_and_not_in_silence() -> None:
    limit = RepeatLimit(most=1, window_s=1e9, remembered=10)
    limit.takes(A, 0)
    limit.takes(A, 0)
    for number in range(10):
        limit.takes(("logger", 30, f"{number}"), 1)
    (left_out,) = limit.over(2)
    assert (left_out.template, left_out.count) == (A, 1)
    assert limit.takes(A, 3), "forgotten"
    for number in range(1000):
        limit.takes(("logger", 30, f"more {number}"), 4)
        assert not list(limit.over(4))
    assert len(limit._templates) == 10
