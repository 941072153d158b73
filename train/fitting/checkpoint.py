"""What a training that is killed leaves behind, so that it can be continued.

One file in a hidden folder beside the run, written after every epoch to a temporary name and
renamed: whatever kills the program, the file holds a whole epoch. It goes when the run is finished.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ...runtime.errors import OutputError, RunError, UsageError
from ...runtime.files import remove_abandoned, sync_path

FILE = "checkpoint.npz"
SCHEMA = 2
SPARE_BYTES = 16 << 20
"""For what a run holds besides its model: plots, tables, report."""

Arrays = Sequence[npt.NDArray[Any]]


@dataclass(frozen=True, slots=True)
class State:
    """A stage after one of its epochs."""

    stage: str
    best: int
    """Epoch with the best weights; 0: those that the stage started with."""
    best_key: tuple[float, float]
    """Its ROC AUC and its negative loss, on the select split."""
    history: tuple[Mapping[str, Any], ...]
    """A row an epoch, those of earlier stages first."""
    bests: Mapping[str, int]
    """Best epochs of earlier stages."""
    model: Arrays
    """Every variable of the stage's model, states of its random generators included."""
    optimizer: Arrays
    best_weights: Arrays
    average: Arrays = ()
    """Of the weights, where they are averaged."""

    @property
    def epoch(self) -> int:
        """How many epochs of the stage have ended."""
        return sum(row["stage"] == self.stage for row in self.history)


@dataclass(frozen=True, slots=True)
class Checkpoints:
    """The place where one training keeps its state."""

    folder: Path

    @classmethod
    def beside(cls, run: Path) -> Checkpoints:
        """That of a run folder, whether or not there is one."""
        return cls(run.parent / f".{run.name}.resume")

    @property
    def file(self) -> Path:
        """Whether it exists tells whether there is something to continue."""
        return self.folder / FILE

    def save(self, state: State, identity: Mapping[str, Any]) -> None:
        """Replace what was kept.

        Args:
            state: what to keep.
            identity: what a continued training must have in common; what json can write.

        Raises:
            OutputError: it cannot be written; what was kept before is still there.
        """
        arrays = {
            f"{part}-{index}": array
            for part in _PARTS
            for index, array in enumerate(getattr(state, part))
        }
        told = {name: getattr(state, name) for name in state.__slots__ if name not in _PARTS}
        document = json.dumps({"schema": SCHEMA, "identity": identity, "state": told})
        arrays["document"] = np.frombuffer(document.encode(), np.uint8)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            remove_abandoned(self.file)
            self._write(arrays)
        except OSError as exc:
            kept = "; the epoch before is kept" if self.file.exists() else ""
            raise OutputError(
                f"cannot write {self.file}: {exc.strerror or exc}{kept}: make room and continue"
                " with --resume"
            ) from exc

    def _write(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        handle, name = tempfile.mkstemp(dir=self.folder, prefix=f".{FILE}.", suffix=".tmp")
        try:
            with os.fdopen(handle, "wb") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                np.savez(file, **arrays)  # type: ignore[arg-type]
                file.flush()
                os.fsync(file.fileno())
                Path(name).replace(self.file)
            sync_path(self.folder)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def load(self, identity: Mapping[str, Any]) -> State | None:
        """What was kept; None where there is nothing.

        Raises:
            RunError: it is damaged.
            UsageError: it belongs to another training; tells what differs.
        """
        if not self.file.exists():
            return None
        try:
            with self.file.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                document = json.loads(arrays["document"].tobytes())
                if document["schema"] != SCHEMA:
                    raise ValueError(f"its schema is {document['schema']!r}, not {SCHEMA}")
                differing = differences(document["identity"], json.loads(json.dumps(identity)))
                told = document["state"]
                state = State(
                    **{**told, "best_key": tuple(told["best_key"])},
                    model=_part(arrays, "model"),
                    optimizer=_part(arrays, "optimizer"),
                    best_weights=_part(arrays, "best_weights"),
                    average=_part(arrays, "average"),
                )
        except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as exc:
            raise RunError(
                f"{self.file} is damaged ({exc}); begin again with --overwrite"
            ) from None
        if differing:
            raise UsageError(
                f"{self.folder.name} is of another training: {'; '.join(differing[:5])}; give what"
                " it had, or begin again with --overwrite"
            )
        return state

    def discard(self) -> None:
        """Forget what was kept, if anything."""
        shutil.rmtree(self.folder, ignore_errors=True)


_PARTS = ("model", "optimizer", "best_weights", "average")
"""Fields of `State` that hold arrays."""


def _part(arrays: Mapping[str, npt.NDArray[Any]], part: str) -> list[npt.NDArray[Any]]:
    count = sum(name.startswith(f"{part}-") for name in arrays)
    return [arrays[f"{part}-{index}"] for index in range(count)]


def differences(kept: Mapping[str, Any], now: Mapping[str, Any], within: str = "") -> list[str]:
    """What differs between two nested documents, each in a few words."""
    told = []
    for name in sorted({*kept, *now}):
        one, other = kept.get(name), now.get(name)
        title = f"{within}{name}"
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            told += differences(one, other, f"{title} ")
        elif one != other:
            told.append(f"{title} was {_short(one)}, is {_short(other)}")
    return told


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 40 else f"{text[:16]}..."


def check_room(run: Path, parameters: int, trained: int, averaged: bool = False) -> None:
    """Refuse a disk that what a training writes would fill.

    Args:
        run: the run folder to make.
        parameters: of the model.
        trained: of the largest model that a stage trains.
        averaged: an average of its weights is kept besides them.

    Raises:
        OutputError: there is too little room; nothing was trained.
    """
    # the model; weights, best weights and an optimiser's two copies, in the checkpoint that is
    # there and in the one that replaces it
    needed = 4 * (parameters + 2 * (4 + averaged) * trained) + SPARE_BYTES
    folder = next(one for one in run.absolute().parents if one.exists())
    try:
        free = shutil.disk_usage(folder).free
    except OSError as exc:
        raise OutputError(f"cannot look at the disk of {folder}: {exc.strerror or exc}") from exc
    if free < needed:
        raise OutputError(
            f"{folder} has {free / 1e6:.0f} MB left and this training writes up to"
            f" {needed / 1e6:.0f} MB; make room or choose another --out"
        )
