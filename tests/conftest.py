"""What the tests of training share: small painted pictures in folders, and one fitted run.

A truck is a bright red rectangle on a grey road; without it the road is empty. Models of 32 pixels
learn that in a few epochs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from trucksight.train.options import TrainOptions
from trucksight.train.run_folder import Example

Picture = npt.NDArray[np.uint8]


def _painted(truck: bool, seed: int, side: int = 40) -> Picture:
    """A road of (side, side, 3) BGR, every one different, with or without a red rectangle."""
    rng = np.random.default_rng(seed)
    picture = rng.integers(90, 130, (side, side, 3)).astype(np.uint8)
    if truck:
        top, left = rng.integers(2, side // 2, 2)
        picture[top : top + side // 3, left : left + side // 3] = (30, 30, 230)
    return picture


def _fill(folder: Path, truck: bool, count: int, first: int = 0) -> None:
    """Write `count` pictures; the same `first` gives the same pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(first, first + count):
        seed = 2 * number + truck
        assert cv2.imwrite(str(folder / f"{number:03}.png"), _painted(truck, seed))


def _make_classes(root: Path, count: int = 20, first: int = 0) -> Path:
    """`root` with truck/ and no_truck/ of `count` pictures each."""
    _fill(root / "truck", True, count, first)
    _fill(root / "no_truck", False, count, first)
    return root


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder without split folders: 20 pictures of each of two classes."""
    return _make_classes(tmp_path / "data")


@pytest.fixture
def split_data(tmp_path: Path) -> Path:
    """A data folder with train/, val/ and test/ of 12, 6 and 6 pictures a class."""
    root = tmp_path / "split"
    _make_classes(root / "train", 12)
    _make_classes(root / "val", 6, first=100)
    _make_classes(root / "test", 6, first=200)
    return root


@pytest.fixture(scope="session")
def small_options() -> TrainOptions:
    """A truck CNN of 32 pixels that learns the painted trucks in seconds."""
    return TrainOptions(
        model="truck-cnn",
        size=32,
        epochs=6,
        learning_rate=3e-3,
        batch_size=8,
        seed=1,
        augment=False,
    )


@pytest.fixture(scope="session")
def session_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `run_path` was trained on: train/ and val/, and one picture that is none."""
    root = tmp_path_factory.mktemp("session") / "data"
    _make_classes(root / "train", 20)
    _make_classes(root / "val", 8, first=100)
    (root / "train/truck/broken.jpg").write_text("this is no picture\n")
    return root


@pytest.fixture(scope="session")
def run_path(
    session_data: Path, small_options: TrainOptions, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A fitted run; not to be changed."""
    from trucksight.train.training import train

    return train([session_data], tmp_path_factory.mktemp("runs") / "run", small_options).path


def _example(path: Path, label: str = "truck") -> Example:
    """An Example of a picture on the disk."""
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return Example(path, label, "train", sha256, "group")


@pytest.fixture
def painted() -> Callable[..., Picture]:
    return _painted


@pytest.fixture
def fill() -> Callable[..., None]:
    return _fill


@pytest.fixture(scope="session")
def make_classes() -> Callable[..., Path]:
    return _make_classes


@pytest.fixture
def example() -> Callable[..., Example]:
    return _example
