"""Training one row by the command line, in a process of its own, and keeping what it took.

Memory is given back between rows, and time and memory are those that a user sees. No row takes
features from a cache, so that their times can be compared.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ...runtime.errors import TrucksightError
from ...runtime.files import sha256_bytes, sha256_file, write_atomically
from ...train.data.boxes import ANNOTATIONS
from ...train.data.folders import find_pictures
from ...train.data.manifest import NAME
from ...train.evaluation.figures import Figure
from ...train.options import TrainOptions, as_toml
from ...train.provenance import package_versions
from ...train.run_folder import MODEL_FILE
from ..json_shape import shaped
from .child import Child
from .outcome import Learnt, Took

_COLLAPSED = 1


class RowFailed(TrucksightError):
    """A training did not come to a run; says why in a line."""


@dataclass(frozen=True, slots=True)
class Workplace:
    """Where rows are trained, and on what."""

    folder: Path
    """Of runs; a row's record, options and log lie beside its run."""
    pictures: tuple[Path, ...]
    """Data folders."""
    pictures_sha256: str
    """Of the pictures, and of the manifests and annotations that tell of them."""
    versions: Mapping[str, str]

    @classmethod
    def of(cls, folder: Path, pictures: Sequence[Path]) -> Workplace:
        """Make the folder and hash the pictures.

        Raises:
            DataError: there are none.
        """
        found = find_pictures(pictures)
        files = [(one.root, one.path) for one in found]
        files += [(root, path) for root in pictures for path in _beside(root)]
        lines = sorted(f"{path} {sha256_file(root / path)}\n" for root, path in files)
        folder.mkdir(parents=True, exist_ok=True)
        hashed = sha256_bytes("".join(lines).encode())
        return cls(folder, tuple(pictures), hashed, package_versions())

    def run(self, name: str) -> Path:
        """The run folder of a row."""
        return self.folder / name

    def beside(self, name: str, suffix: str) -> Path:
        """A file that belongs to a row."""
        return self.folder / f"{name}.{suffix}"


@dataclass(frozen=True, slots=True)
class _Record:
    key: str
    took: Took


def finished(place: Workplace, name: str, options: TrainOptions) -> Took | None:
    """What a row took, if it was trained already: by these options, versions and pictures."""
    try:
        record = shaped(_Record, json.loads(place.beside(name, "json").read_bytes()))
    except (OSError, ValueError, TypeError):
        return None
    there = (place.run(name) / "report.json").is_file()
    return record.took if there and record.key == key_of(place, options) else None


def train_row(place: Workplace, name: str, options: TrainOptions) -> Took:
    """Train a row anew.

    Raises:
        RowFailed: it did not come to a run.
    """
    run, log = place.run(name), place.beside(name, "log")
    place.beside(name, "json").unlink(missing_ok=True)
    shutil.rmtree(run, ignore_errors=True)
    config = place.beside(name, "toml")
    write_atomically(config, as_toml(options))
    command = [sys.executable, "-m", "trucksight.runtime", "train", *map(str, place.pictures)]
    command += ["--out", str(run), "--overwrite", "--config", str(config)]
    took, status = _run([*command, "--feature-cache-mb", "0"], log)
    if status not in (0, _COLLAPSED) or not (run / "report.json").is_file():
        raise RowFailed(_why(status, log))
    record = asdict(_Record(key_of(place, options), took))
    write_atomically(place.beside(name, "json"), json.dumps(record, indent=1) + "\n")
    return took


def learnt(run: Path) -> tuple[Learnt, bool]:
    """What a run says of itself, and whether it collapsed."""
    report = json.loads((run / "report.json").read_bytes())
    info = json.loads((run / "run.json").read_bytes())
    figures = report["figures"]

    def bounded(name: str) -> Figure:
        return Figure(**figures["values"][name])

    told = Learnt(
        roc_auc=bounded("roc_auc"),
        accuracy=bounded("accuracy"),
        n=figures["n"],
        groups=figures["groups"],
        epochs=info["epochs"],
        holdout_sha256=info["data"]["sha256"]["holdout"],
        model_sha256=info["model"]["sha256"],
    )
    return told, bool(report["collapsed"])


def strategy_of(run: Path) -> str:
    """What was trained, where the plan left it to the number of pictures too."""
    return str(json.loads((run / "run.json").read_bytes())["options"]["strategy"])


def counts(run: Path) -> dict[str, dict[str, int]]:
    """Photographs by split and label."""
    found: dict[str, dict[str, int]] = json.loads((run / "run.json").read_bytes())["data"]["counts"]
    return found


def _run(command: Sequence[str], log: Path) -> tuple[Took, int]:
    """Run a command to its end, what it says going to a file; its exit status, or -signal."""
    began, load_before = datetime.now(timezone.utc), os.getloadavg()[0]
    begun = time.monotonic()
    with Child() as child, log.open("wb") as file:
        waited, used = child.run(command, file)
    wall_s = time.monotonic() - begun
    took = Took(
        began=began.isoformat(timespec="seconds"),
        wall_s=round(wall_s, 3),
        cpu_s=round(used.ru_utime + used.ru_stime, 3),
        peak_mib=round(used.ru_maxrss / 1024, 1),
        load_before=round(load_before, 2),
        load_after=round(os.getloadavg()[0], 2),
    )
    return took, os.waitstatus_to_exitcode(waited)


def _why(status: int, log: Path) -> str:
    if status < 0:
        return f"killed by {signal.Signals(-status).name}"
    said = log.read_text(errors="replace").strip().splitlines()
    last = said[-1].removeprefix("trucksight: ") if said else "nothing was said"
    return f"exit status {status}: {last[:300]}"


def key_of(place: Workplace, options: TrainOptions) -> str:
    """Of everything that a result comes from; the name of a file that it begins with is none."""
    said: dict[str, Any] = options.resolved().as_json()
    for name, file in (
        ("weights", Path(options.weights or "none")),
        ("teacher", Path(options.teacher or "none", MODEL_FILE)),
    ):
        if file.is_file():
            said[name] = sha256_file(file)
    about = [said, place.pictures_sha256, dict(place.versions)]
    return sha256_bytes(json.dumps(about, sort_keys=True, default=str).encode())


def _beside(root: Path) -> list[Path]:
    """Files in a data folder and its split folders that tell of pictures, below it."""
    found = (folder / name for folder in (root, *root.iterdir()) for name in (NAME, ANNOTATIONS))
    return sorted(file.relative_to(root) for file in found if file.is_file())
