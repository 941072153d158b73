"""From a run to a bundle: convert, measure every variant, write all or nothing."""

from __future__ import annotations

import io
import json
import platform
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..runtime.bundle import SCHEMA, SCHEMA_VERSION
from ..runtime.errors import OutputError
from ..runtime.files import folder_atomically, sha256_bytes, sha256_file, write_atomically
from ..train.metrics import measure
from ..train.run_folder import Run
from ..train.scoring import label_columns, pixel_scores
from ..train.threshold import choose_threshold
from .card import model_card
from .golden import GoldenPicture, golden_pictures
from .measure import PictureSet, calibration_examples, picture_set
from .parity import parity, variant_scores
from .recipes import Recipe
from .to_tflite import Convertible

TOOLS = ("trucksight", "tensorflow", "keras", "tf2onnx", "onnx", "onnxruntime", "numpy")
"""Packages whose versions stand in a certificate."""

Progress = Callable[[str], None]
"""Told what is being done, in a few words."""


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """Choices of one export."""

    recipes: tuple[Recipe, ...]
    """Variants to make, preferred first."""
    name: str
    """What the bundle is called."""
    calibration_pictures: int = 200
    """Pictures of the training split that set the integer ranges."""
    seed: int = 0
    """Of the draw of calibration pictures."""
    notes: str = ""
    """Paragraphs for the model card that no measurement can give: data, licences, attribution."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One variant with all that was measured of it."""

    recipe: Recipe
    content: bytes
    threshold: float
    certificate: dict[str, Any]
    golden_scores: list[float]
    """Uncalibrated score of the positive class for each golden picture."""

    @property
    def file(self) -> str:
        """Path inside the bundle."""
        return f"variants/{self.recipe.name}.{self.recipe.format}"

    def entry(self) -> dict[str, Any]:
        """The variant as `bundle.json` holds it."""
        return {
            "file": self.file,
            "format": self.recipe.format,
            "sha256": sha256_bytes(self.content),
            "size_bytes": len(self.content),
            "threshold": self.threshold,
            "calibration": {"slope": 1.0, "offset": 0.0},
            "certificate": self.certificate,
        }


@dataclass(frozen=True, slots=True)
class Source:
    """The Keras model and the pictures that variants are compared on."""

    run: Run
    convertible: Convertible
    calibration: PictureSet
    select: PictureSet
    """Chooses each variant's threshold."""
    holdout: PictureSet
    """Judges; no decision is made on it."""
    holdout_scores: npt.NDArray[np.float32]
    """(n, labels) by Keras."""


def export_run(
    run: Run, out: Path, options: ExportOptions, overwrite: bool, say: Progress
) -> dict[str, Any]:
    """Convert, measure and write a bundle.

    Args:
        run: what was trained; its pictures must still be where it found them.
        out: the bundle's folder, or a name ending in `.zip`.
        options: which variants, how calibrated.
        overwrite: replace what lies at `out`.
        say: told about progress.

    Returns:
        The document written as `bundle.json`.

    Raises:
        OutputError: `out` exists or cannot be written.
        DataError: a picture of the run is gone or changed.
        ConversionError: a converter gave up on the model.
    """
    source = _load(run, options, say)
    golden = golden_pictures()
    measured = [_measure(source, recipe, golden, say) for recipe in options.recipes]
    document = _document(source, measured, golden, options)
    files: dict[str, bytes] = {one.file: one.content for one in measured}
    files |= {picture.file: picture.data for picture in golden}
    files["bundle.json"] = (json.dumps(document, indent=1, sort_keys=False) + "\n").encode()
    files["MODEL_CARD.md"] = model_card(document, run.info, options.notes).encode()
    if out.suffix == ".zip":
        _write_zip(out, files, overwrite)
    else:
        with folder_atomically(out, overwrite) as folder:
            for name, content in files.items():
                write_atomically(folder / name, content)
    return document


