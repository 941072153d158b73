"""A delivery empties its spool, however often the peer fails, and ends when it is told to."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from trucksight.runtime.errors import UsageError
from trucksight.runtime.sinks.delivery import (
    Backoff,
    Delivery,
    DeliveryError,
    RefusedError,
)
from trucksight.runtime.sinks.spool import Spool

Until = Callable[..., None]


class Peer:
    """Fails as told, then takes everything; `waits` are the pauses between, which take no time."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.tried: list[tuple[str, bytes]] = []
        self.taken: list[bytes] = []
        self.waits: list[float] = []

    def send(self, key: str, message: bytes) -> None:
        self.tried.append((key, message))
        if self.failures:
            raise self.failures.pop(0)
        self.taken.append(message)

    def wait(self, hurry: threading.Event, seconds: float) -> bool:
        self.waits.append(seconds)
        return hurry.is_set()


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    spool = Spool(tmp_path / "spool", 1 << 20)
    yield spool
    spool.close()


def test_messages_arrive_in_order_and_leave_the_spool(spool: Spool, until: Until) -> None:
    peer = Peer()
    spool.put(b"from the run before")
    delivery = Delivery("peer", spool, peer.send)
    for number in range(10):
        delivery.put(b"%d" % number)
    until(lambda: delivery.counts.sent == 11)
    assert peer.taken == [b"from the run before", *(b"%d" % number for number in range(10))]
    until(lambda: delivery.counts.waiting == 0)
    delivery.close(1.0)
    assert delivery.counts.last_error is None


def test_a_failure_is_tried_again_with_the_same_key_before_any_other(
    spool: Spool, until: Until
) -> None:
    peer = Peer(DeliveryError("one"), DeliveryError("two"))
    spool.put(b"a")
    spool.put(b"b")
    delivery = Delivery("peer", spool, peer.send, wait=peer.wait)
    until(lambda: delivery.counts.sent == 2)
    assert [message for _, message in peer.tried] == [b"a", b"a", b"a", b"b"]
    assert len({key for key, _ in peer.tried}) == 2
    counts = delivery.counts
    assert (counts.failed, counts.dropped, counts.last_error) == (2, 0, "two")
    delivery.close(1.0)


def test_the_pauses_are_random_below_a_bound_that_doubles_up_to_the_cap(
    spool: Spool, until: Until
) -> None:
    peer = Peer(*[DeliveryError("away")] * 200)
    spool.put(b"a")
    backoff = Backoff(first_s=1.0, cap_s=8.0)
    delivery = Delivery(
        "peer", spool, peer.send, backoff=backoff, chance=random.Random(7), wait=peer.wait
    )
    until(lambda: delivery.counts.sent == 1)
    chance = random.Random(7)
    bounds = [1.0, 2.0, 4.0] + [8.0] * 197
    assert peer.waits == [chance.uniform(0, bound) for bound in bounds]
    delivery.close(1.0)


def test_a_bound_does_not_overflow_after_years() -> None:
    assert 0 <= Backoff().delay_s(10**9, random.Random(1)) <= 60


@pytest.mark.parametrize(("first_s", "cap_s"), [(0.0, 1.0), (2.0, 1.0), (1.0, float("inf"))])
def test_a_backoff_that_cannot_be_meant(first_s: float, cap_s: float) -> None:
    with pytest.raises(UsageError, match="0 < first_s <= cap_s"):
        Backoff(first_s, cap_s)


def test_success_starts_the_pauses_anew(spool: Spool, until: Until) -> None:
    peer = Peer(*[DeliveryError("away")] * 5)
    backoff = Backoff(first_s=1e-9, cap_s=1.0)
    spool.put(b"a")
    delivery = Delivery("peer", spool, peer.send, backoff=backoff, wait=peer.wait)
    until(lambda: delivery.counts.sent == 1)
    peer.failures = [DeliveryError("away again")]
    delivery.put(b"b")
    until(lambda: delivery.counts.sent == 2)
    assert peer.waits[-1] <= 1e-9
    delivery.close(1.0)


def test_hurry_ends_a_pause(spool: Spool, until: Until) -> None:
    peer = Peer(DeliveryError("away"))
    spool.put(b"a")
    hour = Backoff(first_s=3600.0, cap_s=3600.0)
    delivery = Delivery("peer", spool, peer.send, backoff=hour, chance=random.Random(1))
    until(lambda: delivery.counts.failed == 1)
    delivery.hurry()
    until(lambda: delivery.counts.sent == 1)
    delivery.close(1.0)


