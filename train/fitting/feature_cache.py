"""What a frozen base or a teacher makes of pictures, kept on the disk between trainings.

An entry is named by a hash of everything that its numbers come from: the base's layers and weights,
how a picture becomes an input, the pictures' own hashes in their order, and the versions of the
libraries that compute. So an entry is never out of date; it only falls out of use.
"""

from __future__ import annotations

import io
import json
import os
import sys
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ...runtime.contract import InputContract
from ...runtime.errors import OutputError
from ...runtime.files import remove_abandoned, write_atomically
from ..cache_folder import cache_folder
from ..provenance import code_hash, compute_versions

MOST_BYTES = 2_000_000_000
"""Of all entries together; those that were not used for longest go."""

Features = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class FeatureCache:
    """Where features are kept, for one way of turning a picture into an input."""

    folder: Path
    contract: InputContract
    most_bytes: int = MOST_BYTES

    def get(self, base: Any, pictures: Sequence[str], compute: Callable[[], Features]) -> Features:
        """The features of pictures, from the disk or computed and then kept; see `remembered`.

        Args:
            base: Keras model from pictures to features.
            pictures: the SHA-256 of each picture's file, in order.
            compute: what gives (n, features).
        """
        return self.remembered(self._key(base, pictures), len(pictures), compute, "features")

    def remembered(
        self, key: str, rows: int, compute: Callable[[], Features], what: str
    ) -> Features:
        """An entry from the disk, or computed and then kept.

        What goes wrong with the disk costs time and never the training: a damaged entry is computed
        again, one that cannot be written is done without; stderr has a line of it.

        Args:
            key: hash of everything that its numbers come from, hexadecimal.
            rows: that it has.
            compute: what gives (rows, numbers).
            what: it is, in the plural.
        """
        path = self.folder / f"{key}.npz"
        kept = _read(path, rows)
        if kept is not None:
            return kept
        computed = compute()
        try:
            self._keep(path, computed)
        except (OSError, OutputError) as exc:
            print(f"the {what} are not kept for another training: {exc}", file=sys.stderr)
        return computed

    def _key(self, base: Any, pictures: Sequence[str]) -> str:
        digest = sha256()
        layers = [[type(one).__name__, _shape(one)] for one in base.layers]
        about = [compute_versions(), code_hash(), self.contract.as_json(), layers, list(pictures)]
        digest.update(json.dumps(about, sort_keys=True, default=str).encode())
        for weight in base.get_weights():
            digest.update(str((weight.shape, weight.dtype)).encode())
            digest.update(np.ascontiguousarray(weight).tobytes())
        return digest.hexdigest()

    def _keep(self, path: Path, features: Features) -> None:
        content = io.BytesIO()
        np.savez(content, features=features)
        size = content.getbuffer().nbytes
        if size > self.most_bytes:
            return
        remove_abandoned(path)
        if self.folder.is_dir():
            kept = sorted(self.folder.glob("*.npz"), key=lambda one: one.stat().st_mtime_ns)
            room = self.most_bytes - size - sum(one.stat().st_size for one in kept)
            while room < 0 and kept:
                oldest = kept.pop(0)
                room += oldest.stat().st_size
                oldest.unlink(missing_ok=True)
        write_atomically(path, content.getvalue())


def features_folder() -> Path | None:
    """Below the cache folder; None where this user has none."""
    folder = cache_folder()
    return folder and folder / "features"


def _shape(layer: Any) -> dict[str, Any]:
    """What a layer computes; its name counts up with every model that a process builds."""
    return {name: value for name, value in layer.get_config().items() if name != "name"}


def _read(path: Path, pictures: int) -> Features | None:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as entry:
            features = np.asarray(entry["features"], np.float32)
        if features.ndim != 2 or len(features) != pictures:
            raise ValueError(f"it holds {features.shape}")
        os.utime(path)  # used: among the last to go
        return features
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as exc:
        print(f"{path} is damaged ({exc}) and is computed again", file=sys.stderr)
        return None
