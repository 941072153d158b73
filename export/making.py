"""One variant: converted, scored by the engine of its format, judged, compared with its source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..runtime.bundle import Calibration
from ..runtime.files import sha256_bytes
from ..train.run_folder import Run
from ..train.scores.scoring import label_columns
from .certificate import certificate
from .convertible import Convertible
from .gate import Gate, gate
from .golden import GoldenPicture
from .judging import Judged, Rules, judge
from .lowest_runtime import lowest_runtime
from .metadata import with_metadata
from .other_kernels import scores_by_other_kernels
from .parity import variant_scores
from .quiet import ConversionError
from .recipes import Recipe


@dataclass(frozen=True, slots=True)
class Workshop:
    """What every variant of one export is made and judged with."""

    run: Run
    name: str
    """Of the bundle."""
    rules: Rules
    max_drop: float
    convertible: Convertible
    ranges: Mapping[str, Any]
    """Number and hash of the pictures that set the integer ranges."""
    source: Judged
    """The Keras model."""
    scenes: Sequence[GoldenPicture]
    """Candidates for the golden pictures."""
    scene_pixels: npt.NDArray[np.uint8]
    """(n, height, width, 3): the candidates as the model takes them."""


@dataclass(frozen=True, slots=True)
class Made:
    """One variant with all that was measured of it."""

    recipe: Recipe
    content: bytes
    """The file, with its metadata."""
    judged: Judged
    gate: Gate
    certificate: dict[str, Any]
    lowest_runtime: dict[str, str]
    scene_scores: npt.NDArray[np.float64]
    """(n,) of the positive label for the candidates, not calibrated."""
    scene_unsteadiness: npt.NDArray[np.float64]
    """(n,): how far other kernels move them."""

    @property
    def file(self) -> str:
        """Path inside the bundle."""
        return f"variants/{self.recipe.name}.{self.recipe.format}"

    @property
    def is_let_in(self) -> bool:
        """Whether it passed its gate or was accepted in spite of it."""
        return self.gate.verdict == "passed" or self.gate.accepted is not None

    def entry(self) -> dict[str, Any]:
        """The variant as `bundle.json` holds it."""
        calibration, abstain = self.judged.calibration, self.judged.abstain
        return {
            "file": self.file,
            "format": self.recipe.format,
            "sha256": sha256_bytes(self.content),
            "size_bytes": len(self.content),
            "calibration": calibration_entry(calibration),
            "threshold": self.judged.threshold.value,
            "abstain": {"low": abstain.low, "high": abstain.high} if abstain else None,
            "lowest_runtime": self.lowest_runtime,
            "golden_tolerance": self.recipe.golden_tolerance,
            "certificate": self.certificate,
        }


def calibration_entry(calibration: Calibration) -> dict[str, float]:
    """A calibration as `bundle.json` holds it."""
    return {
        "slope": calibration.slope,
        "offset": calibration.offset,
        "clip": calibration.clip,
    }


def make_variant(shop: Workshop, recipe: Recipe, content: bytes, because: str | None) -> Made:
    """Score, judge and compare a converted file.

    Args:
        shop: what it is judged with.
        recipe: how it was made.
        content: what the recipe gave.
        because: why it is let in whatever the gate says; None: it is not.

    Raises:
        ConversionError: the file's metadata changed its scores.
        DataError: its scores cannot be calibrated.
    """
    rules, index = shop.rules, shop.rules.index

    def scores(of: bytes, pixels: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.float32], str]:
        outputs, engine = variant_scores(of, recipe.format, pixels)
        return label_columns(outputs), engine

    judged_on, engine = scores(content, rules.gate.pixels)
    calibrated_on = scores(content, rules.calibration.pixels)[0]
    judged = judge(rules, calibrated_on, judged_on, recipe.clip, shop.source)
    scene_scores = scores(content, shop.scene_pixels)[0]
    final = with_metadata(content, recipe.format, shop.run, shop.name, judged.calibration)
    if not np.array_equal(scores(final, shop.scene_pixels)[0], scene_scores):
        raise ConversionError(f"{recipe.name}: writing its metadata changed its scores")
    otherwise = label_columns(scores_by_other_kernels(content, recipe.format, shop.scene_pixels))
    answers = (rules.gate.truth, shop.source.answers, judged.answers)
    compared = gate(*answers, index, rules.positive, shop.max_drop)
    compared = compared if because is None else compared.with_acceptance(because)
    return Made(
        recipe=recipe,
        content=final,
        judged=judged,
        gate=compared,
        certificate=certificate(recipe, rules, shop.ranges, shop.source, judged, compared, engine),
        lowest_runtime=lowest_runtime(final, recipe.format),
        scene_scores=np.asarray(scene_scores[:, index], np.float64),
        scene_unsteadiness=np.abs(otherwise - scene_scores)[:, index].astype(np.float64),
    )
