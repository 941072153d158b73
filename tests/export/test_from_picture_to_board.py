"""Every family from labelled pictures to decisions on a board, by the commands of a user.

Each is as small as it can be and trained for one epoch, so nothing is asked of what it learnt: its
bundle is accepted against the gate, and must decide as its Keras model does. TensorFlow does not
compile the step of training, which would take far longer than the one step that it is for.
After one step some give nearly the same score for every picture (ResNets 1, MobileNetV2 0.5), so
agreement says little of those; `test_every_architecture.py` compares scores that differ.
TRUCKSIGHT_EVERY_FAMILY=1 compiles it, and exports the default variants of the large families too.
"""

from __future__ import annotations

import gc
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from trucksight.export.recipes import DEFAULT_VARIANTS, RECIPES
from trucksight.runtime.__main__ import main
from trucksight.runtime.backends import BACKENDS, is_available
from trucksight.runtime.bundle import load_bundle
from trucksight.runtime.files import sha256_file
from trucksight.train.architectures import ARCHITECTURES
from trucksight.train.quiet import import_keras
from trucksight.train.run_folder import load_run
from trucksight.train.scores.scoring import label_columns, load_pixels

WHOLE = os.environ.get("TRUCKSIGHT_EVERY_FAMILY") == "1"
HIDDEN = ("alexnet", "vgg16", "vgg19")
"""Their own hidden layers have a hundred million weights."""
COMPILED = ("alexnet",)
"""Its grouped convolutions have a gradient on a CPU only where they are compiled."""
SMALL = ("truck-cnn", "mobilenetv2", "lenet5", "mlp", "tuned-cnn")
"""Those that are exported to the default variants; the others to TFLite of float32.

`test_every_family.py` brings every family to ONNX, and to each engine that reads it.
"""
TOLERANCE = {"fp32": 1e-4, "int8": 0.1}
"""Between the scores of a variant and of Keras, by arithmetic."""
Call = Callable[..., dict[str, Any]]


@pytest.fixture
def call(capfd: pytest.CaptureFixture[str]) -> Call:
    """A command with --json, and what it printed; `status` is what it may exit with."""

    def run(*words: Path | str | float, status: tuple[int, ...] = (0,)) -> dict[str, Any]:
        exited = main([str(word) for word in (*words, "--json")])
        out, err = capfd.readouterr()
        assert exited in status, err
        document: dict[str, Any] = {"status": exited, **json.loads(out)}
        return document

    return run


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """What Keras keeps of one family is given back before the next."""
    yield
    import_keras().utils.clear_session()
    gc.collect()


@contextmanager
def _not_compiled(name: str) -> Iterator[None]:
    """TensorFlow takes each operation as it comes, where it can."""
    import_keras()
    import tensorflow as tf

    tf.config.run_functions_eagerly(not WHOLE and name not in COMPILED)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(False)


def _variants(name: str) -> tuple[str, ...]:
    if WHOLE or name in SMALL:
        return DEFAULT_VARIANTS
    return ("tflite-fp32",)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_family_goes_from_pictures_to_decisions(
    name: str, split_data: Path, tmp_path: Path, call: Call
) -> None:
    run, bundle = tmp_path / "run", tmp_path / "bundle"
    row = ARCHITECTURES[name]
    with _not_compiled(name):
        report = call(
            *("train", split_data, "--out", run, "--model", name, "--size", row.smallest),
            *("--epochs", 1, "--batch-size", 32, "--no-augment", "--seed", 1),
            *(("--weights", "none") if row.pretrained else ()),
            *(("--hidden", "16,16") if name in HIDDEN else ()),
            status=(0, 1),
        )
        _check_run(run, name, report)
        _check_evaluation(call("evaluate", run, split_data), report)
        keras = _keras_scores(run)
    variants = _variants(name)
    accept = [word for variant in variants for word in ("--accept", variant)]
    call(
        *("export", run, "--out", bundle, "--variants", ",".join(variants)),
        *(*accept, "--because", "it was trained for one epoch"),
    )
    _check_bundle(bundle, variants)
    _check_replays(call("verify", bundle), variants)
    for variant in variants:
        decisions = tmp_path / f"{variant}.jsonl"
        summary = call(
            *("run", "--bundle", bundle, "--variant", variant, "--quiet"),
            *("--source", split_data / "test/truck", "--decisions", decisions),
        )
        assert summary["decided"] == len(keras) == 6
        _check_decisions(decisions, bundle, variant, keras)


def _check_run(run: Path, name: str, report: dict[str, Any]) -> None:
    written = json.loads((run / "report.json").read_text())
    assert written == {key: report[key] for key in written}
    assert report["status"] == (1 if report["collapsed"] else 0)
    assert written["figures"]["n"] == written["holdout"]["n"] == 12
    assert 0 <= written["figures"]["values"]["accuracy"]["value"] <= 1
    assert 0 <= written["holdout"]["roc_auc"] <= 1
    info = load_run(run).info
    assert (info["options"]["model"], info["epochs"]) == (name, 1)


def _check_evaluation(evaluation: dict[str, Any], report: dict[str, Any]) -> None:
    """The holdout is the test split, so it must come to the same."""
    assert evaluation["split"] == "test"
    for figure in ("n", "accuracy", "roc_auc", "confusion"):
        assert evaluation[figure] == report["holdout"][figure], figure


def _keras_scores(run: Path) -> dict[str, float]:
    """Scores of the held-out trucks, by the name of the picture's file."""
    loaded = load_run(run)
    trucks = [one for one in loaded.examples("holdout") if one.label == "truck"]
    scores = label_columns(np.asarray(loaded.model()(load_pixels(trucks, loaded.contract))))
    of_truck = scores[:, loaded.positive_index].tolist()
    return {one.path.name: score for one, score in zip(trucks, of_truck, strict=True)}


def _check_bundle(path: Path, variants: tuple[str, ...]) -> None:
    bundle = load_bundle(path)
    assert tuple(bundle.variants) == variants
    index = json.loads((path / "bundle.json").read_text())
    for name, entry in index["variants"].items():
        assert entry["sha256"] == sha256_file(path / entry["file"])
        certificate = entry["certificate"]
        assert certificate["recipe"] == name
        assert certificate["parity"]["n"] == 12
        assert certificate["parity"]["max"] < _tolerance(name)
        assert certificate["gate"]["accepted"] == {"because": "it was trained for one epoch"}


def _check_replays(verified: dict[str, Any], variants: tuple[str, ...]) -> None:
    assert verified["holds"] is True
    for variant in variants:
        here = [
            name
            for name, row in BACKENDS.items()
            if RECIPES[variant].format in row.formats and not row.special and is_available(name)
        ]
        replayed = [one for one in verified["findings"] if one["what"] == variant and one["engine"]]
        assert len(replayed) == len(here) > 0
        assert all(one["ok"] for one in replayed)


def _check_decisions(file: Path, bundle: Path, variant: str, keras: dict[str, float]) -> None:
    loaded = load_bundle(bundle).variants[variant]
    near = _tolerance(variant)
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert {Path(line["name"]).name for line in lines} == keras.keys()
    for line in lines:
        score = keras[Path(line["name"]).name]
        low, high = (loaded.calibration(score + step) for step in (-near, near))
        assert low <= line["probability"] <= high
        assert line["verdict"] == (
            "truck" if line["probability"] >= loaded.threshold else "no_truck"
        )


def _tolerance(variant: str) -> float:
    return TOLERANCE[variant.split("-")[1]]
