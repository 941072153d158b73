"""Tells systemd that decisions are made, so that a detector that hangs is started again."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from ..decision import Decision, Frame, Reason, Verdict
from ..events import Event
from ..log_lines import without_secrets
from ..notice import Notice
from ..service.notify import Notifier

STATUS_EVERY_S = 5.0
"""A new status not more often than this."""


class SystemdNotice:
    """See `Sink`; ready with the first decision, alive as long as decisions are made.

    UNKNOWN is a decision: a camera that is lost keeps the service alive, a restart would not bring
    it back. An inference that never returns ends the signs of life.
    """

    name = "systemd"

    def __init__(self, notifier: Notifier, clock_ns: Callable[[], int] = time.monotonic_ns) -> None:
        """Tell systemd through `notifier`, which is closed with the sink.

        Args:
            notifier: nothing is sent before the first decision.
            clock_ns: a monotonic clock.
        """
        self._notifier = notifier
        self._clock_ns = clock_ns
        self._ready = False
        self._closed = False
        self._alive_ns: int | None = None
        """When systemd last took a sign of life."""
        self._status_ns = 0
        self._lost_ns: int | None = None
        """Since when the source is lost."""
        self._decided = 0
        """Decisions since the last status."""
        self._oldest_ms = 0.0
        """Highest age of a decision since the last status."""

    def frame(self, frame: Frame, decision: Decision, event: Event | None) -> None:
        """See `Sink.frame`."""
        now_ns = self._clock_ns()
        self._decided += 1
        self._oldest_ms = max(self._oldest_ms, decision.age_ms)
        self._notice_loss(decision, now_ns)
        if not self._ready:
            # Asked again with every frame: a service whose READY=1 got lost would be killed.
            self._ready = self._notifier.ready(f"first decision: {_verdict(decision)}")
            self._begin_status(now_ns)
        elif now_ns - self._status_ns >= STATUS_EVERY_S * 1e9:
            self._notifier.status(self._status(decision, now_ns))
            self._begin_status(now_ns)
        self.alive()

    def starting(self, status: str, at_most_s: float) -> None:
        """Say what is done before the first decision, and that it may take so long from now."""
        self._notifier.starting(status, at_most_s)

    def alive(self) -> None:
        """Say that the loop turns; for frames that are dropped before a decision, too.

        Systemd advises a sign of life every half of the span that it waits.
        """
        span_s, now_ns = self._notifier.watchdog_s, self._clock_ns()
        if span_s is None or not self._ready or self._closed:
            return
        if self._alive_ns is None or now_ns - self._alive_ns >= span_s / 2 * 1e9:
            self._alive_ns = now_ns if self._notifier.alive() else None

    def reloading(self) -> None:
        """A new configuration is about to be read; `reloaded` has to follow."""
        if self._ready:
            self._notifier.reloading()
            self._alive_ns = None  # what follows may take long: begin the span right before it
            self.alive()

    def reloaded(self, status: str = "reloaded") -> None:
        """The new configuration is taken over or refused, as `status` says."""
        if self._ready:
            self._ready = self._notifier.ready(status)

    def event(self, event: Event) -> None:
        """See `Sink.event`; nothing is told."""

    def notice(self, notice: Notice) -> None:
        """See `Sink.notice`; nothing is told."""

    def close(self) -> None:
        """See `Sink.close`."""
        if not self._closed:
            self._closed = True
            self._notifier.stopping()
            self._notifier.close()

    def _notice_loss(self, decision: Decision, now_ns: int) -> None:
        if decision.reason is not Reason.LOST:
            self._lost_ns = None
        elif self._lost_ns is None:
            self._lost_ns = now_ns

    def _begin_status(self, now_ns: int) -> None:
        self._status_ns, self._decided, self._oldest_ms = now_ns, 0, 0.0

    def _status(self, decision: Decision, now_ns: int) -> str:
        seconds = (now_ns - self._status_ns) / 1e9
        rate = f"{self._decided / seconds:.1f} decisions per second"
        if self._lost_ns is not None:
            lost_s = (now_ns - self._lost_ns) / 1e9
            return f"SOURCE LOST for {lost_s:.0f} s: {_detail(decision)}; {rate}"
        return f"{_verdict(decision)}; {rate}, age up to {self._oldest_ms:.0f} ms"


def open_systemd_notice(environ: Mapping[str, str] | None = None) -> SystemdNotice | None:
    """A sink that tells the systemd that started this process, or None where none did.

    Args:
        environ: None takes that of the process.
    """
    notifier = Notifier.from_environment(environ)
    return SystemdNotice(notifier) if notifier else None


def _verdict(decision: Decision) -> str:
    if decision.verdict is Verdict.UNKNOWN:
        return f"UNKNOWN: {_detail(decision)}"
    word: str = decision.verdict.value
    return word.replace("_", " ")


def _detail(decision: Decision) -> str:
    reason = decision.reason.value if decision.reason else "no reason"
    return f"{reason}, {without_secrets(decision.detail)}" if decision.detail else reason
