"""The loop that `trucksight run` is measured against must itself be right."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import cv2
import pytest

from trucksight.benchmarks import plain_loop
from trucksight.benchmarks.paired import run_python
from trucksight.runtime import Detector, default_bundle_path, load_bundle
from trucksight.runtime.backends import available_backends
from trucksight.runtime.extras import install_command
from trucksight.runtime.scenes import write_clip


@pytest.mark.skipif(
    "litert" not in available_backends(), reason=f"run: {install_command('litert')}"
)
def test_it_decides_as_the_detector_does_where_both_shrink_alike(tmp_path: Path) -> None:
    bundle = load_bundle(default_bundle_path())
    variant = next(v for v in bundle.variants.values() if v.format == "tflite")
    contract = bundle.contract
    # Of the model's own size nothing is left to shrink.
    clip = tmp_path / "road.mp4"
    write_clip(clip, 4.0, seed=3, fps=5.0, size_wh=(contract.width, contract.height))
    ran = run_python(
        *("-m", "trucksight.benchmarks.plain_loop", str(bundle.path / variant.file), str(clip)),
        *("--threshold", str(variant.calibration.score_at(variant.threshold))),
    )
    capture = cv2.VideoCapture(str(clip))
    verdicts = {"truck": 0, "no_truck": 0}
    with Detector(bundle, variant=variant.name, backend="litert", threads=1) as detector:
        while (frame := capture.read())[0]:
            verdicts[detector.decide(frame[1]).verdict.value] += 1  # type: ignore[arg-type]
    capture.release()
    document = json.loads(ran.stdout)
    assert sum(verdicts.values()) == document["decided"] == 20
    assert document["verdicts"] == verdicts
    assert document["seconds"] > 0


def test_it_uses_nothing_of_trucksight() -> None:
    tree = ast.parse(Path(plain_loop.__file__).read_text())
    modules = {
        name
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [f"{'.' * node.level}{node.module}"]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert {name.partition(".")[0] for name in modules} <= {
        *("__future__", "argparse", "json", "time", "typing", "cv2", "numpy"),
        *("ai_edge_litert", "tflite_runtime"),
    }
