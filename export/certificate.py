"""What stands in `bundle.json` about one variant, from what was measured of it."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timezone
from importlib.metadata import version
from os import environ
from typing import Any

from .gate import Gate
from .judging import Judged, Rules
from .parity import parity
from .pictures import PictureSet
from .recipes import Recipe

TOOLS = ("trucksight", "tensorflow", "keras", "tf2onnx", "onnx", "onnxruntime", "numpy")
"""Packages whose versions stand in a certificate."""


def certificate(
    recipe: Recipe,
    rules: Rules,
    ranges: Mapping[str, Any],
    source: Judged,
    variant: Judged,
    gate: Gate,
    engine: str,
) -> dict[str, Any]:
    """The variant's certificate.

    Args:
        recipe: how it was made.
        rules: the pictures it was judged on.
        ranges: number and hash of the pictures that set the integer ranges.
        source: the Keras model, judged by the same rules.
        variant: the file, judged.
        gate: what the comparison of the two came to.
        engine: name and version of the engine that scored the file.
    """
    near = parity(source.scores, variant.scores, source.answers, variant.answers, engine)
    return {
        "recipe": recipe.name,
        "created": now(),
        "parity": near.as_json(),
        "calibration": variant.calibration_report,
        "threshold": asdict(variant.threshold),
        "gate": gate.as_json(),
        "measured": variant.measured.as_json(),
        "source_measured": source.measured.as_json(),
        "curves": variant.curves,
        "source_curves": source.curves,
        "sets": {
            "integer_ranges": dict(ranges) if recipe.calibrated else None,
            "calibration": described(rules.calibration),
            "holdout": {"n": rules.held_out, "sha256": rules.gate.parts[0].sha256},
            "gate": described(rules.gate) | {"parts": _parts(rules)},
        },
        "versions": {"python": platform.python_version()} | {name: version(name) for name in TOOLS},
    }


def described(pictures: PictureSet) -> dict[str, Any]:
    """Number and hash of a set of pictures."""
    return {"n": len(pictures), "sha256": pictures.sha256}


def now() -> str:
    """The time as ISO 8601, UTC; SOURCE_DATE_EPOCH fixes it for reproducible builds."""
    fixed = environ.get("SOURCE_DATE_EPOCH", "")
    when = (
        datetime.fromtimestamp(int(fixed), timezone.utc)
        if fixed.isdecimal()
        else datetime.now(timezone.utc)
    )
    return when.isoformat(timespec="seconds")


def _parts(rules: Rules) -> list[dict[str, Any]]:
    parts, start = [], 0
    for part in rules.gate.parts:
        truth = rules.gate.truth[start : start + part.n]
        positive = int((truth == rules.index).sum())
        parts.append({"name": part.name, "n": part.n, "n_positive": positive})
        start += part.n
    return parts
