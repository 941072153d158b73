"""What the tests of the contest share: six small pictures, and ground for contestants."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import pytest

from trucksight.benchmarks.peers.contest import Ground
from trucksight.benchmarks.peers.entrants import Reads
from trucksight.runtime import default_bundle_path, load_bundle
from trucksight.runtime.bundle import Variant
from trucksight.runtime.scenes import render_picture


@pytest.fixture(scope="session")
def small_pictures(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Six roads of the model's own size, without loss: nobody has to resize or to guess."""
    contract = load_bundle(default_bundle_path()).contract
    folder = tmp_path_factory.mktemp("small")
    paths = [folder / f"{index}.png" for index in range(6)]
    for index, path in enumerate(paths):
        scene = render_picture(2, index, (contract.width, contract.height))
        assert cv2.imwrite(str(path), scene.image_bgr)
    return paths


@pytest.fixture(scope="session")
def make_ground(
    small_pictures: list[Path], tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Ground]:
    """Ground on the bundle that ships."""
    compiled = tmp_path_factory.mktemp("compiled")
    bundle = load_bundle(default_bundle_path())
    variants: dict[Reads, Variant] = {
        "tflite": bundle.variant("tflite-int8"),
        "onnx": bundle.variant("onnx-fp16"),
    }

    def make(keras: Path | None = None, environments: Path = Path(".peers")) -> Ground:
        return Ground(
            bundle, variants, keras, 1, small_pictures, small_pictures, environments, compiled
        )

    return make
