"""Which engines on a GPU or an Edge TPU can be used here, and why the others cannot."""

from __future__ import annotations

import json
from dataclasses import dataclass

from .children import Ask

ACCELERATORS = (
    "onnxruntime-cuda",
    "onnxruntime-tensorrt",
    "litert-gpu",
    "tflite-gpu",
    "edgetpu",
)
"""The engines of `runtime.backends` that need hardware which most machines lack."""

_ABSENCE = """
from trucksight.runtime.backends import absence
print("\\n" + json.dumps(absence(sys.argv[1])))
"""


@dataclass(frozen=True, slots=True)
class Accelerator:
    """One engine, tried in a process of its own: a driver may crash there."""

    name: str
    """As in `runtime.backends`."""
    why: str | None
    """Why it cannot be used; None: it can."""
    cure: str | None = None


def read_accelerators(ask: Ask) -> tuple[Accelerator, ...]:
    """Try every engine of `ACCELERATORS`.

    Args:
        ask: runs code in a child, see `children.ask_python`.
    """
    return tuple(_read(name, ask) for name in ACCELERATORS)


def _read(name: str, ask: Ask) -> Accelerator:
    answer = ask(_ABSENCE, name)
    if answer.fault:
        return Accelerator(name, answer.fault, "install its driver or its package again")
    told = json.loads(answer.stdout.splitlines()[-1])
    return Accelerator(name, *(told or (None, None)))
