"""Who takes part: a table of data, and what of it is installed here."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from ...runtime.extras import install_command
from ..suite.results import Absent

HERE = "here"
"""The environment of the Python that holds the contest."""

Reads = Literal["tflite", "onnx", "keras"]


@dataclass(frozen=True, slots=True)
class Entrant:
    """One row of the table of contestants."""

    name: str
    script: str
    """File of this folder; see `stopwatch`."""
    reads: Reads
    """Which kind of model file it is given; those of one kind get the same file."""
    packages: tuple[str, ...]
    """What somebody has to install, as requirements."""
    imports: tuple[str, ...]
    """What must be importable in `HERE`."""
    extra: str | None = None
    """Of trucksight, that brings them; None: the base install has them."""
    environment: str = HERE
    """`HERE`, or the name of a folder that `make peers` makes."""
    backend: str | None = None
    """Of trucksight; None: it is a peer."""
    calibrated: bool = False
    """Whether it gives a calibrated probability instead of what the model put out."""

    @property
    def ours(self) -> bool:
        return self.backend is not None


def _ours(backend: str, reads: Reads, extra: str | None, module: str) -> tuple[Entrant, Entrant]:
    run, detector = (
        Entrant(
            name=f"{name}, {backend}",
            script=script,
            reads=reads,
            packages=(f"trucksight[{extra}]" if extra else "trucksight",),
            imports=(module,),
            extra=extra,
            backend=backend,
            calibrated=True,
        )
        for name, script in (
            ("trucksight run", "trucksight_run.py"),
            ("trucksight Detector", "trucksight_detector.py"),
        )
    )
    return run, detector


_OPENCV = ("numpy", "opencv-python-headless")

ENTRANTS = (
    *_ours("litert", "tflite", "litert", "ai_edge_litert"),
    *_ours("onnxruntime", "onnx", "onnx", "onnxruntime"),
    *_ours("opencv", "onnx", None, "cv2"),
    Entrant(
        name="OpenCV + LiteRT loop",
        script="tflite_loop.py",
        reads="tflite",
        packages=("ai-edge-litert", *_OPENCV),
        imports=("ai_edge_litert",),
        extra="litert",
    ),
    Entrant(
        name="OpenCV + tflite-runtime loop",
        script="tflite_loop.py",
        reads="tflite",
        packages=("tflite-runtime", *_OPENCV),
        imports=(),
        environment="tflite-runtime",
    ),
    Entrant(
        name="MediaPipe ImageClassifier",
        script="mediapipe_classifier.py",
        reads="tflite",
        packages=("mediapipe",),
        imports=(),
        environment="mediapipe",
        calibrated=True,
    ),
    Entrant(
        name="OpenCV + ONNX Runtime loop",
        script="onnxruntime_loop.py",
        reads="onnx",
        packages=("onnxruntime", *_OPENCV),
        imports=("onnxruntime",),
        extra="onnx",
    ),
    Entrant(
        name="OpenCV DNN",
        script="opencv_dnn.py",
        reads="onnx",
        packages=_OPENCV,
        imports=("cv2",),
    ),
    Entrant(
        name="Keras model.predict",
        script="keras_predict.py",
        reads="keras",
        packages=("tensorflow", "pillow"),
        imports=("tensorflow", "keras", "PIL"),
        extra="train",
    ),
)


def python_of(entrant: Entrant, environments: Path) -> Path:
    """The interpreter of a contestant's environment, whether it exists or not."""
    if entrant.environment == HERE:
        return Path(sys.executable)
    return environments / entrant.environment / "bin" / "python"


def present(
    environments: Path, entrants: Sequence[Entrant] = ENTRANTS
) -> tuple[list[Entrant], list[Absent]]:
    """Divide contestants into those that can take part and those that are not installed.

    Args:
        environments: the folder with the environments of `make peers`.
        entrants: in their order.
    """
    able: list[Entrant] = []
    absent: list[Absent] = []
    for entrant in entrants:
        missing = _missing(entrant, environments)
        if missing is None:
            able.append(entrant)
        else:
            absent.append(missing)
    return able, absent


def _missing(entrant: Entrant, environments: Path) -> Absent | None:
    if entrant.environment != HERE:
        python = python_of(entrant, environments)
        if python.exists():
            return None
        return Absent(entrant.name, f"there is no {python}", "make peers")
    missing = [name for name in entrant.imports if find_spec(name) is None]
    if not missing:
        return None
    cure = install_command(entrant.extra) if entrant.extra else None
    return Absent(entrant.name, f"{', '.join(missing)} is not installed here", cure)
