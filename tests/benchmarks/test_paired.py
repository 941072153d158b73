"""Ratios taken in pairs, and children measured from a small process."""

from __future__ import annotations

import subprocess

import pytest

from trucksight.benchmarks.paired import Turns, ratio, run_python


def test_a_slow_stretch_of_the_machine_does_not_move_the_ratio() -> None:
    machine = [1.0, 1.0, 5.0, 5.0, 1.0, 2.0, 3.0]
    times = ratio([2 * slow for slow in machine], machine)
    assert (times.median, times.low, times.high, times.pairs) == (2.0, 2.0, 2.0, 7)


def test_the_interval_holds_the_median_and_is_the_same_every_time() -> None:
    a, b = [1.0, 1.1, 0.9, 1.2, 0.8, 1.0], [1.0] * 6
    times = ratio(a, b)
    assert times.low < times.median < times.high
    assert ratio(a, b) == times
    assert 0.8 <= times.low <= 1.0 <= times.high <= 1.2


def test_one_wild_pair_does_not_decide() -> None:
    assert ratio([1.0] * 8 + [100.0], [1.0] * 9).median == 1.0


def test_a_ratio_reads_as_one_line() -> None:
    assert str(ratio([3.0, 3.0], [2.0, 2.0])) == "1.500 (95 %: 1.500 to 1.500, 2 pairs)"


def test_which_of_two_goes_first_changes_every_pair() -> None:
    order: list[str] = []

    def taken(name: str) -> str:
        order.append(name)
        return name

    turns = Turns(lambda: taken("a"), lambda: taken("b"))
    for _ in range(3):
        turns()
    assert "".join(order) == "abbaab"
    assert (turns.a, turns.b) == (["a"] * 3, ["b"] * 3)


def test_a_child_is_charged_with_its_own_memory_only() -> None:
    ballast = bytearray(b"x") * (256 << 20)
    small = run_python("-S", "-c", "print('done')")
    large = run_python("-S", "-c", "x = bytearray(b'x') * (64 << 20)")
    assert len(ballast) == 256 << 20
    assert small.stdout == "done\n"
    assert small.wall_s > 0
    assert small.peak_mib < 64 <= large.peak_mib < 128


def test_a_child_is_charged_with_the_time_of_its_threads_and_children() -> None:
    busy = "import time\nwhile time.process_time() < 0.3: pass"
    parent = "import subprocess, sys; subprocess.run([sys.executable, '-S', '-c', sys.argv[1]])"
    assert run_python("-S", "-c", busy).cpu_s >= 0.3
    assert run_python("-S", "-c", parent, busy).cpu_s >= 0.3
    assert run_python("-S", "-c", "import time; time.sleep(0.3)").cpu_s < 0.3


def test_a_child_that_fails_says_why(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        run_python("-S", "-c", "raise SystemExit('no such clip')")
    assert "no such clip" in capfd.readouterr().err
