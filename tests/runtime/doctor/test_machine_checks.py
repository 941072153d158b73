"""What the checks of a machine take for granted."""

from __future__ import annotations

import pytest

from trucksight.runtime.detector import MAX_DEFAULT_THREADS
from trucksight.runtime.doctor.machine_checks import DETECTOR_THREADS, throttle_reasons


@pytest.mark.parametrize(
    ("bits", "reasons"),
    [
        (0, ()),
        (1, ("under-voltage",)),
        (2, ("frequency capped",)),
        (4, ("throttled",)),
        (8, ("soft temperature limit",)),
        (0x10000, ()),
    ],
)
def test_the_bits_of_a_pi(bits: int, reasons: tuple[str, ...]) -> None:
    assert throttle_reasons(bits) == reasons


def test_the_detector_uses_so_many_processors() -> None:
    assert DETECTOR_THREADS == MAX_DEFAULT_THREADS
