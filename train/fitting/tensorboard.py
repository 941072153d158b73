"""Curves for TensorBoard, on request."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...runtime.errors import OutputError
from ...runtime.extras import require

if TYPE_CHECKING:
    from .fit import Epoch


class Board:
    """Writes a point an epoch; stages follow each other on one axis."""

    def __init__(self, folder: Path) -> None:
        """Open the folder.

        Raises:
            MissingExtra: TensorBoard is not installed.
            OutputError: the folder cannot be written.
        """
        require(["tensorboard"], "tensorboard", "--tensorboard")
        import tensorflow

        self._summary = tensorflow.summary
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._writer: Any = self._summary.create_file_writer(str(folder))
        except (OSError, tensorflow.errors.OpError) as exc:
            raise OutputError(f"cannot write {folder}: {exc}") from exc

    def epoch(self, number: int, row: Epoch) -> None:
        """Add an epoch; `number` counts through all stages."""
        with self._writer.as_default(step=number):
            for name in (
                *("loss", "cross_entropy", "accuracy"),
                *("select_loss", "select_accuracy", "select_auc"),
            ):
                self._summary.scalar(f"{row.stage}/{name}", getattr(row, name))
            self._summary.scalar(f"{row.stage}/learning_rate", row.learning_rate)
        self._writer.flush()
