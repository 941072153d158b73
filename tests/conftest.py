"""What the tests share: small painted pictures in folders, one fitted run, a fake bundle.

A truck is a bright red rectangle on a grey road; without it the road is empty. Models of 32 pixels
learn that in a few epochs.

The fake bundle's probability is the mean of the red channel over 255, its threshold one half, so a
test knows the verdict of a picture that it paints. It is a whole bundle of schema version 2, with a
golden picture of either verdict.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from trucksight.runtime.backends.fake import MODEL, FakeBackend
from trucksight.runtime.contract import InputContract, model_input
from trucksight.runtime.files import sha256_bytes
from trucksight.runtime.picture import decode_picture
from trucksight.runtime.seal import seal_document, sealed_zip
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
    from trucksight.train.fitting.training import train

    return train([session_data], tmp_path_factory.mktemp("runs") / "run", small_options).path


def _example(path: Path, label: str = "truck") -> Example:
    """An Example of a picture on the disk."""
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return Example(path, label, "train", sha256, "group")


@pytest.fixture(scope="session")
def peer_python() -> Callable[[str], Path]:
    """The Python of an environment that another package has for itself; skips without it."""
    root = Path(__file__).parents[1] / ".peers"

    def find(name: str) -> Path:
        python = root / name / "bin/python"
        if not python.exists():
            pytest.skip(f"run `make peers` to try this with the real {name}")
        return python

    return find


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


def textured(red: int, seed: int) -> Picture:
    """A picture whose mean red is near `red`, in grains so fine that resampling changes them."""
    grains = np.random.default_rng(seed).integers(-50, 51, (48, 64, 3))
    picture = np.clip(grains + np.array((90, 60, red)), 0, 255).astype(np.uint8)
    return cv2.resize(picture, (192, 144), interpolation=cv2.INTER_NEAREST)  # type: ignore[return-value]


def _golden(file: str, jpeg: bytes, contract: InputContract) -> dict[str, Any]:
    """A golden picture's entry, measured as the fake backend scores it."""
    pixels = model_input(decode_picture(jpeg), contract)
    rows, columns = (
        (np.arange(16) * side) // 16 + side // 32 for side in (contract.height, contract.width)
    )
    score = float(FakeBackend().run(pixels)[0])
    return {
        "file": file,
        "sha256": sha256_bytes(jpeg),
        "input_sample": base64.b64encode(pixels[0][rows][:, columns].tobytes()).decode(),
        "variants": {"fake": {"score": score, "verdict": "truck" if score >= 0.5 else "no_truck"}},
    }


def _comparison(n: int) -> dict[str, Any]:
    rates = {"source": 0.95, "variant": 0.95, "lost": 0, "won": 0}
    return {"n": n, **rates, "drop": 0.0, "lower": -0.01, "upper": 0.01, "verdict": "passed"}


def _certificate() -> dict[str, Any]:
    """One in which every field is filled in; its numbers are made up."""
    n, n_positive, sha256 = 400, 160, sha256_bytes(b"pictures")
    rates = ("accuracy", "balanced_accuracy", "precision", "recall", "f1", "roc_auc")
    metrics = {
        "n": n,
        **dict.fromkeys(rates, 0.95),
        "accuracy_low": 0.92,
        "accuracy_high": 0.97,
        "threshold": 0.5,
        "confusion": [[228, 12], [8, 152]],
        "labels": ["no_truck", "truck"],
        "positive": "truck",
    }
    curves = {
        "roc": {"fpr": [0.0, 0.05, 1.0], "tpr": [0.0, 0.95, 1.0]},
        "reliability": [
            {"mean": 0.1, "share": 0.08, "n": 240},
            {"mean": 0.9, "share": 1, "n": 160},
        ],
    }
    losses = {
        "log_loss_before": 0.2,
        "log_loss_after": 0.2,
        "brier_before": 0.1,
        "brier_after": 0.1,
    }
    return {
        "recipe": "fake",
        "created": "2026-01-02T03:04:05+00:00",
        "parity": {"n": n, "max": 0.0, "p99": None, "mean": 0.0, "flips": 0, "engine": "fake"},
        "calibration": {"method": "platt", "n": n, **losses},
        "threshold": {
            "operating_point": "balanced",
            "value": 0.5,
            "low": 0.4,
            "high": 0.6,
            "confidence": 0.95,
            "n": n,
            "n_positive": n_positive,
        },
        "gate": {
            "verdict": "passed",
            "reason": "passed: a drop of more than 0.01 is ruled out",
            "max_drop": 0.02,
            "confidence": 0.95,
            "method": "made up",
            "accuracy": _comparison(n),
            "recall": _comparison(n_positive),
            "needs_n": None,
            "needs_positive": None,
            "accepted": None,
        },
        "measured": metrics,
        "source_measured": metrics,
        "curves": curves,
        "source_curves": curves,
        "sets": {
            "integer_ranges": None,
            "calibration": {"n": n, "sha256": sha256},
            "holdout": {"n": n, "sha256": sha256},
            "gate": {
                "n": n,
                "sha256": sha256,
                "parts": [{"name": "holdout", "n": n, "n_positive": n_positive}],
            },
        },
        "versions": {"trucksight": "0.1.0"},
    }