def test_a_refused_message_is_dropped_and_the_next_goes_on(spool: Spool, until: Until) -> None:
    peer = Peer(RefusedError("answered 404"))
    spool.put(b"a")
    spool.put(b"b")
    delivery = Delivery("peer", spool, peer.send, wait=peer.wait)
    until(lambda: delivery.counts.sent == 1)
    assert peer.taken == [b"b"]
    assert (delivery.counts.dropped, peer.waits) == (1, [])
    delivery.close(1.0)


def test_what_a_full_spool_drops_is_counted(tmp_path: Path, until: Until) -> None:
    spool = Spool(tmp_path, 4096)
    hold = threading.Event()
    delivery = Delivery("peer", spool, lambda key, message: (hold.wait(), None)[1])
    for message in (b"a", b"b", b"c"):
        delivery.put(message)
    assert delivery.counts.dropped == 2
    hold.set()
    until(lambda: delivery.counts.waiting == 0)
    delivery.close(1.0)
    spool.close()


def test_a_fault_of_its_own_does_not_end_the_thread(
    spool: Spool, until: Until, caplog: pytest.LogCaptureFixture
) -> None:
    peer = Peer(KeyError("oops"))
    spool.put(b"a")
    delivery = Delivery("peer", spool, peer.send, wait=peer.wait)
    until(lambda: delivery.counts.sent == 1)
    assert "a fault of its own" in caplog.text
    delivery.close(1.0)


def test_a_row_of_failures_is_one_line_of_the_log(
    spool: Spool, until: Until, caplog: pytest.LogCaptureFixture
) -> None:
    peer = Peer(*[DeliveryError("away")] * 9)
    spool.put(b"a")
    with caplog.at_level(logging.INFO):
        delivery = Delivery("peer", spool, peer.send, wait=peer.wait)
        until(lambda: delivery.counts.sent == 1)
        delivery.close(1.0)
    assert [record.getMessage() for record in caplog.records] == ["peer: away", "peer works again"]


def test_close_sends_what_waits(spool: Spool) -> None:
    peer = Peer()
    delivery = Delivery("peer", spool, peer.send)
    for number in range(50):
        delivery.put(b"%d" % number)
    delivery.close(10.0)
    assert (len(peer.taken), len(spool)) == (50, 0)


def test_close_gives_up_at_the_first_failure_and_keeps_the_rest(spool: Spool, until: Until) -> None:
    peer = Peer(*[DeliveryError("away")] * 100)
    hour = Backoff(first_s=3600.0, cap_s=3600.0)
    spool.put(b"a")
    delivery = Delivery("peer", spool, peer.send, backoff=hour, chance=random.Random(1))
    until(lambda: delivery.counts.failed == 1)
    delivery.put(b"b")
    delivery.close(10.0)
    delivery.close(10.0)
    assert delivery.counts.failed == 2
    assert len(spool) == 2


def test_close_ends_in_time_while_send_hangs_and_nothing_is_sent_later(
    spool: Spool, until: Until
) -> None:
    hold, begun, ended = threading.Event(), threading.Event(), threading.Event()

    def hang(key: str, message: bytes) -> None:
        begun.set()
        hold.wait()
        ended.set()

    delivery = Delivery("peer", spool, hang)
    delivery.put(b"a")
    delivery.put(b"b")
    begun.wait()
    began = time.monotonic()
    delivery.close(0.1)
    delivery.close(0.1)
    assert time.monotonic() - began < 5.0
    hold.set()
    until(lambda: delivery.counts.sent == 1 and len(spool) == 1)
    assert delivery.counts.sent == 1


def test_an_idle_delivery_does_not_turn(tmp_path: Path, until: Until) -> None:
    looked = []

    class Watched(Spool):
        def oldest(self) -> tuple[str, bytes] | None:
            looked.append(1)
            return super().oldest()

    spool = Watched(tmp_path, 1 << 20)
    delivery = Delivery("peer", spool, Peer().send)
    for sent in range(1, 4):
        delivery.put(b"a")
        until(lambda sent=sent: delivery.counts.sent == sent)
    until(lambda: len(spool) == 0)
    assert len(looked) <= 2 * 3 + 2
    delivery.close(1.0)
    spool.close()
