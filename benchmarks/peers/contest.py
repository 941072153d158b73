"""Holding the contest: contestants in turn, round after round, each in a fresh process."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import CalledProcessError
from typing import Any, NamedTuple

import numpy as np

from ...runtime import Bundle
from ...runtime.bundle import Variant
from ..paired import run_child
from ..suite.results import Absent
from .entrants import HERE, Entrant, Reads, python_of
from .install_size import installed
from .outcome import Contestant, Trial

_FOLDER = Path(__file__).parent
_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Ground:
    """What is the same for all contestants."""

    bundle: Bundle
    variants: Mapping[Reads, Variant]
    keras: Path | None
    threads: int
    pictures: Sequence[Path]
    small: Sequence[Path]
    """Of the model's size, without loss, to compare scores on."""
    environments: Path
    compiled: Path
    """A folder for our compiled Python. A checkout has none and may be forbidden to keep it, while
    pip compiles whatever it installs: ours would be compiled anew at every start."""

    def model(self, entrant: Entrant) -> str:
        """What the contestant's script opens."""
        if entrant.reads == "keras":
            return str(self.keras)
        variant = self.variants[entrant.reads]
        if entrant.ours:
            return f"{self.bundle.path}:{variant.name}:{entrant.backend}"
        return str(self.bundle.path / variant.file)

    def file(self, entrant: Entrant) -> str:
        """Name of the model file."""
        if entrant.reads == "keras":
            return self.keras.name if self.keras else ""
        return Path(self.variants[entrant.reads].file).name

    def probabilities(self, entrant: Entrant, scores: Sequence[float]) -> list[float]:
        """Calibrated, whatever the contestant gave."""
        if entrant.calibrated or entrant.reads == "keras":
            return list(scores)
        return [self.variants[entrant.reads].calibration(score) for score in scores]


class Judged(NamedTuple):
    """One process of a contestant."""

    trial: Trial
    probabilities: list[float]


def judge(entrant: Entrant, ground: Ground, pictures: Sequence[Path], round_: int = 0) -> Judged:
    """Run one contestant once.

    Raises:
        CalledProcessError: it failed; its own message is on stderr.
        ValueError: it did not decide on every picture.
    """
    order = {
        "model": ground.model(entrant),
        "threads": ground.threads,
        "pictures": [str(path) for path in pictures],
    }
    command = _command(entrant, ground.environments)
    ran = run_child(*command, json.dumps(order), environment=_variables(ground.compiled))
    told: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    scores, first_ns = told.pop("scores"), told.pop("first_ns")
    if len(scores) != len(pictures) or not all(map(math.isfinite, scores)):
        raise ValueError(f"{entrant.name} did not decide on every picture: {scores}")
    cold_s = (first_ns - ran.begun_ns) / 1e9
    trial = Trial(entrant.name, round_, **told, cold_s=cold_s, peak_mib=ran.peak_mib)
    return Judged(trial, ground.probabilities(entrant, scores))


def hold(
    entrants: Sequence[Entrant],
    ground: Ground,
    rounds: int,
    seed: int,
    say: Callable[[str], None] = lambda line: None,
) -> tuple[list[Contestant], list[Trial], list[Absent]]:
    """Let every contestant run once a round; who is first changes by one each round.

    A first, untimed run on the small pictures fills the disk's cache and that of compiled Python,
    compares scores, and leaves out who cannot run.

    Args:
        entrants: those that are installed.
        ground: the same for all.
        rounds: processes a contestant.
        seed: of the order.
        say: told what is going on.
    """
    able: list[Entrant] = []
    absent: list[Absent] = []
    small: dict[str, list[float]] = {}
    for entrant in entrants:
        say(f"{entrant.name}: scores")
        try:
            small[entrant.name] = judge(entrant, ground, ground.small).probabilities
            able.append(entrant)
        except (CalledProcessError, ValueError) as exc:
            absent.append(Absent(entrant.name, f"it failed: {exc}"[:300], None))
    trials: list[Trial] = []
    full: dict[str, list[float]] = {}
    for round_, turn in enumerate(turns(able, rounds, seed)):
        say(f"round {round_ + 1} of {rounds}")
        for entrant in turn:
            judged = judge(entrant, ground, ground.pictures, round_)
            trials.append(judged.trial)
            full[entrant.name] = judged.probabilities
    contestants = [
        _contestant(entrant, able, ground, small, full if rounds else small) for entrant in able
    ]
    return contestants, trials, absent


def turns(entrants: Sequence[Entrant], rounds: int, seed: int) -> list[list[Entrant]]:
    """The order of each round: one seeded order, begun one place later every time."""
    count = len(entrants)
    order = [entrants[n] for n in np.random.default_rng(seed).permutation(count)]
    return [order[n % count :] + order[: n % count] for n in range(rounds)]


def _command(entrant: Entrant, environments: Path) -> list[str]:
    python, script = str(python_of(entrant, environments)), str(_FOLDER / entrant.script)
    if entrant.ours:  # found where the contest's own trucksight is found
        return [sys.executable, "-m", f"{__package__}.stopwatch", script]
    return [python, "-I", str(_FOLDER / "stopwatch.py"), script]


def _variables(compiled: Path) -> dict[str, str]:
    """Those of this process, but that compiled Python is kept; `-I` makes peers ignore them."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": str(compiled)}


def _contestant(
    entrant: Entrant,
    able: Sequence[Entrant],
    ground: Ground,
    small: Mapping[str, Sequence[float]],
    full: Mapping[str, Sequence[float]],
) -> Contestant:
    reference = next((one for one in able if one.ours and one.reads == entrant.reads), None)
    needs = installed(python_of(entrant, ground.environments), entrant.packages)
    model = ground.keras if entrant.reads == "keras" else None
    size = model.stat().st_size if model else 0
    if model is None and not (entrant.ours and entrant.environment == HERE and _ships(ground)):
        size = ground.variants[entrant.reads].size_bytes
    return Contestant(
        name=entrant.name,
        ours=entrant.ours,
        file=ground.file(entrant),
        packages=needs.versions,
        install_mib=(needs.bytes + size) / _MIB,
        difference=_largest(small, entrant, reference),
        difference_resized=_largest(full, entrant, reference),
    )


def _ships(ground: Ground) -> bool:
    """Whether the bundle is the one inside the package, whose size counts already."""
    from ...runtime import default_bundle_path

    return ground.bundle.path.resolve() == default_bundle_path().resolve()


def _largest(
    scores: Mapping[str, Sequence[float]], entrant: Entrant, reference: Entrant | None
) -> float | None:
    if reference is None:
        return None
    apart = np.subtract(scores[entrant.name], scores[reference.name])
    return float(np.abs(apart).max())