def _fake_files() -> dict[str, bytes]:
    """Every file of the fake bundle by its path; bundle.json is not sealed yet."""
    contract = InputContract(width=64, height=64)
    identity = {"slope": 1.0, "offset": 0.0, "clip": 1e-7}
    card = b"# A bundle for tests\n"
    pictures = {
        f"golden/scene-{number}.jpg": cv2.imencode(".jpg", textured(red, number))[1].tobytes()
        for number, red in enumerate((200, 60))
    }
    document = {
        "schema": "trucksight/bundle",
        "schema_version": 2,
        "name": "fake",
        "created": "2026-01-02T03:04:05+00:00",
        "labels": ["no_truck", "truck"],
        "positive": "truck",
        "input": contract.as_json(),
        "output": {"dtype": "float32", "kind": "sigmoid"},
        "source": {
            "architecture": {"name": "fake"},
            "parameters": 0,
            "model_sha256": sha256_bytes(b"model"),
            "run_sha256": sha256_bytes(b"run"),
            "threshold": 0.5,
            "calibration": identity,
        },
        "variants": {
            "fake": {
                "file": "variants/fake.txt",
                "format": "fake",
                "sha256": sha256_bytes(MODEL),
                "size_bytes": len(MODEL),
                "calibration": identity,
                "threshold": 0.5,
                "abstain": None,
                "lowest_runtime": {},
                "golden_tolerance": 0.01,
                "certificate": _certificate(),
            }
        },
        "refused": {},
        "golden": [_golden(file, jpeg, contract) for file, jpeg in pictures.items()],
        "files": {"MODEL_CARD.md": {"sha256": sha256_bytes(card), "size_bytes": len(card)}},
    }
    return {
        "bundle.json": json.dumps(document).encode(),
        "variants/fake.txt": MODEL,
        "MODEL_CARD.md": card,
        **pictures,
    }


@pytest.fixture(scope="session")
def fake_files() -> dict[str, bytes]:
    return _fake_files()


@pytest.fixture
def make_bundle(tmp_path: Path, fake_files: dict[str, bytes]) -> Callable[..., Path]:
    """Makes the fake bundle with changes to its index, sealed after them.

    Its arguments: `change`, called with the index as it will be written; `name` of the bundle's
    folder, or of its sealed zip when that ends in `.zip`; any other is a field of the index.
    """

    def make(
        change: Callable[[dict[str, Any]], object] = lambda index: None,
        name: str = "fake-bundle",
        **fields: Any,
    ) -> Path:
        document = {**json.loads(fake_files["bundle.json"]), **fields}
        change(document)
        files = {**fake_files, "bundle.json": seal_document(document)}
        target = tmp_path / name
        if target.suffix == ".zip":
            target.write_bytes(sealed_zip(files))
            return target
        for file, content in files.items():
            (target / file).parent.mkdir(parents=True, exist_ok=True)
            (target / file).write_bytes(content)
        return target

    return make


@pytest.fixture
def edit_bundle() -> Callable[[Path, Callable[[dict[str, Any]], object]], None]:
    """Changes the index of a bundle's folder and seals it again."""

    def edit(bundle: Path, change: Callable[[dict[str, Any]], object]) -> None:
        index = json.loads((bundle / "bundle.json").read_bytes())
        change(index)
        (bundle / "bundle.json").write_bytes(seal_document(index))

    return edit


@pytest.fixture
def paint_files(tmp_path: Path) -> Callable[..., Path]:
    """Writes a board's files below a folder of its name, but those left out, and gives it."""

    def paint(name: str, files: Mapping[str, str], without: tuple[str, ...] = ()) -> Path:
        root = tmp_path / name
        for file, text in files.items():
            if file not in without:
                (root / file).parent.mkdir(parents=True, exist_ok=True)
                (root / file).write_text(text)
        return root

    return paint
