"""Engines that need a GPU or an Edge TPU are tried in processes of their own."""

from __future__ import annotations

import pytest

from trucksight.runtime.backends import BACKENDS, absence
from trucksight.runtime.doctor.accelerators import (
    ACCELERATORS,
    Accelerator,
    read_accelerators,
)
from trucksight.runtime.doctor.children import Answer, ask_python


def test_they_are_the_special_ones_of_the_backends() -> None:
    assert list(ACCELERATORS) == [name for name, row in BACKENDS.items() if row.special]


def test_one_is_absent_for_a_reason_and_has_a_cure() -> None:
    told = {one.name: one for one in read_accelerators(ask_python)}
    assert set(told) == set(ACCELERATORS)
    gap = absence("edgetpu")
    expected = (None, None) if gap is None else tuple(gap)
    assert (told["edgetpu"].why, told["edgetpu"].cure) == expected


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Answer("hello\nnull\n", 0, None), None),
        (Answer("", -11, "the process was ended by SIGSEGV"), "the process was ended by SIGSEGV"),
    ],
)
def test_a_driver_that_crashes_is_the_reason(answer: Answer, why: str | None) -> None:
    for one in read_accelerators(lambda code, name: answer):
        assert one.why == why
        assert isinstance(one, Accelerator)
        assert (one.cure is None) == (why is None)
