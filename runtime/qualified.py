"""The choice that `trucksight qualify` made on this board, and whether it still holds here.

A choice is kept for a bundle and holds while the board and the packages are those it was measured
with: it rests on a measurement, and nobody has measured anything else.
"""

from __future__ import annotations

import json
import logging
import os
import platform
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from .bundle import load_bundle
from .detector import resolve_bundle
from .errors import OutputError
from .files import write_atomically
from .settings import Settings

SCHEMA, SCHEMA_VERSION = "trucksight-qualified", 1
MOST_KEPT = 32
"""The oldest choices beyond these are forgotten."""
_PACKAGES = (
    *("trucksight", "numpy", "opencv-python-headless", "opencv-python"),
    *("ai-edge-litert", "tflite-runtime", "onnxruntime", "onnxruntime-gpu"),
)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a choice was measured; it holds where this is the same."""

    board: str
    cpus: int | None
    """That the measuring process might use."""
    versions: dict[str, str]
    """Of Python and the packages that decide, by name."""

    @classmethod
    def here(cls, root: Path = Path("/")) -> Place:
        """This machine and environment."""
        from importlib.metadata import PackageNotFoundError, version

        from .doctor.machine import Machine

        machine = Machine.read(root)
        names = [machine.board or "unknown board", machine.processor or platform.machine()]
        versions = {"python": platform.python_version()}
        for package in _PACKAGES:
            try:
                versions[package] = version(package)
            except PackageNotFoundError:
                continue
        return cls(", ".join(names), machine.affinity_cpus, versions)

    def differences(self, other: Place) -> list[str]:
        """What is different there from here, each in a few words."""
        told = []
        if other.board != self.board:
            told.append(f"on {self.board}, this is {other.board}")
        if other.cpus != self.cpus:
            told.append(f"with {self.cpus} processors, here are {other.cpus}")
        for name in sorted({*self.versions, *other.versions}):
            then, now = self.versions.get(name), other.versions.get(name)
            if then != now:
                told.append(f"with {name} {then or 'absent'}, here it is {now or 'absent'}")
        return told


@dataclass(frozen=True, slots=True)
class Qualified:
    """What was chosen, and what that rests on."""

    bundle: str
    """The bundle's name, for people."""
    bundle_sha256: str
    variant: str
    backend: str
    threads: int
    because: str
    """In words, with figures."""
    created: str
    """UTC, ISO 8601."""
    place: Place


def state_folder() -> Path:
    """Where choices are kept: systemd's state folder, `XDG_STATE_HOME` or `~/.local/state`.

    Raises:
        OutputError: this user has none of them.
    """
    if os.environ.get("STATE_DIRECTORY"):
        return Path(os.environ["STATE_DIRECTORY"].split(":")[0])
    home = os.environ.get("XDG_STATE_HOME")
    try:
        return Path(home or Path.home() / ".local/state") / "trucksight"
    except RuntimeError:
        raise OutputError("this user has no home folder; name a folder: XDG_STATE_HOME") from None


def keep(choice: Qualified, folder: Path | None = None) -> Path:
    """Keep a choice instead of the one for the same bundle.

    Raises:
        OutputError: the folder cannot be written.
    """
    folder = folder or state_folder()
    path = _path(folder, choice.bundle_sha256)
    document = {"schema": SCHEMA, "schema_version": SCHEMA_VERSION, **asdict(choice)}
    write_atomically(path, json.dumps(document, indent=2) + "\n")
    try:
        kept = sorted(folder.glob("qualified-*.json"), key=lambda one: one.stat().st_mtime_ns)
        for old in kept[:-MOST_KEPT]:
            old.unlink()
    except OSError as exc:
        raise OutputError(f"{folder} cannot be tidied: {exc.strerror}") from exc
    return path


def kept(bundle_sha256: str, folder: Path | None = None) -> Qualified | None:
    """The choice for a bundle; None where there is none that can be read."""
    path = _path(folder or state_folder(), bundle_sha256)
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as exc:
        log.warning("%s is not used: %s", path, exc)
        return None
    choice = _choice(document)
    if choice is None or choice.bundle_sha256 != bundle_sha256:
        log.warning("%s is not used: it is of another version or damaged", path)
        return None
    return choice


def holds(choice: Qualified, here: Place | None = None) -> bool:
    """Whether a choice was made for what is here; where not, the log says what differs."""
    differences = choice.place.differences(here or Place.here())
    if differences:
        log.warning(
            "the choice of %s is not used: it was measured %s; measure again: trucksight qualify",
            choice.created,
            "; ".join(differences),
        )
    return not differences


def as_qualified(settings: Settings, folder: Path | None = None) -> Settings:
    """Settings of a run with what was chosen for this board, where they leave the choice open.

    A run goes on without a choice where its folder cannot be looked into. Steps to a variant were
    declared for the variant and engine that decide without a choice; with another one they might
    lead to what decides already, or to what its engine does not read.

    Raises:
        BundleError: the bundle cannot be read.
    """
    if (settings.variant, settings.backend, settings.threads) != (None, None, None):
        return settings
    try:
        folder = folder or state_folder()
        if not any(folder.glob("qualified-*.json")):
            return settings
    except OSError as exc:
        log.info("no choice of this board is looked for: %s", exc)
        return settings
    if any(step.startswith("variant=") for step in settings.step):
        log.info("the choice of this board is not used: a step names a variant")
        return settings
    choice = kept(load_bundle(resolve_bundle(settings.bundle)).sha256, folder)
    if choice is None or not holds(choice):
        return settings
    log.info(
        "as qualified %s: %s on %s, threads %d",
        *(choice.created, choice.variant, choice.backend, choice.threads),
    )
    return replace(settings, variant=choice.variant, backend=choice.backend, threads=choice.threads)


def _path(folder: Path, bundle_sha256: str) -> Path:
    return folder / f"qualified-{bundle_sha256[:16]}.json"


def _choice(document: Any) -> Qualified | None:
    if not isinstance(document, dict):
        return None
    marks = document.pop("schema", None), document.pop("schema_version", None)
    if marks != (SCHEMA, SCHEMA_VERSION):
        return None
    try:
        place = Place(**document.pop("place"))
        choice = Qualified(place=place, **document)
    except (TypeError, KeyError):
        return None
    words = (choice.variant, choice.backend, choice.because, choice.created, place.board)
    sound = (
        all(isinstance(word, str) for word in words)
        and isinstance(choice.threads, int)
        and choice.threads >= 1
        and isinstance(place.versions, dict)
    )
    return choice if sound else None
