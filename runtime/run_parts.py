"""The parts of a run as its settings say."""

from __future__ import annotations

from . import logs
from .detector import Detector, choose
from .detector_options import detector_of
from .errors import UsageError
from .events import Smoothing
from .settings import Settings
from .sources import kind_of


def opened(settings: Settings) -> Detector:
    """The detector of a run, verified; see `Detector` for what it raises."""
    return detector_of(settings, settings.region, decides_ahead(settings))


def decides_ahead(settings: Settings) -> bool:
    """Whether the source waits for its reader, so that several frames may be decided on at once.

    Not where frames may be dropped: the model would be asked about those as well, and each one
    would be older by the others' time.
    """
    dropping = settings.rate is not None or settings.max_age_ms is not None or settings.step
    return kind_of(settings.source) != "live" and not dropping


def check_model(settings: Settings, detector: Detector) -> None:
    """Refuse settings that a model contradicts.

    Raises:
        BundleError: a step to a variant that the bundle lacks, or that no engine here reads.
        UsageError: a step to the variant that decides already, or probabilities that would have
            an event end as it begins.
    """
    for step in settings.step:
        name, _, value = step.partition("=")
        if name == "variant":
            choose(detector.bundle, value, settings.backend)
            if value == detector.variant.name:
                raise UsageError(f"--step {step}: {value} decides already without it")
    threshold = detector.variant.threshold
    enter, leave = settings.enter_probability, settings.leave_probability
    least, kept = (threshold if one is None else one for one in (enter, leave))
    if (enter, leave) != (None, None) and kept > least:
        raise UsageError(
            f"an event would begin at probability {least:g} and end under {kept:g}; the threshold"
            f" of {detector.variant.name} is {threshold:g}"
        )


def log_of(settings: Settings) -> tuple[object, ...]:
    """The part of the settings that is about the log."""
    return settings.log_format, settings.log_level, settings.quiet


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
