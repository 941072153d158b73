"""What a continued training must have in common with its beginning."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from ...runtime.files import sha256_file
from ..data.dataset import Dataset
from ..options import TrainOptions
from ..provenance import code_hash, compute_versions
from ..run_folder import MODEL_FILE
from .batches import varying_code


def identity_of(
    data: Dataset, options: TrainOptions, labels: Sequence[str], positive: str
) -> dict[str, Any]:
    """All that decides what a training comes to; what json can write.

    Args:
        data: split.
        options: resolved, with a strategy.
        labels: in output order.
        positive: the one that is looked for.
    """
    splits = ("train", "select", "holdout")
    return {
        "options": options.as_json(),
        "labels": list(labels),
        "positive": positive,
        "pictures of": {split: _hash(data, split) for split in splits},
        "weights file": _file_hash(options.weights),
        "teacher's model": _file_hash(options.teacher and f"{options.teacher}/{MODEL_FILE}"),
        "version of": compute_versions(),
        "code for pictures": code_hash(*(varying_code() if options.augment else ())),
    }


def _hash(data: Dataset, split: str) -> str:
    """Of a split's pictures and labels, in the order in which batches are drawn from them."""
    lines = "".join(f"{one.sha256} {one.label}\n" for one in data.of(split))
    return sha256(lines.encode()).hexdigest()


def _file_hash(name: str | None) -> str | None:
    file = Path(name or "none")
    return sha256_file(file) if file.is_file() else None
