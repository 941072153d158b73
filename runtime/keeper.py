"""Changes what a running station does, between two frames: on request, or to keep up.

On request it takes over a new configuration or bundle. To keep up, it does what the governor wants.
A new detector is opened, verified and warmed in a thread while the old one goes on deciding; then
it takes its place, or is refused and the old one stays.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from .decision import Decision, Frame
from .errors import SettingsError
from .events import Origin
from .governing import Governing, check_sizes
from .keeper_job import Job
from .ladder import Level, not_smaller
from .log_lines import without_secrets
from .loop import Station
from .notice import Kind, Notice
from .run_parts import check_model, log_of, opened, set_up_log, smoothing_of
from .settings import Settings
from .settings.settings import spelt
from .sources import Source
from .sources.live import LiveSource
from .watch import Watched

if TYPE_CHECKING:
    from .detector import Detector
    from .governor_step import Step
    from .sinks.systemd import SystemdNotice

RELOADED = (
    *("bundle", "variant", "backend", "threads", "limit"),
    *("enter_s", "leave_s", "blind_s", "enter_probability", "leave_probability"),
    *("max_age_ms", "rate", "step", "step_age_ms", "step_celsius"),
    *("log_format", "log_level"),
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
        governing: Governing | None = None,
    ) -> None:
        """Keep what a run began with.

        Args:
            settings: as they are now.
            watched: its detector is exchanged, and closed by `close`.
            run: see `Origin.run`.
            read: gives the settings as they are now wanted; called in a thread.
            service: told of reloads, and that the loop turns where frames are dropped; one of the
                sinks.
            governing: closed with it; None makes one of the settings.
        """
        self.settings = settings
        self._watched = watched
        self._run = run
        self._read = read
        self._service = service
        self._governing = governing or Governing(settings)
        self._size_wh, self._variant = settings.size, settings.variant
        """What was asked of source and bundle last."""
        self._own_wh: tuple[int, int] | None = None
        """What the source gives before any step, pixels; None: not known yet."""
        self._asked = False
        self._job: Job | None = None

    @property
    def detector(self) -> Detector:
        """The one that decides now."""
        return self._watched.detector

    @property
    def origin(self) -> Origin:
        """Where events come from now."""
        detector = self.detector
        variant = detector.variant
        snapshots = self.settings.snapshots is not None
        return Origin(self._run, detector.bundle.name, variant.name, variant.sha256, snapshots)

    def meet(self, source: Source) -> None:
        """Refuse steps that a source contradicts which has opened.

        Where its size is not known yet, as of a camera that is waited for, such steps are left out
        with the first picture, and a notice tells.

        Raises:
            UsageError: a step to a size that is not smaller than what the source gives.
        """
        check_sizes(self.settings.step, source.size_wh)
        self._own_wh = source.size_wh

    def prepare(self, frame: Frame) -> Frame:
        """See `Detector.prepare`; if it is exchanged before it decides, that was for nothing."""
        return self.detector.prepare(frame)

    def ask(self) -> None:
        """Read the settings and the bundle again soon; may be called from a signal handler."""
        self._asked = True

    def between(self, station: Station, frame: Frame, decision: Decision | None) -> None:
        """See `Steward.between`."""
        if self._service and decision is None:
            self._service.alive()
        if self._own_wh is None and frame.image_bgr is not None:
            height, width = frame.image_bgr.shape[:2]
            self._own_wh = (width, height)
            self._leave_out(station, frame.media_s)
        if self._job:
            if self._job.done:
                job, self._job = self._job, None
                job.finish(job, station, frame.media_s)
        elif self._asked:
            self._asked = False
            if self._service:
                self._service.reloading()
            self._job = Job(self._prepare, self._reloaded)
        else:
            step = self._governing.look(frame, decision, station.pace)
            if step:
                self._take(step, station, frame.media_s)

    def close(self) -> None:
        """Close the detector; what was not taken over yet is thrown away."""
        if self._job:
            self._job.abandon()
            self._job = None
        self._governing.close()
        self.detector.close()

    def _prepare(self) -> tuple[Settings, Detector]:
        """Everything of a reload that may fail or last."""
        wanted = self._read()
        fixed = [
            f"--{spelt(one.name)}: changing it needs a restart"
            for one in fields(Settings)
            if one.name not in RELOADED
            and getattr(wanted, one.name) != getattr(self.settings, one.name)
        ]
        if fixed:
            raise SettingsError(fixed)
        check_sizes(wanted.step, self._own_wh)
        detector = opened(wanted)
        try:
            check_model(wanted, detector)
            self._check_at_once(detector)
        except BaseException:
            detector.close()
            raise
        return wanted, detector

    def _check_at_once(self, detector: Detector) -> None:
        """A recording feeds as many pictures at once as its first detector took."""
        now, then = self.detector.at_once, detector.at_once
        if now != then:
            raise SettingsError(
                [f"the recording is decided on {now} at a time, {then} at a time needs a restart"]
            )

    def _reloaded(self, job: Job, station: Station, now_s: float) -> None:
        if job.made is None:
            text = f"refused, the old one goes on: {without_secrets(job.error)}"
            data: dict[str, Any] = {"taken_over": False}
        else:
            before = self.settings
            self.settings, detector = job.made
            self._variant = self.settings.variant
            if log_of(self.settings) != log_of(before):
                set_up_log(self.settings)
            self._exchange(detector, station)
            self._governing.restart(self.settings)
            self._leave_out(station, now_s)
            self._apply(Level(self.settings.rate, self.settings.size), station)
            text = f"taken over: {detector.bundle.name}, {detector.variant.name}, {detector.engine}"
            data = {"taken_over": True, "variant_sha256": detector.variant.sha256}
        station.notice(Notice(Kind.RELOAD, text, now_s, data, job.made is None))
        if self._service:
            self._service.reloaded(text)

    def _leave_out(self, station: Station, now_s: float) -> None:
        """Forget steps that turn out to lead to no smaller picture."""
        large = not_smaller(self.settings.step, self._own_wh) if self._own_wh else []
        if self._own_wh is None or not large:
            return
        steps = tuple(step for step in self.settings.step if step not in large)
        self.settings = replace(self.settings, step=steps)
        self._governing.restart(self.settings)
        width, height = self._own_wh
        text = f"left out, the source gives {width}x{height} without it: {', '.join(large)}"
        station.notice(Notice(Kind.GOVERNOR, text, now_s, {"left_out": large}, trouble=True))

    def _take(self, step: Step, station: Station, now_s: float) -> None:
        """Do what the governor wants, at once or, for another variant, when that is verified."""
        station.notice(step.notice(now_s))
        self._apply(step.level, station)
        wanted = replace(self.settings, variant=step.level.variant)
        if wanted.variant != self._variant:
            self._variant = wanted.variant
            self._job = Job(lambda: (wanted, opened(wanted)), self._stepped)

    def _stepped(self, job: Job, station: Station, now_s: float) -> None:
        if job.made:
            self._exchange(job.made[1], station)
            return
        text = f"the step is not possible, the old variant goes on: {without_secrets(job.error)}"
        station.notice(Notice(Kind.GOVERNOR, text, now_s, trouble=True))

    def _apply(self, level: Level, station: Station) -> None:
        station.pace.set(self.settings.max_age_ms, level.rate)
        if level.size_wh != self._size_wh and isinstance(station.source, LiveSource):
            self._size_wh = level.size_wh
            if self._watched.watch:
                self._watched.watch.expect_resize()
            station.source.resize(level.size_wh)

    def _exchange(self, detector: Detector, station: Station) -> None:
        old, self._watched.detector = self.detector, detector
        if self._watched.watch:
            self._watched.watch.limits = detector.limits
        old.close()
        station.smooth(smoothing_of(self.settings), self.origin)
