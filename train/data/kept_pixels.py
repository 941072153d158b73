"""Model inputs that were made while pictures were checked, so that none is decoded twice."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ...runtime.contract import InputContract, model_input
from ..run_folder import Example
from .folders import Found
from .picture_room import IN_MEMORY


@dataclass(frozen=True, slots=True)
class Rows:
    """Some pictures of a room, in an order of their own; indexed like an array of them."""

    room: npt.NDArray[np.uint8]
    """(pictures, height, width, 3), RGB, 0..255."""
    rows: npt.NDArray[np.int64]
    """(n,) of the room."""

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def ndim(self) -> int:
        """As of an array."""
        return self.room.ndim

    def __getitem__(self, key: int | slice | npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
        found: npt.NDArray[np.uint8] = self.room[self.rows[key]]
        return found


@dataclass(frozen=True, slots=True)
class KeptPixels:
    """Room for every picture that was found, and where each lies."""

    contract: InputContract
    room: npt.NDArray[np.uint8]
    """(pictures, height, width, 3); undefined where a picture was not readable."""
    row_of: dict[Path, int] = field(default_factory=dict)

    @classmethod
    def of(cls, found: Sequence[Found], contract: InputContract) -> KeptPixels | None:
        """Make room; None for more than IN_MEMORY, which are decoded again when they are needed."""
        shape = (len(found), *contract.shape[1:])
        return cls(contract, np.empty(shape, np.uint8)) if math.prod(shape) <= IN_MEMORY else None

    def keep(self, row: int, path: Path, picture_bgr: npt.NDArray[np.uint8]) -> None:
        """Bring a picture to the model's input and keep it; for each row from one thread."""
        self.room[row] = model_input(picture_bgr, self.contract)[0]
        self.row_of[path] = row

    def rows(self, examples: Sequence[Example]) -> Rows:
        """The pictures of examples, in their order."""
        return Rows(self.room, np.array([self.row_of[one.path] for one in examples], np.int64))
