"""Finding the same photograph twice: resized, compressed again, lit otherwise, mirrored, cut.

Two steps. A perceptual hash (DCT, 12 x 12 bits, `imagehash`) proposes each picture's nearest ones;
`same_picture.residual` confirms. On 2,411 photographs known to be free of near-duplicates across
their splits the two raised no false alarm there, and found 99 % or more of every kind of planted
copy but those cut by a tenth of each side (42 %) or more. The tables are in docs/decisions/0008.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import imagehash
import numpy as np
import numpy.typing as npt
from PIL import Image

from ..threads import parallel
from .same_picture import SAME, SIDE, Thumbnail, residual

PROPOSED = 46
"""Largest Hamming distance, of HASH_SIDE squared bits, at which a pair is looked at closely."""
HASH_SIDE = 12
"""Its DCT takes SIDE x SIDE pixels: the thumbnail as it is."""
NEAR = HASH_SIDE**2 - 2 * PROPOSED
"""The inner product of a pair at that distance, see `_proposed`."""
NEAREST = 4
"""So many of a picture's nearest ones in each set are looked at closely."""
BLOCK_NUMBERS = 1 << 22
"""Distances held in memory at a time."""

_Bits = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Fingerprint:
    """What is kept of a picture to compare it by; 3.5 KB."""

    thumbnail: Thumbnail
    """(SIDE, SIDE), grey."""
    bits: npt.NDArray[np.bool_]
    """(HASH_SIDE ** 2,)."""
    mirrored: npt.NDArray[np.bool_]
    """The bits of the mirror image."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two pictures that are the same photograph."""

    one: int
    """Index of a picture; smaller than `other`."""
    other: int
    residual: float
    """See `same_picture.residual`; at most SAME."""
    mirrored: bool


def fingerprint(picture_bgr: npt.NDArray[np.uint8]) -> Fingerprint:
    """What a picture is compared by.

    Args:
        picture_bgr: (height, width, 3), any size; its aspect does not matter.
    """
    grey = cv2.cvtColor(picture_bgr, cv2.COLOR_BGR2GRAY)
    thumbnail = np.asarray(cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)
    return Fingerprint(thumbnail, _bits(thumbnail), _bits(thumbnail[:, ::-1]))


def near_duplicates(prints: Sequence[Fingerprint], sets: Sequence[int]) -> list[Pair]:
    """The pairs that show the same photograph, sorted by index.

    Pairs within a cluster of many copies are not all listed, but each copy is tied to some other.

    Args:
        prints: of the pictures; leave out exact copies.
        sets: a number for each picture; its nearest ones are sought in each set apart, so that
            likenesses within a set do not hide those across.
    """
    pairs = sorted(set(_proposed(prints, np.asarray(sets, np.int64))))

    def confirm(pair: tuple[int, int, bool]) -> float:
        one, other, mirrored = pair
        turned = prints[other].thumbnail[:, ::-1] if mirrored else prints[other].thumbnail
        return residual(prints[one].thumbnail, turned)

    confirmed: dict[tuple[int, int], Pair] = {}
    for (one, other, mirrored), left in zip(pairs, parallel(confirm, pairs), strict=True):
        if left <= SAME:
            known = confirmed.get((one, other))
            if known is None or left < known.residual:
                confirmed[one, other] = Pair(one, other, round(left, 4), mirrored)
    return list(confirmed.values())


def _bits(thumbnail: Thumbnail) -> npt.NDArray[np.bool_]:
    grey = Image.fromarray(np.ascontiguousarray(thumbnail))
    return imagehash.phash(grey, hash_size=HASH_SIDE).hash.ravel()


def _proposed(
    prints: Sequence[Fingerprint], sets: npt.NDArray[np.int64]
) -> Iterator[tuple[int, int, bool]]:
    """Pairs near enough by their hashes, and whether one is to be mirrored.

    Of bits written as -1 and 1, the inner product is the number of bits minus twice the distance.
    """
    if not prints:
        return
    bits = _signed([one.bits for one in prints])
    rows = max(1, BLOCK_NUMBERS // len(prints))
    for mirrored in (False, True):
        turned = _signed([one.mirrored for one in prints]) if mirrored else bits
        for start in range(0, len(prints), rows):
            product = turned[start : start + rows] @ bits.T
            for row, column in _nearest(product, start, sets):
                yield min(row, column), max(row, column), mirrored


def _signed(bits: Sequence[npt.NDArray[np.bool_]]) -> _Bits:
    return np.where(np.stack(bits), np.float32(1), np.float32(-1))


def _nearest(product: _Bits, start: int, sets: npt.NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """The nearest columns of each row, in each set, that are near enough."""
    own = np.arange(len(product))
    product[own, start + own] = -np.inf
    for number in np.unique(sets):
        columns = np.flatnonzero(sets == number)
        part = product[:, columns]
        hit = np.flatnonzero((part >= NEAR).any(axis=1))  # few rows, but on pictures of one camera
        part = part[hit]
        best = np.argpartition(-part, min(NEAREST, len(columns)) - 1, axis=1)[:, :NEAREST]
        for row, place in np.argwhere(np.take_along_axis(part, best, axis=1) >= NEAR):
            yield start + int(hit[row]), int(columns[best[row, place]])
