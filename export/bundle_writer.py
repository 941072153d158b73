"""A bundle's files, written whole or not at all."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..runtime.bundle import SCHEMA, SCHEMA_VERSION
from ..runtime.errors import OutputError
from ..runtime.files import (
    folder_atomically,
    remove_abandoned,
    sha256_bytes,
    sha256_file,
    write_atomically,
)
from ..runtime.golden import input_sample
from ..runtime.seal import seal_document, sealed_zip
from ..train.run_folder import Model
from ..train.scores.scoring import pixel_scores
from .card import model_card
from .certificate import now
from .golden import choose, faulty_inputs, margins
from .making import Made, Workshop, calibration_entry
from .plots import draw_plots


def choose_golden(model: Model, shop: Workshop, let_in: Sequence[Made]) -> list[int]:
    """Which of the workshop's scenes become the bundle's golden pictures."""
    index = shop.rules.index
    source = pixel_scores(model, shop.scene_pixels)[:, index]
    moved = [
        np.abs(pixel_scores(model, pixels)[:, index] - source)
        for pixels in faulty_inputs(shop.scenes, shop.run.contract)
    ]
    margin = np.min(
        [
            margins(
                one.scene_scores,
                one.judged.turning_points,
                one.judged.calibration,
                one.recipe.golden_tolerance,
                one.scene_unsteadiness,
            )
            for one in let_in
        ],
        axis=0,
    )
    found = shop.source.calibration.array(source) >= shop.source.threshold.value
    return choose(found == (np.arange(len(found)) % 2 == 0), margin, np.sum(moved, axis=0))


def write_bundle(
    out: Path,
    shop: Workshop,
    made: Sequence[Made],
    golden: Sequence[int],
    notes: str,
    overwrite: bool,
) -> dict[str, Any]:
    """Write the variants that were let in, with index, golden pictures, card and plots.

    Args:
        out: the bundle's folder, or a name ending in `.zip`.
        shop: what the variants were made with.
        made: all that were tried; those that were refused are named in the index.
        golden: which of the workshop's scenes travel with the bundle.
        notes: for the model card.
        overwrite: replace what lies at `out`.

    Returns:
        what `bundle.json` holds.

    Raises:
        OutputError: `out` exists or cannot be written.
    """
    document = _document(shop, made, golden)
    files = {one.file: one.content for one in made if one.is_let_in}
    files |= {shop.scenes[index].file: shop.scenes[index].data for index in golden}
    more = draw_plots(document)
    more["MODEL_CARD.md"] = model_card(document, shop.run.info, notes).encode()
    document["files"] = {
        name: {"sha256": sha256_bytes(content), "size_bytes": len(content)}
        for name, content in sorted(more.items())
    }
    files |= more
    files["bundle.json"] = seal_document(document)
    if out.suffix == ".zip":
        _write_zip(out, files, overwrite)
    else:
        with folder_atomically(out, overwrite) as folder:
            for name, content in files.items():
                write_atomically(folder / name, content)
    return document


def _document(shop: Workshop, made: Sequence[Made], golden: Sequence[int]) -> dict[str, Any]:
    run, source = shop.run, shop.source
    return {
        "schema": SCHEMA,
        "schema_version": SCHEMA_VERSION,
        "name": shop.name,
        "created": now(),
        "labels": list(run.labels),
        "positive": run.positive,
        "input": run.contract.as_json(),
        "output": {"dtype": "float32", "kind": "sigmoid" if len(run.labels) == 2 else "softmax"},
        "source": {
            "architecture": _public(run.info["architecture"]),
            "parameters": run.info["parameters"],
            "model_sha256": run.info["model"]["sha256"],
            "run_sha256": sha256_file(run.path / "run.json"),
            "threshold": source.threshold.value,
            "calibration": calibration_entry(source.calibration),
        },
        "variants": {one.recipe.name: one.entry() for one in made if one.is_let_in},
        "refused": {
            one.recipe.name: {"reason": one.gate.reason, "gate": one.gate.as_json()}
            for one in made
            if not one.is_let_in
        },
        "golden": [_golden(shop, made, index) for index in golden],
    }


def _golden(shop: Workshop, made: Sequence[Made], index: int) -> dict[str, Any]:
    scene = shop.scenes[index]
    return {
        "file": scene.file,
        "sha256": sha256_bytes(scene.data),
        "input_sample": base64.b64encode(input_sample(shop.scene_pixels[index]).tobytes()).decode(),
        "variants": {
            one.recipe.name: {
                "score": float(one.scene_scores[index]),
                "verdict": one.judged.verdict(one.scene_scores[index]).value,
            }
            for one in made
            if one.is_let_in
        },
    }


def _public(architecture: Mapping[str, Any]) -> dict[str, Any]:
    """The architecture without the folder its weights happened to lie in."""
    weights = architecture.get("weights")
    return {**architecture, "weights": Path(weights).name if weights else None}


def _write_zip(out: Path, files: dict[str, bytes], overwrite: bool) -> None:
    if out.exists() and not overwrite:
        raise OutputError(f"{out} exists; choose another or add --overwrite")
    remove_abandoned(out)
    write_atomically(out, sealed_zip(files))
