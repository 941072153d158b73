"""What no single value shows: settings that contradict each other or name what is not there."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from ..errors import TrucksightError
from ..secret_file import read_secret
from .settings import Settings, spelt

Fault = tuple[str, str]
"""Name of a setting, and what is wrong with it."""

NEEDS = {
    "rotate_mb": ("decisions", "events"),
    "step_age_ms": ("step",),
    "mqtt_ca": ("mqtt",),
    "webhook_secret": ("webhook",),
    "spool": ("mqtt", "webhook"),
    "http_token_file": ("http",),
}
"""Setting -> those of which one must be given as well."""
WRITTEN = ("decisions", "events", "video")
"""Files that a run makes."""
READ = ("bundle", "mqtt_ca", "webhook_secret", "http_token_file")
"""Files that it reads, besides the source."""


def faults_of(
    settings: Settings, wrong: set[str], complete: bool, config: Path | None = None
) -> Iterator[Fault]:
    """Everything that is wrong with settings whose values are each in their range.

    Args:
        settings: some may stand at their default because what was said is wrong.
        wrong: names of those; what depends on them is not looked at.
        complete: whether there must be a source.
        config: the file that the settings come from.
    """
    if not wrong.intersection(("source", *READ, *WRITTEN)):
        yield from _files(settings, config)
    if complete and not settings.source and "source" not in wrong:
        yield "source", "is missing: a camera, a video or pictures to look at"
    for names, check in _CHECKS:
        if not wrong.intersection(names):
            yield from check(settings)


def _source(settings: Settings) -> Iterator[Fault]:
    from ..sources import check_source

    if not settings.source:
        return
    from ..sources import kind_of

    if settings.wait_for_source and kind_of(settings.source) != "live":
        yield "wait_for_source", "is for cameras and streams"
    name = "fps" if settings.fps is not None else "size" if settings.size else "source"
    yield from _refused(name, check_source, settings.source, settings.fps, settings.size)


def _limits(settings: Settings) -> Iterator[Fault]:
    from ..usable import Limits

    for name, value in (settings.limit or {}).items():
        yield from _refused("limit", lambda one: Limits(**one), {name: value})


def _region(settings: Settings) -> Iterator[Fault]:
    from ..region import Region

    if settings.region:
        yield from _refused("region", Region.parse, settings.region)


def _smoothing(settings: Settings) -> Iterator[Fault]:
    enter, leave = settings.enter_probability, settings.leave_probability
    if enter is not None and leave is not None and leave > enter:
        yield "leave_probability", f"{leave:g} is more than --enter-probability {enter:g}"


def _ladder(settings: Settings) -> Iterator[Fault]:
    from ..governing import governor_of
    from ..ladder import Ladder, Level
    from ..sources import check_source

    if not settings.step:
        return
    try:
        ladder = Ladder.parse(settings.step, Level(settings.rate, settings.size, settings.variant))
    except TrucksightError as exc:
        yield "step", str(exc)
        return
    yield from _refused("step_age_ms", governor_of, settings)
    sizes = {level.size_wh for level in ladder.levels} - {None}
    if sizes and settings.source:
        yield from _refused("step", check_source, settings.source, None, sizes.pop())


def _needs(settings: Settings) -> Iterator[Fault]:
    for name, needed in NEEDS.items():
        if getattr(settings, name) is not None and not any(getattr(settings, n) for n in needed):
            yield name, f"is for {' or '.join(f'--{spelt(one)}' for one in needed)}"
    for name in ("mqtt", "webhook"):
        if getattr(settings, name) and settings.spool is None:
            yield name, "needs --spool DIR, where events wait for their peer"


def _files(settings: Settings, config: Path | None) -> Iterator[Fault]:
    from ..sinks.rotating import OLD_FILES

    seen: dict[Path, str] = {}
    read = {"source": settings.source, "config": config}
    read |= {name: getattr(settings, name) for name in READ}
    for name, said in read.items():
        with contextlib.suppress(OSError):  # a script of faults may be too long for a path
            if said and Path(said).is_file():
                seen.setdefault(Path(said).resolve(), name)
    for name in WRITTEN:
        path: Path | None = getattr(settings, name)
        if path is None:
            continue
        rotates = settings.rotate_mb is not None and name != "video"
        numbers = range(1, OLD_FILES + 1) if rotates else ()
        for one in (path, *(path.with_name(f"{path.name}.{number}") for number in numbers)):
            other = seen.setdefault(one.resolve(), name)
            if other != name:
                yield name, f"--{spelt(other)} and --{name} name the same file {one}"
        if path.is_dir():
            yield name, f"cannot write {path}: it is a folder"
        elif not path.parent.is_dir():
            yield name, f"cannot write {path}: the folder {path.parent} does not exist"
        elif not os.access(path if path.exists() else path.parent, os.W_OK):
            yield name, f"cannot write {path}: no permission"


def _folders(settings: Settings) -> Iterator[Fault]:
    for name in ("snapshots", "clips", "spool"):
        path: Path | None = getattr(settings, name)
        if path and path.exists() and not path.is_dir():
            yield name, f"{path} is no folder"


def _video(settings: Settings) -> Iterator[Fault]:
    if settings.video:
        from ..sinks.video import check_ending

        yield from _refused("video", check_ending, settings.video)


def _peers(settings: Settings) -> Iterator[Fault]:
    # Each where it is needed: one alone may load more than all else that a run starts with.
    if settings.mqtt:
        from ..sinks.mqtt_address import MqttAddress

        yield from _refused("mqtt", MqttAddress.parse, settings.mqtt)
    if settings.webhook:
        from ..sinks.webhook import check_url

        yield from _refused("webhook", check_url, settings.webhook)
    if settings.webhook_secret:
        yield from _refused("webhook_secret", read_secret, settings.webhook_secret)


def _status_page(settings: Settings) -> Iterator[Fault]:
    token: str | None = None
    if settings.http_token_file:
        try:
            token = read_secret(settings.http_token_file)
        except TrucksightError as exc:
            yield "http_token_file", str(exc)
            return
    if settings.http:
        from ..status.access import Access
        from ..status.address import Address

        yield from _refused("http", lambda text: Access(Address.parse(text), token), settings.http)


def _refused(name: str, check: Callable[..., object], *values: object) -> Iterator[Fault]:
    """The error of a check, as the fault of a setting."""
    try:
        check(*values)
    except TrucksightError as exc:
        yield name, str(exc)


_CHECKS: tuple[tuple[tuple[str, ...], Callable[[Settings], Iterator[Fault]]], ...] = (
    (("source", "fps", "size"), _source),
    (("limit",), _limits),
    (("region",), _region),
    (("enter_probability", "leave_probability"), _smoothing),
    (("step", "step_age_ms", "step_celsius", "rate", "size", "max_age_ms"), _ladder),
    ((), _needs),
    (("snapshots", "clips", "spool"), _folders),
    (("video",), _video),
    (("mqtt", "webhook", "webhook_secret"), _peers),
    (("http", "http_token_file"), _status_page),
)
"""Settings that a check looks at, and the check."""
