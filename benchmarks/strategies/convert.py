"""Runs to float32 TFLite files, and what their models cost; a process of its own.

    python -m trucksight.benchmarks.strategies.convert TOLD.jsonl RUN=FILE.tflite ...

Leaves a line of JSON for each run in TOLD.jsonl, since any library may print: `run`, and either
parameters, multiply_adds and tflite_bytes, or `why` there is no file. TensorFlow is imported once
for all, and not by the process that times.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from ...runtime.errors import TrucksightError
from ...runtime.files import write_atomically


def main() -> None:
    """Convert one after the other."""
    with Path(sys.argv[1]).open("w") as lines:
        for word in sys.argv[2:]:
            run, _, file = word.partition("=")
            try:
                told = _convert(Path(run), Path(file))
            except (TrucksightError, ValueError, RuntimeError, MemoryError) as exc:
                told = {"why": (str(exc) or repr(exc)).splitlines()[0]}
            print(json.dumps({"run": run, **told}), file=lines, flush=True)


def _convert(run: Path, file: Path) -> dict[str, Any]:
    from ...export.convertible import Convertible
    from ...export.recipes import RECIPES
    from ...train.architectures.cost import cost
    from ...train.run_folder import load_run

    model = load_run(run).model()
    shape = (0, *(side or 0 for side in model.input_shape[1:]))
    content = RECIPES["tflite-fp32"].convert(Convertible(model, np.empty(shape, np.uint8)))
    write_atomically(file, content)
    counted = cost(model)
    return {
        "parameters": counted.parameters,
        "multiply_adds": counted.multiply_adds,
        "tflite_bytes": len(content),
    }


if __name__ == "__main__":
    main()
