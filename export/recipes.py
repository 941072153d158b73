"""The variants that can be asked for by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..runtime.errors import UsageError
from . import to_onnx, to_tflite
from .convertible import Convertible

Convert = Callable[[Convertible], bytes]
"""Gives the bytes of the variant's file."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one variant is made."""

    name: str
    format: str
    """`tflite` or `onnx`; also the file's suffix."""
    convert: Convert
    calibrated: bool
    """Whether pictures of the training split set its integer ranges, or what is rounded to them."""
    golden_tolerance: float
    """Largest difference of a golden score that is let through; see `docs/decisions/0003-golden.md`
    for what was measured on other processors."""
    clip: float = 1e-7
    """Scores nearer to 0 or 1 than this cannot be told from 0 and 1."""


RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            "tflite-int8",
            "tflite",
            to_tflite.int8,
            calibrated=True,
            golden_tolerance=0.1,
            clip=1 / 512,
        ),
        Recipe("tflite-fp32", "tflite", to_tflite.float32, calibrated=False, golden_tolerance=0.01),
        Recipe("tflite-fp16", "tflite", to_tflite.float16, calibrated=False, golden_tolerance=0.01),
        Recipe(
            "tflite-dynamic", "tflite", to_tflite.dynamic, calibrated=True, golden_tolerance=0.1
        ),
        Recipe("onnx-fp32", "onnx", to_onnx.float32, calibrated=False, golden_tolerance=0.01),
        Recipe("onnx-fp16", "onnx", to_onnx.float16, calibrated=False, golden_tolerance=0.1),
        Recipe("onnx-int8", "onnx", to_onnx.int8, calibrated=True, golden_tolerance=0.1),
    )
}
"""By name, in the order in which a bundle prefers them for an engine that reads several."""

DEFAULT_VARIANTS = ("tflite-int8", "tflite-fp32", "onnx-fp32")


def named_recipes(names: list[str] | None) -> list[Recipe]:
    """The recipes of these names (None: the default ones), in order of preference.

    Raises:
        UsageError: a name that is not known; lists those that are.
    """
    wanted = set(DEFAULT_VARIANTS if names is None else names)
    unknown = sorted(wanted - set(RECIPES))
    if unknown or not wanted:
        raise UsageError(
            f"no variant {', '.join(map(repr, unknown)) or 'given'}; known: {', '.join(RECIPES)}"
        )
    return [recipe for recipe in RECIPES.values() if recipe.name in wanted]
