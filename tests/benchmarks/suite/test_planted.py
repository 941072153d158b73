"""The machine that others are tested with has the troubles that it is said to have."""

from __future__ import annotations

import numpy as np
import pytest

from trucksight.benchmarks.suite.planted import QUIET, NoisyMachine, Trouble

NONE = Trouble(0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0)


def test_a_seed_gives_the_same_machine() -> None:
    first, again, other = (NoisyMachine(seed).groups(20, 22, 2, 30) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_without_trouble_every_picture_takes_what_it_takes() -> None:
    assert set(NoisyMachine(0, NONE).block(20, 50).tolist()) == {20_000_000}
    ((a1, b1, b2, a2),) = NoisyMachine(0, NONE).groups(20, 22, 1, 1)
    assert [int(one[0]) for one in (a1, b1, b2, a2)] == [20_000_000, *[22_000_000] * 2, 20_000_000]


def test_noise_is_about_what_it_is_said_to_be() -> None:
    logarithms = np.log(NoisyMachine(0, Trouble(0.05, 0, 0, 0, 0, busy=0)).block(20, 20_000) / 20e6)
    assert logarithms.mean() == pytest.approx(0, abs=0.002)
    assert logarithms.std() == pytest.approx(0.05, rel=0.03)


def test_everything_takes_longer_with_each_block_of_a_drift() -> None:
    machine = NoisyMachine(0, Trouble(0, 0, 0.03, 0, 0, busy=0))
    assert [int(machine.block(10, 1)[0]) for _ in range(2)] == [10_300_000, 10_609_000]


def test_stalls_have_their_share_and_come_in_rows() -> None:
    block = NoisyMachine(0, Trouble(0, 0, 0, 0, 0.02, 10, 3, 0)).block(1, 400_000)
    stalled = block > 5_000_000
    rows = np.count_nonzero(np.diff(stalled.astype(int)) == 1)
    assert stalled.mean() == pytest.approx(0.02, rel=0.15)
    assert stalled.sum() / rows == pytest.approx(3, rel=0.1)


def test_a_quiet_machine_hardly_scatters() -> None:
    middles = [np.median(NoisyMachine(seed, QUIET).block(20, 50)) for seed in range(50)]
    assert max(middles) < 1.02 * min(middles)
