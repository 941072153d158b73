"""The model that is looked into: from a run, or from a bare .keras file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...runtime.contract import InputContract
from ...runtime.errors import RunError, UsageError
from ..data.labels import POSITIVE
from ..quiet import import_keras
from ..run_folder import load_run


@dataclass(frozen=True, slots=True)
class Subject:
    """A Keras model and how it is to be fed and read."""

    name: str
    model: Any
    contract: InputContract
    labels: tuple[str, ...]
    """In output order; a sigmoid's two are (negative, positive)."""
    shown: int
    """Index of the label whose evidence is shown."""
    threshold: float
    """Score of the shown label from which on it is the answer."""
    looked_for: bool = True
    """Whether the shown label is what the model was made to find."""

    @property
    def label(self) -> str:
        """Name of the shown label."""
        return self.labels[self.shown]


def load_subject(path: Path, label: str | None = None) -> Subject:
    """Load a run's model, or a .keras file as if it took what a run takes.

    A file says nothing of labels, threshold and fit: they are numbered, 0.5 and `stretch`; it is
    given RGB pixels of 0..255, so its normalisation must be inside.

    Args:
        path: a run's folder or a .keras file.
        label: whose evidence is shown, by name or number; None: a run's positive class, or the
            likelier meaning of a file's one sigmoid.

    Raises:
        RunError: neither, damaged, or a model that does not take one picture.
        UsageError: there is no such label, or it must be named.
    """
    if path.is_file():
        return _from_file(path, label)
    run = load_run(path)
    shown = run.positive_index if label is None else _index(run.labels, label)
    threshold = run.threshold if shown == run.positive_index else 0.5
    if len(run.labels) == 2 and shown != run.positive_index:
        threshold = 1 - run.threshold
    looked_for = shown == run.positive_index
    return Subject(path.name, run.model(), run.contract, run.labels, shown, threshold, looked_for)


def _from_file(path: Path, label: str | None) -> Subject:
    if path.suffix.lower() != ".keras":
        raise RunError(f"{path} is neither a run's folder nor a .keras file")
    try:
        model = import_keras().saving.load_model(path, compile=False, safe_mode=True)
    except (OSError, TypeError, ValueError) as exc:
        raise RunError(f"{path} does not load: {exc}") from exc
    takes, gives = model.input_shape, model.output_shape
    if not isinstance(takes, tuple) or len(takes) != 4 or None in takes[1:] or takes[3] != 3:
        raise RunError(f"{path} takes {takes}; expected (None, height, width, 3) of a fixed size")
    if not isinstance(gives, tuple) or len(gives) != 2:
        raise RunError(f"{path} gives {gives}; expected (None, labels)")
    contract = InputContract(width=takes[2], height=takes[1])
    if gives[1] == 1:
        labels: tuple[str, ...] = (f"no_{POSITIVE}", POSITIVE)
    else:
        labels = tuple(str(number) for number in range(gives[1]))
        if label is None:
            raise UsageError(f"{path} has {gives[1]} outputs; choose one with --label NUMBER")
    shown = _index(labels, label or labels[-1])
    return Subject(path.stem, model, contract, labels, shown, 0.5, gives[1] > 1 or shown == 1)


def _index(labels: tuple[str, ...], label: str) -> int:
    if label in labels:
        return labels.index(label)
    raise UsageError(f"no label {label!r}; there are: {', '.join(labels)}")
