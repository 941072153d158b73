"""The rate of rendered devices, as `--source` says it."""

from __future__ import annotations

import time

import pytest

from trucksight.runtime.errors import SourceError
from trucksight.runtime.sources.devices import device_kind, open_device
from trucksight.runtime.sources.devices.clock import split_rate


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("all", ("all", 15.0)),
        ("all@60", ("all", 60.0)),
        ("@7.5", ("", 7.5)),
        ("good*3,end@1000", ("good*3,end", 1000.0)),
    ],
)
def test_a_rate_stands_behind_an_at_sign(text: str, parts: tuple[str, float]) -> None:
    assert split_rate(text, 15.0) == parts


@pytest.mark.parametrize("rate", ["", "0", "-1", "fast", "1001", "1e2", "nan", "6@6"])
def test_what_is_no_rate_says_what_one_is(rate: str) -> None:
    with pytest.raises(SourceError, match=r"at most 1000 frames per second, as in @60"):
        open_device(f"fault:good@{rate}", time.monotonic_ns())


@pytest.mark.parametrize("source", ["fault:good*40", "scenes:3"])
def test_a_rate_changes_when_frames_are_due_and_nothing_else(source: str) -> None:
    epoch_ns = time.monotonic_ns()
    usual, fast = open_device(source, epoch_ns), open_device(f"{source}@60", epoch_ns)
    assert (usual.fps, fast.fps) == (15.0, 60.0)
    assert usual.size_wh == fast.size_wh
    fast.close()
    usual.close()


def test_fast_scenes_are_scenes() -> None:
    assert device_kind("scenes:@60") == device_kind("scenes:1@60") == "scenes"
    assert device_kind("scenes:1@x") is None


def test_a_script_at_another_rate_gives_its_frames_in_that_time() -> None:
    begun_ns = time.monotonic_ns()
    device = open_device("fault:good*8,end@100", begun_ns)
    given = []
    with pytest.raises(EOFError):
        while True:
            given.append(device.read().captured_ns - begun_ns)
    # A machine that is busy may leave frames out; none comes before it is due.
    assert 1 <= len(given) <= 8
    assert all(at_ns >= number * 10_000_000 for number, at_ns in enumerate(given))
