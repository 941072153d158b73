"""Reading a run: the folder that one training left behind.

model.keras     the fitted model: uint8 RGB in, probabilities out
run.json        what was trained, from what, with which options, seed and versions
splits.csv      every picture: root, path, label, split, sha256, group, scene
skipped.csv     pictures that were left out, and why
data.txt        what the checks found in the pictures; report.json has it as `data`
history.csv     one row an epoch
report.json     metrics, figures with intervals, slices, mistakes, conclusions; report.md for people
plots/*         confusion matrix, ROC and precision-recall curve, learning curves, scores, slices;
                mistakes.jpg shows the surest mistakes
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, get_args

import numpy as np
import numpy.typing as npt

from ..runtime.contract import InputContract
from ..runtime.errors import BundleError, RunError
from ..runtime.files import sha256_file

SCHEMA = "trucksight/run"
SCHEMA_VERSION = 1
MODEL_FILE = "model.keras"
SPLIT_COLUMNS = ("root", "path", "label", "split", "sha256", "group", "scene")
"""Runs of earlier days have no `scene`."""

Split = Literal["train", "select", "holdout"]
"""What a picture is for: fitting, choosing (epoch, threshold), or the report alone."""


class Model(Protocol):
    """What we call of a Keras model; the untyped library ends here."""

    input_shape: tuple[int | None, ...]
    output_shape: tuple[int | None, ...]

    def __call__(self, inputs: Any, training: bool = False) -> Any:
        """A tensor of probabilities for a tensor of pictures."""
        ...

    def predict_on_batch(self, x: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """(n, outputs) probabilities for (n, height, width, 3) uint8 RGB pictures, 0..255."""
        ...

    def count_params(self) -> int:
        """How many numbers the model holds, trained or not."""
        ...


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled picture that was read and decoded when the run was made."""

    path: Path
    label: str
    split: Split
    sha256: str
    """Of the file's bytes; whoever reads the picture again compares it."""
    group: str
    """Pictures of one group (scene, clip, exact copies, near-duplicates) are never in two splits
    that were drawn. Groups that a picture ties together have one name."""
    scene: str | None = ""
    """Its group as manifest or annotations name it, empty for none; None: the run does not tell."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run whose index has been read; its model and pictures are read when asked for."""

    path: Path
    info: Mapping[str, Any]
    """The whole of run.json."""
    labels: tuple[str, ...]
    """Class names in output order; a sigmoid's two are (negative, positive), a softmax's sorted."""
    positive: str
    """The label that is looked for."""
    contract: InputContract
    threshold: float
    """Score of `positive` from which on a picture counts as positive; chosen on `select`."""
    roots: tuple[Path, ...]
    """The data folders, in the order that splits.csv counts them."""

    @property
    def positive_index(self) -> int:
        """Column of `positive` in the scores."""
        return self.labels.index(self.positive)

    def model(self) -> Model:
        """Load the fitted model in safe mode, not compiled, after comparing its hash.

        Raises:
            RunError: model.keras is missing, was changed or does not load.
        """
        file = self.path / MODEL_FILE
        if not file.is_file():
            raise RunError(f"{self.path}: {MODEL_FILE} is missing; train again")
        expected = self.info["model"]["sha256"]
        if sha256_file(file) != expected:
            raise RunError(
                f"{file} is not the file that was trained (its SHA-256 is not"
                f" {expected[:12]}... of run.json); train again or copy the run again"
            )
        from .quiet import import_keras

        try:
            model: Model = import_keras().saving.load_model(file, compile=False, safe_mode=True)
        except (OSError, TypeError, ValueError) as exc:
            raise RunError(f"{file} does not load: {exc}") from exc
        return model

    def examples(self, split: Split | None = None) -> list[Example]:
        """The pictures of a split (None: of all), their paths below the recorded data folders.

        Whether the files are still there and unchanged is found out by whoever reads them.

        Raises:
            RunError: splits.csv is missing or damaged.
        """
        if split is not None and split not in get_args(Split):
            raise RunError(f"no split {split!r}; known: {', '.join(get_args(Split))}")
        file = self.path / "splits.csv"
        try:
            with file.open(newline="", encoding="utf-8") as lines:
                examples = [self._example(row) for row in csv.DictReader(lines)]
        except OSError as exc:
            raise RunError(f"{file}: {exc.strerror or exc}") from exc
        except (KeyError, IndexError, TypeError, ValueError, csv.Error) as exc:
            raise RunError(f"{file} is damaged: {exc!r}") from None
        return [example for example in examples if split in (None, example.split)]

    def _example(self, row: Mapping[str, str]) -> Example:
        index = int(row["root"])
        if index < 0 or row["split"] not in get_args(Split) or row["label"] not in self.labels:
            raise ValueError(f"row {dict(row)}")
        return Example(
            path=self.roots[index] / row["path"],
            label=row["label"],
            split=row["split"],  # type: ignore[arg-type]
            sha256=row["sha256"],
            group=row["group"],
            scene=row.get("scene"),
        )


def load_run(path: Path | str, data: Sequence[Path] | None = None) -> Run:
    """Read the index of a run; neither the model nor a picture is opened.

    Args:
        path: the run's folder.
        data: where the data folders lie now, in the order in which they were given to
            `trucksight train`; None: where they lay then.

    Raises:
        RunError: not a run, of an unknown schema, damaged, or another number of data folders.
    """
    path = Path(path)
    if not path.is_dir():
        raise RunError(f"no run at {path}; make one with: trucksight train DATA --out {path}")
    file = path / "run.json"
    try:
        info = json.loads(file.read_bytes())
    except OSError as exc:
        raise RunError(f"{path} is not a run: run.json: {exc.strerror or exc}") from exc
    except ValueError as exc:
        raise RunError(f"{file} is not JSON: {exc}") from None
    if not isinstance(info, dict) or info.get("schema") != SCHEMA:
        raise RunError(f"{file} does not describe a trucksight run")
    if info.get("schema_version") != SCHEMA_VERSION:
        raise RunError(
            f"{file}: run schema version {info.get('schema_version')!r};"
            f" this trucksight understands version {SCHEMA_VERSION}"
        )
    try:
        run = _run(path, info)
    except (BundleError, KeyError, TypeError, ValueError, AttributeError) as exc:
        raise RunError(f"{file} is damaged: {exc!r}") from None
    if data is None:
        return run
    if len(data) != len(run.roots):
        raise RunError(
            f"{path} was trained on {len(run.roots)} data folder(s)"
            f" ({', '.join(map(str, run.roots))}); {len(data)} were given"
        )
    return _run(path, info, tuple(Path(folder) for folder in data))


def _run(path: Path, info: Mapping[str, Any], roots: tuple[Path, ...] | None = None) -> Run:
    labels = tuple(str(label) for label in info["labels"])
    positive = str(info["positive"])
    threshold = float(info["threshold"])
    if len(labels) < 2 or len(set(labels)) != len(labels) or positive not in labels:
        raise ValueError(f"labels {labels} and positive {positive!r} do not fit")
    if not 0 < threshold < 1:
        raise ValueError(f"threshold {threshold} is not between 0 and 1")
    if not isinstance(info["model"]["sha256"], str):
        raise ValueError("the model's SHA-256 is missing")
    return Run(
        path=path,
        info=info,
        labels=labels,
        positive=positive,
        contract=InputContract.from_json(info["input"]),
        threshold=threshold,
        roots=roots or tuple(Path(folder) for folder in info["data"]["roots"]),
    )
