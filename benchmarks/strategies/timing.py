"""What each trained row costs and takes: converted in one process, timed in this one."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

import numpy as np

from ...runtime.backends import open_backend
from ...runtime.errors import BackendError
from ...runtime.files import write_atomically
from ..json_shape import shaped
from ..paired import Turns, ratio
from .outcome import Cost, Latency
from .training import Workplace

PAIRS = 31
LEAST_S = 0.02
"""Of a block of pictures: what a clock's tick and a call cost is then nothing of it."""


def costs(place: Workplace, models: Mapping[str, str]) -> dict[str, Cost | str]:
    """Convert rows whose model has none of its own yet, and count.

    Args:
        place: where they were trained.
        models: by name of the row: the SHA-256 of its Keras model.

    Returns:
        by name: what it costs, or why it could not be converted.
    """
    found: dict[str, Cost | str] = {}
    for name, sha256 in models.items():
        known = _known(place, name, sha256)
        if known is not None:
            found[name] = known
    left = {str(place.run(name)): name for name in models if name not in found}
    if not left:
        return found
    words = [f"{run}={place.beside(name, 'tflite')}" for run, name in left.items()]
    lines = place.beside("convert", "jsonl")
    lines.write_bytes(b"")
    command = [sys.executable, "-m", f"{__package__}.convert", str(lines), *words]
    with place.beside("convert", "log").open("wb") as log:
        subprocess.run(command, stdout=log, stderr=log)
    for line in lines.read_bytes().splitlines(keepends=True):
        if not line.endswith(b"\n"):
            break  # it was killed while it wrote
        told = json.loads(line)
        name = left.pop(told.pop("run"))
        if "why" in told:
            found[name] = told["why"]
        else:
            found[name] = Cost(**told)
            record = {"model_sha256": models[name], "cost": told}
            write_atomically(place.beside(name, "cost.json"), json.dumps(record) + "\n")
    return {**found, **{name: "the conversion ended early" for name in left.values()}}


def _known(place: Workplace, name: str, sha256: str) -> Cost | None:
    try:
        record = json.loads(place.beside(name, "cost.json").read_bytes())
        told = shaped(Cost, record["cost"])
        whole = place.beside(name, "tflite").stat().st_size == told.tflite_bytes
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return told if whole and record["model_sha256"] == sha256 else None


class Converted(NamedTuple):
    """A TFLite file."""

    file: Path
    size_wh: tuple[int, int]
    """Of its input, pixels."""


def latencies(files: Mapping[str, Converted], baseline: str) -> dict[str, Latency | str]:
    """Time each file in turn with the baseline's, one thread each.

    The baseline is timed against itself too, which shows how far from 1 the machine moves a ratio.

    Args:
        files: by name of the row.
        baseline: one of the names.

    Returns:
        by name: how long it takes, or why it could not be timed.
    """
    found: dict[str, Latency | str] = {}
    for name, one in files.items():
        try:
            found[name] = _latency(one, files[baseline])
        except BackendError as exc:
            found[name] = " ".join(str(exc).split())
    return found


def _latency(one: Converted, baseline: Converted) -> Latency:
    with _opened(one) as run, _opened(baseline) as run_baseline:
        turns = Turns(_timer(run), _timer(run_baseline))
        for _ in range(PAIRS):
            turns()
    return Latency(1e3 * median(turns.a), ratio(turns.a, turns.b))


@contextmanager
def _opened(one: Converted) -> Iterator[Callable[[], object]]:
    """A function that runs the file on a picture."""
    width, height = one.size_wh
    pixels = np.random.default_rng(0).integers(0, 256, (1, height, width, 3), np.uint8)
    backend = open_backend("litert", one.file.read_bytes(), 1)
    try:
        yield lambda: backend.run(pixels)
    finally:
        backend.close()


def _timer(run: Callable[[], object]) -> Callable[[], float]:
    """Gives the seconds of a picture, from as many as a block needs."""

    def seconds(pictures: int) -> float:
        begun = time.perf_counter()
        for _ in range(pictures):
            run()
        return time.perf_counter() - begun

    seconds(2)  # the first pictures also set the engine up
    pictures = max(1, math.ceil(LEAST_S / max(seconds(2) / 2, 1e-6)))
    return lambda: seconds(pictures) / pictures
