"""An untrained model, in the parts that training takes it in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Network:
    """An untrained model: (n, height, width, 3) uint8 RGB in, probabilities out."""

    model: Any
    """The whole Keras model."""
    base: Sequence[Any] = ()
    """The pretrained layers, bottom first; empty where everything is trained from scratch."""
    features: Any = None
    """Keras model of the pretrained part: pictures to (n, features)."""
    head: Any = None
    """Keras model of the rest: (n, features) to probabilities; shares its layers with `model`."""
    fold: Callable[[], Any] | None = None
    """Gives the model that is deployed: another one that computes what `model` does by now. None:
    `model` is deployed itself."""

    @property
    def deployed(self) -> Any:
        """The Keras model that takes what was learned to the board."""
        return self.model if self.fold is None else self.fold()
