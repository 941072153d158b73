"""The fastest that passed its gate and keeps its budget is chosen, and the others hear why not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from trucksight.benchmarks.suite.qualify import Budget, because, choose
from trucksight.benchmarks.suite.qualify_command import show, unjudged
from trucksight.benchmarks.suite.results import Measured

Make = Callable[..., Measured]


def test_the_fastest_wins_and_the_rest_is_told_how_much_slower(measured: Make) -> None:
    slow, fast = measured(20.0, variant="fp16"), measured(10.0)
    best, other = choose([slow, fast], Budget())
    assert best.measured is fast
    assert best.is_chosen
    assert other.why_not == "2.00 times as long: median 20.0 ms"
    assert because(best, Budget()).startswith("median 10.0 ms, 95 % within")


def test_of_equals_the_one_with_fewer_threads_wins(measured: Make) -> None:
    four, two = measured(10.0, 4), measured(10.0, 2)
    best, other = choose([four, two], Budget())
    assert best.measured is two
    assert other.why_not == "as fast within what can be told, but takes 4 threads, not 2"
    assert choose([measured(9.0, 4), two], Budget())[0].measured.cell.threads == 4


UNFIT = {
    "gate": ({"gate": "accepted because we must"}, "did not pass its gate: accepted because"),
    "invalid": ({"invalid": ["the hypervisor took it"]}, "invalid: the hypervisor took it"),
    "rate": ({"paced": False}, "does not keep 15 pictures a second"),
    "tail": ({"tail_ms": 80.0}, "95 % take"),
}


@pytest.mark.parametrize("why", UNFIT)
def test_the_fastest_does_not_win_if_it_is_unfit(why: str, measured: Make) -> None:
    options, words = UNFIT[why]
    unfit, fit = measured(5.0, variant="unfit", **options), measured(30.0)
    best, other = choose([unfit, fit], Budget())
    assert best.measured is fit
    assert other.why_not is not None
    assert words in other.why_not


def test_nobody_is_chosen_where_nobody_keeps_the_budget(measured: Make) -> None:
    candidates = choose([measured(30.0), measured(20.0, 2)], Budget(max_ms=10.0))
    assert not any(one.is_chosen for one in candidates)
    assert [one.measured.cell.threads for one in candidates] == [2, 1]
    assert all("10.0 ms are allowed" in str(one.why_not) for one in candidates)


def test_the_budget_is_the_period_unless_said() -> None:
    assert Budget(rate_hz=20.0).limit_ms == 50.0
    assert Budget(rate_hz=20.0, max_ms=30.0).limit_ms == 30.0


def test_what_was_disturbed_is_counted_as_not_judged(
    measured: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    stolen = {"invalid": ["the hypervisor took it"]}
    several = [
        measured(5.0, **stolen),
        measured(6.0, 2, gate="accepted because", **stolen),
        measured(30.0, 3),
    ]
    candidates = choose(several, Budget())
    assert unjudged(candidates) == 1
    show(candidates, [], None, because(candidates[0], Budget()))
    assert "1 of 3 could not be judged, and may be faster" in capsys.readouterr().err
