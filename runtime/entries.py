"""The entries of `bundle.json`: variants, golden pictures, other files.

An entry that comes here meets the bundle's schema; what is checked is that its parts fit.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .calibration import Calibration
from .decision import Verdict
from .errors import BundleError

SAMPLE_SHAPE = (16, 16, 3)


class Listed(NamedTuple):
    """What `bundle.json` says of a file."""

    sha256: str
    size_bytes: int | None
    """None: it does not say."""


@dataclass(frozen=True, slots=True)
class Abstain:
    """Probabilities between which a variant gives no answer: low <= probability < high."""

    low: float
    """In [0, 1], at or below the threshold."""
    high: float
    """In [0, 1], at or above the threshold."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One exported file of a bundle."""

    name: str
    """Its recipe, as in `tflite-int8`."""
    file: str
    """Path inside the bundle, with forward slashes."""
    format: str
    """`tflite` or `onnx`: which engines can read it."""
    sha256: str
    size_bytes: int
    calibration: Calibration
    threshold: float
    """Calibrated probability from which on the verdict is TRUCK."""
    abstain: Abstain | None
    """Where the verdict is UNKNOWN; None: nowhere."""
    lowest_runtime: Mapping[str, str]
    """Package to the lowest version that loads the file; a package it lacks is not known to."""
    golden_tolerance: float
    """Largest allowed difference between a score here and the measured one, golden pictures."""
    certificate: Mapping[str, Any]
    """What was measured of this variant against its source."""


@dataclass(frozen=True, slots=True, eq=False)
class Golden:
    """A picture that travels with a bundle, and what was measured of it."""

    file: str
    """Path inside the bundle, with forward slashes."""
    sha256: str
    input_sample: npt.NDArray[np.uint8]
    """(16, 16, 3) RGB: pixels of the model input that this picture must become; read-only."""
    scores: Mapping[str, float]
    """By variant: the positive label's score, not calibrated, in [0, 1]."""
    verdicts: Mapping[str, Verdict]
    """By variant: TRUCK or NO_TRUCK."""


def variant_from_json(name: str, entry: Mapping[str, Any]) -> Variant:
    """The variant of an entry that meets the bundle's schema.

    Raises:
        BundleError: its abstain band does not enclose its threshold.
    """
    threshold = float(entry["threshold"])
    band = entry["abstain"]
    abstain = Abstain(float(band["low"]), float(band["high"])) if band else None
    if abstain and not abstain.low <= threshold <= abstain.high:
        raise BundleError(
            f"variants.{name}: the abstain band {abstain.low} to {abstain.high} does not enclose"
            f" the threshold {threshold}"
        )
    return Variant(
        name=name,
        file=entry["file"],
        format=entry["format"],
        sha256=entry["sha256"],
        size_bytes=int(entry["size_bytes"]),
        calibration=Calibration(**{key: float(one) for key, one in entry["calibration"].items()}),
        threshold=threshold,
        abstain=abstain,
        lowest_runtime=dict(entry["lowest_runtime"]),
        golden_tolerance=float(entry["golden_tolerance"]),
        certificate=entry["certificate"],
    )


def certificate_fault(variant: Variant) -> str | None:
    """Why a variant is not shown to be as good as its source; None: it is, or was accepted."""
    gate = variant.certificate["gate"]
    if gate["accepted"] is not None:
        return None
    if gate["verdict"] != "passed":
        return (
            f"{variant.name} did not pass its gate ({gate['verdict']}): {gate['reason']};"
            f" use another variant, or export it with --accept {variant.name} --because TEXT"
        )
    for name in ("accuracy", "recall"):
        part = gate[name]
        if part is None or part["verdict"] != "passed" or part["upper"] > gate["max_drop"]:
            return (
                f"the certificate of {variant.name} says that it passed its gate, but its {name}"
                " did not; export it anew"
            )
    return None


def golden_from_json(entry: Mapping[str, Any], variants: Mapping[str, Variant]) -> Golden:
    """The golden picture of an entry that meets the bundle's schema.

    Raises:
        BundleError: it was not measured for exactly the bundle's variants.
    """
    measured = entry["variants"]
    if measured.keys() != variants.keys():
        raise BundleError(
            f"{entry['file']} was measured for {', '.join(sorted(measured)) or 'no variant'};"
            f" the bundle holds {', '.join(sorted(variants))}"
        )
    sample = np.frombuffer(base64.b64decode(entry["input_sample"]), np.uint8)
    return Golden(
        file=entry["file"],
        sha256=entry["sha256"],
        input_sample=sample.reshape(SAMPLE_SHAPE),
        scores={name: float(one["score"]) for name, one in measured.items()},
        verdicts={name: Verdict(one["verdict"]) for name, one in measured.items()},
    )
