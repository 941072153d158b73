"""What a bundle records as the lowest runtime holds in the last tflite-runtime itself."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def wide_bundle(export: Callable[..., int], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every TFLite variant, let in whatever it costs."""
    out = tmp_path_factory.mktemp("tflite") / "wide"
    names = ["tflite-int8", "tflite-fp32", "tflite-fp16", "tflite-dynamic"]
    accepted = [word for name in names for word in ("--accept", name)]
    assert export(out, "--variants", ",".join(names), *accepted, "--because", "a test") == 0
    return out


@pytest.mark.parametrize("variant", ["tflite-int8", "tflite-fp32", "tflite-fp16", "tflite-dynamic"])
def test_it_loads_what_the_bundle_says_and_names_what_it_does_not(
    variant: str, wide_bundle: Path, peer_python: Callable[[str], Path]
) -> None:
    command = peer_python("tflite-runtime").with_name("trucksight")
    told = subprocess.run(
        [command, "verify", wide_bundle, "--variant", variant],
        capture_output=True,
        text=True,
        timeout=120,
    )
    index = json.loads((wide_bundle / "bundle.json").read_text())
    if "tflite-runtime" in index["variants"][variant]["lowest_runtime"]:
        assert told.returncode == 0, told.stdout + told.stderr
        assert "tflite-runtime 2.14" in told.stdout
    else:
        assert told.returncode != 0
        assert f"{variant} needs ai-edge-litert 1.0.1 or newer" in told.stdout + told.stderr
