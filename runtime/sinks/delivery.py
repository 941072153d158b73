"""Messages from a spool to a peer that may be slow, away or dead, each until it has arrived."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass

from ..errors import OutputError, UsageError
from .spool import Spool

log = logging.getLogger(__name__)


class DeliveryError(OutputError):
    """A message did not arrive; it is tried again."""


class RefusedError(DeliveryError):
    """The peer will never take this message; it is dropped."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long to wait after failures in a row: at random up to a bound that doubles.

    The full jitter of https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/,
    so that boards that lost one peer together do not come back to it together.

    Raises:
        UsageError: not 0 < first_s <= cap_s.
    """

    first_s: float = 1.0
    """Bound after the first failure, seconds."""
    cap_s: float = 60.0
    """Bound that is not exceeded, seconds."""

    def __post_init__(self) -> None:
        if not 0 < self.first_s <= self.cap_s < float("inf"):
            raise UsageError(f"a back-off needs 0 < first_s <= cap_s, not {self!r}")

    def delay_s(self, failures: int, chance: random.Random) -> float:
        """Seconds to wait after `failures` in a row, 1 or more."""
        return chance.uniform(0, min(self.cap_s, self.first_s * 2.0 ** min(failures - 1, 60)))


@dataclass(frozen=True, slots=True)
class DeliveryCounts:
    """What became of the messages since the delivery began."""

    sent: int
    """Messages that arrived."""
    failed: int
    """Attempts that did not get a message through."""
    dropped: int
    """Messages lost: refused by the peer, pushed out of a full spool, or not written to disk."""
    waiting: int
    """Messages in the spool."""
    last_error: str | None
    """Of the latest attempt that failed; None when none did."""


class Delivery:
    """A thread that empties a spool in order, trying for ever.

    A message leaves the spool only after `send` returned, so it arrives at least once, and twice
    when the process dies between the two.
    """

    def __init__(
        self,
        name: str,
        spool: Spool,
        send: Callable[[str, bytes], None],
        *,
        backoff: Backoff | None = None,
        chance: random.Random | None = None,
        wait: Callable[[threading.Event, float], bool] = threading.Event.wait,
    ) -> None:
        """Start the thread.

        Args:
            name: for the log; holds no secret.
            spool: stays the caller's to close, after this.
            send: takes a message's key and bytes, and returns when the peer has them. Raises
                `DeliveryError` when they did not arrive, `RefusedError` when they never will.
            backoff: between failures; None takes the defaults.
            chance: the jitter's; None takes one of its own.
            wait: waits for an event for some seconds and tells whether it came.
        """
        self._name, self._spool, self._send = name, spool, send
        self._backoff = backoff or Backoff()
        self._chance = chance or random.Random()
        self._wait = wait
        self._sent = self._failed = self._refused = 0
        self._last_error: str | None = None
        self._failing = False
        self._filled = threading.Event()
        self._hurry = threading.Event()
        self._closing = threading.Event()
        self._abandoned = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"delivery to {name}", daemon=True)
        self._thread.start()

    @property
    def counts(self) -> DeliveryCounts:
        """As they stand now."""
        return DeliveryCounts(
            self._sent,
            self._failed,
            self._refused + self._spool.dropped,
            len(self._spool),
            self._last_error,
        )

    def put(self, message: bytes) -> None:
        """Hand over a message, not empty; it is on the disk when this returns. Never raises."""
        self._spool.put(message)
        self._filled.set()

    def hurry(self) -> None:
        """Try again now: there is reason to think that the peer is back."""
        self._hurry.set()

    def close(self, timeout_s: float) -> None:
        """Send what still can be sent, and end; the rest stays in the spool. May be called twice.

        What waits is tried in order, up to the first failure.

        Args:
            timeout_s: returns after this many seconds even while `send` hangs; the thread is
                then left to itself and takes no other message.
        """
        if self._closing.is_set():
            return
        self._closing.set()
        self._hurry.set()
        self._filled.set()
        self._thread.join(timeout_s)
        self._abandoned.set()

    def _run(self) -> None:
        failures = 0
        while not self._abandoned.is_set():
            self._filled.clear()
            self._hurry.clear()
            entry = self._spool.oldest()
            closing = self._closing.is_set()
            if entry is None and closing:
                return
            if entry is None:
                self._filled.wait()
            elif self._deliver(*entry):
                failures = 0
            elif closing:
                return
            else:
                failures += 1
                if self._wait(self._hurry, self._backoff.delay_s(failures, self._chance)):
                    failures = 0

    def _deliver(self, key: str, message: bytes) -> bool:
        """Whether the message has left the spool."""
        try:
            self._send(key, message)
        except RefusedError as exc:
            self._refused += 1
            self._note_failure(exc)
        except DeliveryError as exc:
            self._note_failure(exc)
            return False
        except Exception as exc:
            # A thread that ends here would keep all further messages, and nobody would know.
            self._note_failure(exc)
            log.exception("%s: a fault of its own", self._name)
            return False
        else:
            self._sent += 1
            if self._failing:
                log.info("%s works again", self._name)
            self._failing = False
        self._spool.remove(key)
        return True

    def _note_failure(self, error: Exception) -> None:
        """Count a failure, and say the first of a row aloud."""
        self._failed += 1
        self._last_error = " ".join(str(error).split()) or type(error).__name__
        if not self._failing:
            log.warning("%s: %s", self._name, self._last_error)
        self._failing = True