def _load(run: Run, options: ExportOptions, say: Progress) -> Source:
    say("reading the run and its pictures")
    drawn = calibration_examples(run, options.calibration_pictures, options.seed)
    model = run.model()
    calibration = picture_set(run, drawn)
    holdout = picture_set(run, run.examples("holdout"))
    return Source(
        run=run,
        convertible=Convertible(model, calibration.pixels),
        calibration=calibration,
        select=picture_set(run, run.examples("select")),
        holdout=holdout,
        holdout_scores=pixel_scores(model, holdout.pixels),
    )


def _measure(
    source: Source, recipe: Recipe, golden: Sequence[GoldenPicture], say: Progress
) -> Measured:
    say(f"{recipe.name}: converting")
    run, index = source.run, source.run.positive_index
    content = recipe.convert(source.convertible)
    say(f"{recipe.name}: comparing with Keras on {len(source.holdout)} held-out pictures")

    def scores(pixels: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.float32], str]:
        outputs, engine = variant_scores(content, recipe.format, pixels)
        return label_columns(outputs), engine

    select, _ = scores(source.select.pixels)
    seed = int(run.info["seed"])
    threshold = choose_threshold(source.select.truth == index, select[:, index], seed)
    holdout, engine = scores(source.holdout.pixels)

    def measured(of: npt.NDArray[np.float32], at: float) -> dict[str, Any]:
        return measure(source.holdout.truth, of, run.labels, run.positive, at).as_json()

    golden_scores, _ = scores(np.stack([picture.pixels(run.contract) for picture in golden]))
    certificate = {
        "recipe": recipe.name,
        "created": _now(),
        "parity": parity(
            source.holdout_scores[:, index], holdout[:, index], run.threshold, threshold, engine
        ).as_json(),
        "measured": measured(holdout, threshold),
        "source_measured": measured(source.holdout_scores, run.threshold),
        "gate": None,
        "sets": {
            "calibration": _set(source.calibration) if recipe.calibrated else None,
            "select": _set(source.select),
            "holdout": _set(source.holdout),
        },
        "versions": {"python": platform.python_version()} | {name: version(name) for name in TOOLS},
    }
    return Measured(
        recipe=recipe,
        content=content,
        threshold=threshold,
        certificate=certificate,
        golden_scores=[float(score) for score in golden_scores[:, index]],
    )


def _document(
    source: Source,
    measured: Sequence[Measured],
    golden: Sequence[GoldenPicture],
    options: ExportOptions,
) -> dict[str, Any]:
    run = source.run
    return {
        "schema": SCHEMA,
        "schema_version": SCHEMA_VERSION,
        "name": options.name,
        "created": _now(),
        "labels": list(run.labels),
        "positive": run.positive,
        "input": run.contract.as_json(),
        "output": {"dtype": "float32", "kind": "sigmoid" if len(run.labels) == 2 else "softmax"},
        "source": {
            "architecture": _public(run.info["architecture"]),
            "parameters": run.info["parameters"],
            "model_sha256": run.info["model"]["sha256"],
            "run_sha256": sha256_file(run.path / "run.json"),
            "threshold": run.threshold,
        },
        "variants": {one.recipe.name: one.entry() for one in measured},
        "golden": [
            {
                "file": picture.file,
                "sha256": sha256_bytes(picture.data),
                "scores": {one.recipe.name: one.golden_scores[index] for one in measured},
            }
            for index, picture in enumerate(golden)
        ],
    }


def _public(architecture: Mapping[str, Any]) -> dict[str, Any]:
    """The architecture without the folder its weights happened to lie in."""
    weights = architecture.get("weights")
    return {**architecture, "weights": Path(weights).name if weights else None}


def _set(pictures: PictureSet) -> dict[str, Any]:
    return {"n": len(pictures), "sha256": pictures.sha256}


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def _write_zip(out: Path, files: dict[str, bytes], overwrite: bool) -> None:
    """One archive, written whole or not at all."""
    if out.exists() and not overwrite:
        raise OutputError(f"{out} exists; choose another or add --overwrite")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    write_atomically(out, buffer.getvalue())
