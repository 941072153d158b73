"""Two training pictures made into one, so that a few come in many combinations.

Either a piece of the other is pasted in, where it was (CutMix; Yun et al. 2019, arXiv:1905.04899),
or both are blended (mixup; Zhang et al. 2018, arXiv:1710.09412). The label of such a picture is
mixed by the other's share; a teacher who is asked about it knows better, since the piece may show
the truck or miss it (Beyer et al. 2022, arXiv:2106.05237).

Not Keras' CutMix and MixUp: they mix a batch within the training step, where no teacher can be
asked beforehand about the very picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .effects import Pixels

PASTED = 0.6
"""How many of the mixed pictures have a piece of the other; the rest are blended."""
PIECE = (0.05, 0.6)
"""Smallest and largest area of a piece, before it is stretched and cut to a side of 0.07 to 0.9."""
BLENDED = (0.1, 0.5)
"""Smallest and largest weight of the other."""


@dataclass(frozen=True, slots=True)
class Mixture:
    """How another picture comes into one."""

    other: int
    """Its index among the training pictures."""
    weight: float
    """Of the other, where it is blended in; 1 where a piece of it covers what was there."""
    left: float = 0.0
    """Of the piece, as a share of the width, as the next three of their sides."""
    top: float = 0.0
    width: float = 1.0
    height: float = 1.0

    @property
    def share(self) -> float:
        """Of the other in the whole picture, in (0, 1)."""
        return self.weight * self.width * self.height

    @classmethod
    def drawn(cls, rng: np.random.Generator, pictures: int) -> Mixture:
        """One of all that there may be.

        Args:
            rng: decides everything.
            pictures: how many the other is one of.
        """
        other = int(rng.integers(pictures))
        if rng.random() >= PASTED:
            return cls(other, float(rng.uniform(*BLENDED)))
        sides = np.sqrt(np.clip(rng.random(), *PIECE)) * np.exp(rng.normal(0, 0.25, 2))
        width, height = np.clip(sides, 0.07, 0.9).tolist()
        left, top = (rng.random(2) * (1 - width, 1 - height)).tolist()
        return cls(other, 1.0, left, top, width, height)

    def __call__(self, picture: Pixels, other: Pixels) -> Pixels:
        """The mixed picture.

        Args:
            picture: (height, width, 3), 0..255; not changed.
            other: the same shape; not changed.
        """
        height, width = picture.shape[:2]
        rows = slice(round(self.top * height), round((self.top + self.height) * height))
        columns = slice(round(self.left * width), round((self.left + self.width) * width))
        mixed = picture.copy()
        weight = np.float32(self.weight)
        blend = (1 - weight) * picture[rows, columns] + weight * other[rows, columns]
        mixed[rows, columns] = np.round(blend).astype(np.uint8)
        return mixed
