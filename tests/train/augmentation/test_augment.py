"""Training pictures are varied the same way for the same seed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from trucksight.train.augmentation.augment import Augmentation
from trucksight.train.fitting.batches import Batches

augment = Augmentation()
Paint = Callable[..., np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]]


def test_a_varied_picture_keeps_its_shape_and_range(painted: Paint) -> None:
    picture = painted(True, 1)
    before = picture.copy()
    for seed in range(50):
        varied = augment(picture, np.random.default_rng(seed))
        assert varied.shape == picture.shape
        assert varied.dtype == np.uint8
    assert (picture == before).all()


def test_the_generator_decides_everything(painted: Paint) -> None:
    picture = painted(True, 1)
    first, again, other = (augment(picture, np.random.default_rng(seed)) for seed in (5, 5, 6))
    assert (first == again).all()
    assert (first != other).any()


def test_an_epoch_has_every_picture_once_with_its_target(painted: Paint) -> None:
    inputs = np.arange(10, dtype=np.float32)[:, np.newaxis]
    batches = Batches(inputs, inputs * 2, size=4, seed=0)
    parts = list(batches.epoch(1))
    assert [len(part) for part, _ in parts] == [4, 4, 2]
    assert len(batches) == 3
    assert sorted(np.concatenate([part for part, _ in parts]).ravel()) == list(range(10))
    assert all((targets == part * 2).all() for part, targets in parts)


def test_varied_batches_depend_on_seed_and_epoch_alone(painted: Paint) -> None:
    inputs = np.stack([painted(True, seed) for seed in range(20)])
    batches = Batches(inputs, np.ones((20, 1), np.float32), size=3, seed=0, varied=True)
    first, again, later = (
        np.concatenate([part for part, _ in batches.epoch(number)]) for number in (1, 1, 2)
    )
    assert (first == again).all()
    assert (first != later).any()


def test_of_a_few_versions_an_epoch_takes_one_of_each_picture(painted: Paint) -> None:
    inputs = np.stack([painted(True, seed) for seed in range(8)])
    targets = np.arange(3 * 8, dtype=np.float32).reshape(3, 8, 1)
    batches = Batches(inputs, targets, size=3, seed=0, varied=True, versions=3)
    taken = set()
    for number in range(1, 30):
        pictures, wanted = (np.concatenate(one) for one in zip(*batches.epoch(number), strict=True))
        versions, indices = divmod(wanted[:, 0].astype(int), 8)
        assert sorted(indices) == list(range(8))
        for picture, version, index in zip(pictures, versions, indices, strict=True):
            assert (picture == batches.version(index, version + 1)).all()
            taken.add((version, index))
    assert len(taken) == 3 * 8


def test_no_version_is_taken_again_before_all_were(painted: Paint) -> None:
    inputs = np.stack([painted(True, seed) for seed in range(8)])
    targets = np.repeat(np.arange(5, dtype=np.float32), 8).reshape(5, 8, 1)
    batches = Batches(inputs, targets, size=8, seed=0, varied=True, versions=5)
    taken = []
    for number in range(1, 11):
        ((pictures, versions),) = batches.epoch(number)
        order = [
            next(i for i in range(8) if (one == batches.version(i, int(version) + 1)).all())
            for one, version in zip(pictures, versions[:, 0], strict=True)
        ]
        taken.append(versions[np.argsort(order), 0].astype(int))
    for first in range(6):
        assert (np.sort(taken[first : first + 5], axis=0) == np.arange(5)[:, np.newaxis]).all()
    assert len(set(taken[0])) > 1  # not all pictures take the same
