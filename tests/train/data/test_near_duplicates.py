"""The same photograph is found again; another one of the same place is not taken for it."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from trucksight.train.data.near_duplicates import (
    HASH_SIDE,
    NEAREST,
    Fingerprint,
    fingerprint,
    near_duplicates,
)
from trucksight.train.data.same_picture import SAME, SIDE, residual

Picture = npt.NDArray[np.uint8]


def jpeg(picture: Picture, quality: int) -> Picture:
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


ALTERED: dict[str, Callable[[Picture], Picture]] = {
    "half the size": lambda p: np.asarray(cv2.resize(p, None, fx=0.5, fy=0.5), np.uint8),
    "stretched": lambda p: np.asarray(cv2.resize(p, (300, 300)), np.uint8),
    "compressed": lambda p: jpeg(p, 15),
    "brighter": lambda p: np.asarray(cv2.convertScaleAbs(p, alpha=1.2, beta=20), np.uint8),
    "darker": lambda p: np.asarray(cv2.convertScaleAbs(p, alpha=0.5), np.uint8),
    "cut by 5 %": lambda p: p[: round(p.shape[0] * 0.95), round(p.shape[1] * 0.05) :],
    "mirrored": lambda p: np.asarray(p[:, ::-1], np.uint8),
}


@pytest.mark.parametrize("how", ALTERED)
def test_an_altered_picture_is_found_again(how: str, roads: list[Picture]) -> None:
    altered = [ALTERED[how](road) for road in roads]
    prints = [fingerprint(np.ascontiguousarray(one)) for one in (*roads, *altered)]
    pairs = near_duplicates(prints, [0] * len(prints))
    assert {(one.one, one.other) for one in pairs} == {
        (number, number + len(roads)) for number in range(len(roads))
    }
    assert all(one.residual <= SAME for one in pairs)
    assert {one.mirrored for one in pairs} == {how == "mirrored"}


def test_another_vehicle_on_the_same_road_is_another_picture(roads: list[Picture]) -> None:
    empty = roads[1]
    taken = empty.copy()
    taken[90:130, 100:150] = (40, 60, 200)
    hashes = [fingerprint(one) for one in (empty, taken)]
    assert (hashes[0].bits != hashes[1].bits).sum() <= 46
    assert near_duplicates(hashes, [0, 0]) == []


def test_likenesses_within_a_set_do_not_hide_those_across(roads: list[Picture]) -> None:
    crowd = [jpeg(roads[0], 90 - number) for number in range(2 * NEAREST)]
    prints = [fingerprint(one) for one in (*crowd, np.ascontiguousarray(roads[0][4:, 6:]))]
    alone = [0] * len(crowd) + [1]
    assert any(one.other == len(crowd) for one in near_duplicates(prints, alone))


def test_the_order_of_blocks_changes_nothing(
    roads: list[Picture], monkeypatch: pytest.MonkeyPatch
) -> None:
    prints = [fingerprint(one) for road in roads for one in (road, jpeg(road, 40))]
    whole = near_duplicates(prints, [0] * len(prints))
    monkeypatch.setattr("trucksight.train.data.near_duplicates.BLOCK_NUMBERS", len(prints) * 5)
    assert near_duplicates(prints, [0] * len(prints)) == whole
    assert len(whole) == len(roads)


def test_no_pictures_have_no_pairs() -> None:
    assert near_duplicates([], []) == []


def test_a_fingerprint_is_small(roads: list[Picture]) -> None:
    one: Fingerprint = fingerprint(roads[0])
    assert one.thumbnail.shape == (SIDE, SIDE)
    assert one.bits.shape == one.mirrored.shape == (HASH_SIDE**2,)


def test_two_pictures_of_one_shade_are_not_told_to_be_the_same() -> None:
    black, grey = np.zeros((SIDE, SIDE), np.uint8), np.full((SIDE, SIDE), 90, np.uint8)
    assert residual(black, black) == 0
    assert residual(black, grey) == np.inf
