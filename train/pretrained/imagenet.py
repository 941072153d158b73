"""ImageNet's thousand classes: their names, and which of them are trucks.

Numbers and WordNet identifiers are those of ILSVRC 2012 (Russakovsky et al. 2015,
arXiv:1409.0575), in the order of Keras' weights.
"""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...runtime.errors import UsageError

CLASSES = 1000
TRUCKS: Mapping[int, str] = {
    555: "fire engine",
    569: "garbage truck",
    675: "moving van",
    717: "pickup",
    864: "tow truck",
    867: "trailer truck",
}
"""What counts as a truck. Not: minibus, minivan, police van, recreational vehicle, school bus,
tractor. Pickups are in because Open Images and everyday American English call them trucks; a
project that does not can leave 717 out."""
FILE = "imagenet_class_index.json"
ADDRESS = f"https://storage.googleapis.com/download.tensorflow.org/data/{FILE}"


def class_names(keras: Any, file: Path | None = None) -> tuple[str, ...]:
    """The names of the classes, in the weights' order.

    Args:
        keras: the module; it keeps what it downloads.
        file: `{"0": ["n01440764", "tench"], ...}`; None: Keras' own, downloaded once.

    Raises:
        UsageError: it cannot be had or is of another shape.
    """
    if file is None:
        try:
            with contextlib.redirect_stdout(sys.stderr):
                file = Path(keras.utils.get_file(FILE, ADDRESS, cache_subdir="models"))
        except Exception as exc:  # Keras raises a plain Exception for a failed download
            raise UsageError(
                f"the names of ImageNet's classes could not be had ({exc}); check the network, or"
                f" give {FILE} with --classes FILE"
            ) from exc
    try:
        index = json.loads(file.read_bytes())
        return tuple(str(index[str(number)][1]) for number in range(CLASSES))
    except OSError as exc:
        raise UsageError(f"{file}: {exc.strerror or exc}") from exc
    except (ValueError, KeyError, IndexError, TypeError) as exc:
        raise UsageError(
            f'{file} is not ImageNet\'s class index, {{"0": ["n01440764", "tench"], ...}}: {exc!r}'
        ) from None
