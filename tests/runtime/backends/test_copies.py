"""A model loaded several times: a copy serves one thread at a time, and each is looked at."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
import pytest

from trucksight.runtime.backends import BACKENDS, Backend, fake
from trucksight.runtime.backends.copies import Copies
from trucksight.runtime.errors import BackendError

PIXELS = np.zeros((1, 8, 8, 3), np.uint8)
WAIT_S = 20.0


class Meeting:
    """A backend that answers once as many of its kind are asked at the same time as shall meet."""

    engine = "meeting"

    def __init__(self, barrier: threading.Barrier) -> None:
        self.asked = 0
        self.closed = False
        self._barrier = barrier
        self._alone = threading.Lock()

    def run(self, pixels_rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        if self.closed:
            raise BackendError("closed")
        assert self._alone.acquire(blocking=False), "two threads use one copy"
        try:
            self.asked += 1
            self._barrier.wait(WAIT_S)
        finally:
            self._alone.release()
        return np.array([0.5], np.float32)

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def meeting(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], list[Meeting]]:
    """Lets the fake backend be `Meeting`s; gives those that were opened."""

    def meet(parties: int) -> list[Meeting]:
        opened: list[Meeting] = []
        barrier = threading.Barrier(parties)

        def open_model(model: bytes, threads: int) -> Meeting:
            assert threads == 1
            opened.append(Meeting(barrier))
            return opened[-1]

        monkeypatch.setattr(fake, "open_model", open_model)
        return opened

    return meet


def test_as_many_run_at_once_as_there_are_threads(meeting: Callable[[int], list[Meeting]]) -> None:
    opened = meeting(3)
    copies = Copies("fake", b"", 3, side_by_side=True)
    assert (copies.count, len(opened)) == (3, 3)
    with ThreadPoolExecutor(3) as pool:
        results = list(pool.map(copies.run, [PIXELS] * 30))
    assert len(results) == 30
    assert sum(one.asked for one in opened) == 30


def test_one_more_thread_than_copies_waits(meeting: Callable[[int], list[Meeting]]) -> None:
    meeting(1)
    copies = Copies("fake", b"", 1, side_by_side=True)
    with ThreadPoolExecutor(4) as pool:
        assert len(list(pool.map(copies.run, [PIXELS] * 20))) == 20


def test_each_copy_can_be_asked_alone(meeting: Callable[[int], list[Meeting]]) -> None:
    opened = meeting(1)
    copies = Copies("fake", b"", 3, side_by_side=True)
    for number in (2, 0, 1):
        with copies.choosing(number):
            copies.run(PIXELS)
            copies.run(PIXELS)
        assert opened[number].asked == 2
    assert [one.asked for one in opened] == [2, 2, 2]


def test_closing_waits_for_whoever_uses_it_and_closes_every_copy(
    meeting: Callable[[int], list[Meeting]], until: Callable[..., None]
) -> None:
    opened = meeting(3)
    copies = Copies("fake", b"", 2, side_by_side=True)
    with ThreadPoolExecutor(3) as pool:
        runs = [pool.submit(copies.run, PIXELS) for _ in range(2)]
        until(lambda: [one.asked for one in opened] == [1, 1])
        closing = pool.submit(copies.close)
        opened[0]._barrier.wait(WAIT_S)  # lets the two of them go
        assert [run.result(WAIT_S).tolist() for run in runs] == [[0.5], [0.5]]
        closing.result(WAIT_S)
    assert [one.closed for one in opened] == [True, True]
    with pytest.raises(BackendError, match="closed"):
        copies.run(PIXELS)
    copies.close()


def test_two_that_close_at_once_do_not_wait_for_each_other() -> None:
    copies = Copies("fake", fake.MODEL, 2, side_by_side=True)
    closers = [threading.Thread(target=copies.close, daemon=True) for _ in range(2)]

    class Slow(queue.SimpleQueue[Backend]):
        """Whoever has taken the first copy lets the other one try."""

        taken = 0

        def get(self, block: bool = True, timeout: float | None = None) -> Backend:
            copy = super().get(block, timeout)
            self.taken += 1
            if self.taken == 1:
                closers[1].start()
                closers[1].join(0.1)
            return copy

    slow = Slow()
    while not copies._free.empty():
        slow.put(copies._free.get())
    copies._free = slow
    closers[0].start()
    for closer in closers:
        closer.join(WAIT_S / 4)
        assert not closer.is_alive()


def test_an_engine_that_cannot_be_copied_has_all_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def open_model(model: bytes, threads: int) -> Meeting:
        asked.append(threads)
        return Meeting(threading.Barrier(1))

    monkeypatch.setattr(fake, "open_model", open_model)
    monkeypatch.setitem(BACKENDS, "fake", BACKENDS["fake"]._replace(beside=None))
    assert Copies("fake", b"", 4, side_by_side=True).count == 1
    assert asked == [4]
    assert BACKENDS["opencv"].beside is None


def test_one_that_threads_may_share_is_loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    met = threading.Barrier(3)

    class Shared(fake.FakeBackend):
        def run(self, pixels_rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
            met.wait(WAIT_S)
            return super().run(pixels_rgb)

    def open_model(model: bytes, threads: int) -> Shared:
        asked.append(threads)
        return Shared()

    monkeypatch.setattr(fake, "open_model", open_model)
    monkeypatch.setitem(BACKENDS, "fake", BACKENDS["fake"]._replace(beside="shared"))
    copies = Copies("fake", b"", 3, side_by_side=True)
    assert (copies.count, copies.loaded, asked) == (3, 1, [1])
    with ThreadPoolExecutor(3) as pool:
        assert len(list(pool.map(copies.run, [PIXELS] * 30))) == 30
    copies.close()


def test_those_already_open_are_closed_when_another_one_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened: list[Meeting] = []

    def open_model(model: bytes, threads: int) -> Meeting:
        if len(opened) == 2:
            raise BackendError("no memory")
        opened.append(Meeting(threading.Barrier(1)))
        return opened[-1]

    monkeypatch.setattr(fake, "open_model", open_model)
    with pytest.raises(BackendError, match="no memory"):
        Copies("fake", b"", 4, side_by_side=True)
    assert [one.closed for one in opened] == [True, True]
