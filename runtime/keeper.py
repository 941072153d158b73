"""Changes what a running station does: a new configuration or bundle, between two frames.

A new detector is opened, verified and warmed in a thread while the old one goes on deciding; then
it takes its place, or is refused and the old one stays.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from . import logs
from .decision import Decision, Frame
from .detector_options import open_detector
from .errors import SettingsError, TrucksightError
from .events import Origin, Smoothing
from .loop import Station
from .notice import Kind, Notice
from .settings import Settings
from .settings.settings import spelt
from .watch import Watched

if TYPE_CHECKING:
    from .detector import Detector
    from .sinks.systemd import SystemdNotice

RELOADED = (
    *("bundle", "variant", "backend", "threads", "limit"),
    *("enter_s", "leave_s", "blind_s", "enter_probability", "leave_probability"),
    *("max_age_ms", "rate", "log_format", "log_level"),
)
"""Settings that a reload changes; the others need a restart."""


class Keeper:
    """A `Steward`, and the owner of the detector that decides."""

    def __init__(
        self,
        settings: Settings,
        watched: Watched,
        run: str,
        read: Callable[[], Settings],
        service: SystemdNotice | None = None,
    ) -> None:
        """Keep what a run began with.

        Args:
            settings: as they are now.
            watched: its detector is exchanged, and closed by `close`.
            run: see `Origin.run`.
            read: gives the settings as they are now wanted; called in a thread.
            service: told of reloads, and that the loop turns where frames are dropped; one of the
                sinks.
        """
        self.settings = settings
        self._watched = watched
        self._run = run
        self._read = read
        self._service = service
        self._asked = False
        self._job: _Job | None = None

    @property
    def detector(self) -> Detector:
        """The one that decides now."""
        return self._watched.detector

    @property
    def origin(self) -> Origin:
        """Where events come from now."""
        detector = self.detector
        variant = detector.variant
        return Origin(self._run, detector.bundle.name, variant.name, variant.sha256)

    def ask(self) -> None:
        """Read the settings and the bundle again soon; may be called from a signal handler."""
        self._asked = True

    def between(self, station: Station, frame: Frame, decision: Decision | None) -> None:
        """See `Steward.between`."""
        if self._service and decision is None:
            self._service.alive()
        if self._job is None:
            if self._asked:
                self._asked = False
                if self._service:
                    self._service.reloading()
                self._job = _Job(self._prepare)
        elif self._job.done:
            job, self._job = self._job, None
            notice = self._finish(job, station, frame.media_s)
            station.notice(notice)
            if self._service:
                self._service.reloaded(notice.text)

    def close(self) -> None:
        """Close the detector; what was not taken over yet is thrown away."""
        if self._job:
            self._job.join()
            if self._job.made:
                self._job.made[1].close()
            self._job = None
        self.detector.close()

    def _prepare(self) -> tuple[Settings, Detector]:
        """Everything that may fail or last."""
        wanted = self._read()
        fixed = [
            f"--{spelt(one.name)}: changing it needs a restart"
            for one in fields(Settings)
            if one.name not in RELOADED
            and getattr(wanted, one.name) != getattr(self.settings, one.name)
        ]
        if fixed:
            raise SettingsError(fixed)
        return wanted, open_detector(wanted)

    def _finish(self, job: _Job, station: Station, now_s: float) -> Notice:
        if job.made is None:
            text = f"refused, the old one goes on: {job.error}"
            return Notice(Kind.RELOAD, text, now_s, {"taken_over": False})
        self.settings, detector = job.made
        old, self._watched.detector = self.detector, detector
        if self._watched.watch:
            self._watched.watch.limits = detector.limits
        old.close()
        set_up_log(self.settings)
        station.pace.set(self.settings.max_age_ms, self.settings.rate)
        station.smooth(smoothing_of(self.settings), self.origin)
        text = f"taken over: {detector.bundle.name}, {detector.variant.name}, {detector.engine}"
        data: dict[str, Any] = {"taken_over": True, "variant_sha256": detector.variant.sha256}
        return Notice(Kind.RELOAD, text, now_s, data)


class _Job:
    """Work in a thread, looked after by the loop."""

    def __init__(self, work: Callable[[], tuple[Settings, Detector]]) -> None:
        self.made: tuple[Settings, Detector] | None = None
        self.error: str | None = None
        self._work = work
        self._thread = threading.Thread(target=self._do, name="reload", daemon=True)
        self._thread.start()

    @property
    def done(self) -> bool:
        return not self._thread.is_alive()

    def join(self) -> None:
        self._thread.join()

    def _do(self) -> None:
        try:
            self.made = self._work()
        except TrucksightError as exc:
            self.error = "; ".join(exc.lines)


def set_up_log(settings: Settings) -> None:
    """Log as the settings say."""
    level = settings.log_level or ("error" if settings.quiet else "info")
    logs.set_up(settings.log_format, level)


def smoothing_of(settings: Settings) -> Smoothing:
    """The part of the settings that makes events."""
    return Smoothing(
        enter_s=settings.enter_s,
        leave_s=settings.leave_s,
        blind_s=settings.blind_s,
        enter_probability=settings.enter_probability,
        leave_probability=settings.leave_probability,
    )
