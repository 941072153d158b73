"""A is compared with B in turn, and what the machine spoilt is left out and told."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from trucksight.benchmarks.suite import compare as module
from trucksight.benchmarks.suite.compare import LEAST_GROUPS, Side, compare
from trucksight.benchmarks.suite.pictures import PictureSet
from trucksight.benchmarks.suite.results import Process
from trucksight.benchmarks.suite.rounds import QUICK
from trucksight.runtime.errors import BackendUnavailable, UnknownVariant, UsageError

Times = Callable[[str, int], float]
GROUPS = 8


@pytest.fixture
def sides(fake_bundle: Path) -> tuple[Side, Side]:
    return tuple(Side.parse(f"{fake_bundle}#fake,fake,{threads}") for threads in (1, 2))  # type: ignore[return-value]


@pytest.fixture
def taking(
    monkeypatch: pytest.MonkeyPatch, process: Callable[..., Process]
) -> Callable[..., list[str]]:
    """Lets blocks take these milliseconds; gives the list of who was measured, as it grows."""

    def take(
        times: Times, throttled: frozenset[int] = frozenset(), stolen: bool = False
    ) -> list[str]:
        order: list[str] = []

        def once(bundle, cell, regime, pictures, amount, python):  # type: ignore[no-untyped-def]
            side = "AB"[cell.threads - 1]
            block = process(*[times(side, len(order))] * 20)
            if len(order) in throttled:
                block = replace(block, after=replace(block.after, throttled=4))
            if stolen:
                still = replace(block.before, steal_s=0.0, busy_s=0.0, idle_s=0.0)
                block = replace(block, before=still, after=replace(still, steal_s=1.0, busy_s=1.0))
            order.append(side)
            return f"engine of {side}", block

        monkeypatch.setattr(module, "measure_once", once)
        return order

    return take


def noisy(b_over_a: float, seed: int = 0) -> Times:
    rng = np.random.default_rng(seed)

    def took(side: str, number: int) -> float:
        slowing = 1 + 0.01 * number  # the machine gets warmer
        return 10.0 * (b_over_a if side == "B" else 1.0) * slowing * float(rng.normal(1, 0.01))

    return took


def test_each_is_first_as_often_as_the_other(
    sides: tuple[Side, Side], pictures: PictureSet, taking: Callable[..., list[str]]
) -> None:
    order = taking(noisy(1.0))
    compared = compare(*sides, pictures, QUICK, GROUPS)
    assert "".join(order) == "ABBABAAB" * (GROUPS // 2)
    assert compared.engines == ("engine of A", "engine of B")
    assert compared.verdict.word in ("level", "undecided")


@pytest.mark.parametrize(("ratio", "word"), [(1.1, "slower"), (0.9, "faster"), (1.0, "level")])
def test_a_planted_difference_is_found_on_a_machine_that_gets_slower(
    ratio: float,
    word: str,
    sides: tuple[Side, Side],
    pictures: PictureSet,
    taking: Callable[..., list[str]],
) -> None:
    taking(noisy(ratio))
    compared = compare(*sides, pictures, QUICK, GROUPS)
    assert compared.verdict.word == word
    assert compared.verdict.ratio == pytest.approx(ratio, rel=0.02)
    assert compared.b_ms / compared.a_ms == pytest.approx(ratio, rel=0.05)
    assert word in compared.as_text()
    assert word in compared.as_markdown()


def test_a_group_in_which_the_board_was_throttled_is_left_out(
    sides: tuple[Side, Side], pictures: PictureSet, taking: Callable[..., list[str]]
) -> None:
    """Those two blocks alone would make B twice as slow."""
    times = noisy(1.0)
    taking(lambda side, n: times(side, n) * (9.0 if n in (5, 6) else 1.0), frozenset({5}))
    compared = compare(*sides, pictures, QUICK, GROUPS)
    assert compared.verdict.groups == GROUPS - 1
    assert compared.verdict.word == "level"
    (why,) = compared.invalid
    assert "throttled" in why
    assert "throttled" in compared.as_text()


def test_a_shared_machine_is_told_and_the_verdict_stands(
    sides: tuple[Side, Side], pictures: PictureSet, taking: Callable[..., list[str]]
) -> None:
    taking(noisy(1.1), stolen=True)
    compared = compare(*sides, pictures, QUICK, GROUPS)
    assert (compared.verdict.word, compared.verdict.groups) == ("slower", GROUPS)
    assert "all the while: the hypervisor gave 50.0 %" in compared.as_text()


def test_with_too_few_sound_groups_nothing_is_said(
    sides: tuple[Side, Side], pictures: PictureSet, taking: Callable[..., list[str]]
) -> None:
    taking(noisy(2.0), frozenset(range(0, 4 * LEAST_GROUPS, 4)))
    compared = compare(*sides, pictures, QUICK, LEAST_GROUPS)
    assert compared.verdict.word == "undecided"
    assert compared.too_few
    for told in (compared.as_text(), compared.as_markdown()):
        assert "too few groups" in told
        assert "not left out, invalid: " in told


def test_a_side_is_a_bundle_and_what_of_it(fake_bundle: Path) -> None:
    plain = Side.parse(str(fake_bundle), "/other/python")
    assert (plain.cell.variant, plain.cell.backend, plain.python) == (
        "fake",
        "fake",
        "/other/python",
    )
    assert "/other/python" in plain.told
    assert Side.parse(f"{fake_bundle}#,,3").cell.threads == 3
    assert Side.parse(f"{fake_bundle}#fake").python == sys.executable


@pytest.mark.parametrize(
    ("rest", "error"),
    [
        ("#fake,fake,none", UsageError),
        ("#fake,fake,0", UsageError),
        ("#fake,fake,1,2", UsageError),
        ("#other", UnknownVariant),
    ],
)
def test_a_side_that_cannot_be_meant_is_refused(
    rest: str, error: type[Exception], fake_bundle: Path
) -> None:
    with pytest.raises((error, BackendUnavailable)):
        Side.parse(f"{fake_bundle}{rest}")


def test_pictures_that_never_reach_the_engine_compare_nothing(
    sides: tuple[Side, Side],
    pictures: PictureSet,
    process: Callable[..., Process],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "measure_once", lambda *task: ("engine", process()))
    with pytest.raises(UsageError, match="no picture reached the engine"):
        compare(*sides, pictures, QUICK, GROUPS)
