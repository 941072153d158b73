"""MediaPipe's ImageClassifier; what it needs to know of a model stands in the TFLite file."""

from __future__ import annotations

from collections.abc import Callable

import mediapipe as mp
from mediapipe.tasks.python import BaseOptions, vision


def open_model(model: str, threads: int) -> Callable[[str], float]:
    """Load a .tflite file with metadata; MediaPipe has no option for a number of threads."""
    options = vision.ImageClassifierOptions(base_options=BaseOptions(model_asset_path=model))
    classifier = vision.ImageClassifier.create_from_options(options)

    def decide(picture: str) -> float:
        answer = classifier.classify(mp.Image.create_from_file(picture))
        return float(answer.classifications[0].categories[0].score)

    return decide
