"""Writes a Keras model file of a bundle's architecture with weights as they begin.

    python -m trucksight.benchmarks.peers.keras_file OUT.keras BUNDLE

For where the run that a bundle was exported from is not at hand: the time that a layer takes does
not depend on its weights.
"""

from __future__ import annotations

import sys
from pathlib import Path

from ...runtime import Bundle, load_bundle
from ...train.architectures import Recipe, build


def write_untrained(path: Path, bundle: Bundle) -> None:
    """Write a model of the architecture, width, size and outputs that a bundle came from."""
    source = bundle.index["source"]["architecture"]
    recipe = Recipe(
        size_wh=(bundle.contract.width, bundle.contract.height),
        outputs=1 if len(bundle.labels) == 2 else len(bundle.labels),
        width=source.get("width"),
    )
    build(source["name"], recipe).model.save(path)


if __name__ == "__main__":
    write_untrained(Path(sys.argv[1]), load_bundle(sys.argv[2]))
