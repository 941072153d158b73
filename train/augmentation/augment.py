"""Varying training pictures: other cameras, other weather, other hours.

Each picture is varied by its own generator, seeded with (seed, epoch, index), so the result does
not depend on how the threads happen to run.

Own effects, since none of the libraries fits: albumentations is no longer maintained and its
successor is AGPL; imgaug is abandoned; Keras' layers know no weather, draw from TensorFlow's global
generator, and vary a batch inside the training step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

from ...runtime.errors import UsageError
from . import effects, weather
from .effects import Pixels


@dataclass(frozen=True, slots=True)
class Effect:
    """One row of the table of effects."""

    apply: Callable[[Pixels, np.random.Generator, float], Pixels]
    """Takes (height, width, 3) RGB, a generator and the strength; gives a new array or the same."""
    probability: float
    """That a picture gets it, 0 to 1; of one that shares its place, before the others."""
    strength: float = 1.0
    """Of the strongest that is drawn; 1 is what was judged by eye to leave a truck visible."""
    place: str = ""
    """At most one effect of a place is applied; empty: it stands alone."""


EFFECTS: Mapping[str, Effect] = MappingProxyType(
    {
        "crop": Effect(effects.crop, 1.0),
        "flip": Effect(effects.flip, 0.5),
        "occlusion": Effect(effects.occlusion, 0.15),
        "rain": Effect(weather.rain, 0.1, place="weather"),
        "fog": Effect(weather.fog, 0.1, place="weather"),
        "dusk": Effect(weather.dusk, 0.1, place="hour"),
        "night": Effect(weather.night, 0.1, place="hour"),
        "light": Effect(effects.light, 1.0, place="hour"),
        "blur": Effect(effects.blur, 0.25),
        "noise": Effect(effects.noise, 0.2),
        "jpeg": Effect(effects.jpeg, 0.2),
    }
)
"""In the order in which light, air, lens, sensor and encoder change a picture."""


@dataclass(frozen=True, slots=True)
class Augmentation:
    """Which effects vary the training pictures, in the order of EFFECTS."""

    effects: Mapping[str, Effect] = field(default_factory=lambda: EFFECTS)
    """By name."""

    @classmethod
    def from_names(cls, names: str) -> Augmentation:
        """Some of EFFECTS.

        Args:
            names: `all`, `none`, or names with commas between them.

        Raises:
            UsageError: a name that is not in the table.
        """
        if names == "all":
            return cls()
        wanted = [] if names == "none" else [name.strip() for name in names.split(",")]
        unknown = [name for name in wanted if name not in EFFECTS]
        if unknown:
            raise UsageError(
                f"no effect {unknown[0]!r}; known: all, none, or some of {', '.join(EFFECTS)}"
            )
        return cls({name: row for name, row in EFFECTS.items() if name in wanted})

    def with_crop_area(self, least: float) -> Augmentation:
        """The same with a wider crop: `least` to 1 of the area, in (0, 1).

        Raises:
            UsageError: there is no crop among the effects.
        """
        if "crop" not in self.effects:
            raise UsageError("a share of the area is for the effect crop, which is left out")
        strength = (1 - least) / effects.AREA_TAKEN
        return Augmentation({**self.effects, "crop": Effect(effects.area_crop, 1.0, strength)})

    @property
    def names(self) -> tuple[str, ...]:
        """In the order in which they are applied."""
        return tuple(self.effects)

    def __call__(self, picture_rgb: Pixels, rng: np.random.Generator) -> Pixels:
        """Vary one picture.

        Args:
            picture_rgb: (height, width, 3), 0..255; not changed.
            rng: decides everything.

        Returns:
            the same shape; the caller owns it.
        """
        picture, taken = picture_rgb, set()
        for row in self.effects.values():
            drawn = rng.random() < row.probability
            if not drawn or (row.place and row.place in taken):
                continue
            taken.add(row.place)
            picture = row.apply(picture, rng, row.strength)
        return picture.copy() if np.shares_memory(picture, picture_rgb) else picture

    def alone(self, name: str, picture_rgb: Pixels, rng: np.random.Generator) -> Pixels:
        """One effect for certain, to look at; otherwise as a call."""
        row = self.effects[name]
        picture = row.apply(picture_rgb, rng, row.strength)
        return picture.copy() if np.shares_memory(picture, picture_rgb) else picture

    def as_json(self) -> dict[str, Any]:
        """Probability, strength and function by name, for hashes and reports."""
        return {
            name: {
                "probability": row.probability,
                "strength": row.strength,
                "function": row.apply.__name__,
            }
            for name, row in self.effects.items()
        }
