"""A teacher's answers are learned besides the labels."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from trucksight.runtime.__main__ import main
from trucksight.runtime.contract import InputContract
from trucksight.train import load_run
from trucksight.train.architectures import Network, build
from trucksight.train.augmentation.augment import Augmentation
from trucksight.train.fitting.batches import Batches
from trucksight.train.fitting.distillation import Distillation, open_teacher
from trucksight.train.fitting.feature_cache import FeatureCache
from trucksight.train.fitting.interrupt import Stop
from trucksight.train.fitting.stages import Labelled, train_network
from trucksight.train.fitting.targets import labelled, learned, one_hot
from trucksight.train.options import TrainOptions
from trucksight.train.run_folder import Run
from trucksight.train.scores.scoring import pixel_scores

Fresh = Callable[..., Network]
Splits = tuple[Labelled, Labelled]
LABELS = ("no_truck", "truck")


@pytest.fixture
def teacher(run_path: Path) -> Run:
    return open_teacher(str(run_path), LABELS, "truck")


@pytest.fixture
def cache(tmp_path: Path) -> FeatureCache:
    return FeatureCache(tmp_path / "kept", InputContract(width=32, height=32))


@pytest.fixture
def varied(splits: Splits) -> Batches:
    """Three versions of 24 pictures of 32 pixels, and their labels."""
    train, _ = splits
    return Batches(
        train.pixels, one_hot(train.truth, 1), 8, 5, True, Augmentation.from_names("all"), 3
    )


def test_a_target_is_mixed_of_label_and_answer(teacher: Run, splits: Splits) -> None:
    train, _ = splits
    batches = Batches(train.pixels, one_hot(train.truth, 1), 8, 0)
    answers = pixel_scores(teacher.model(), train.pixels)[:, 1:]
    wanted = {0.0: batches.targets, 1.0: answers, 0.7: 0.7 * answers + 0.3 * batches.targets}
    for share, target in wanted.items():
        targets = Distillation(teacher, share).targets(batches)
        assert learned(targets, 1) == pytest.approx(target, abs=1e-6)
        assert np.array_equal(labelled(targets, 1), batches.targets)
    both = Batches(train.pixels, one_hot(train.truth, 2), 8, 0)
    of_both = learned(Distillation(teacher, 0.7).targets(both), 2)
    assert of_both.sum(axis=1) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("mix", [0.0, 0.5])
def test_the_teacher_is_asked_about_the_very_picture_that_the_student_sees(
    mix: float, teacher: Run, varied: Batches
) -> None:
    asked = replace(varied, mix=mix)
    targets = Distillation(teacher, 1.0).targets(asked)
    assert targets.shape == (3, 24, 2)
    assert np.ptp(targets[..., 0], axis=0).max() > 0.01
    model, batches = teacher.model(), replace(asked, targets=targets)
    for epoch in (1, 7):
        for pictures, wanted in batches.epoch(epoch):
            answers = pixel_scores(model, pictures)[:, 1:]
            assert answers == pytest.approx(learned(wanted, 1), abs=1e-5)


def test_of_a_mixed_picture_the_teacher_alone_is_learned(teacher: Run, varied: Batches) -> None:
    asked = replace(varied, mix=0.5)
    alone, shared = (Distillation(teacher, share).targets(asked) for share in (1.0, 0.25))
    mixed = np.array(
        [[asked.mixture(index, number) is not None for index in range(24)] for number in (1, 2, 3)]
    )
    assert 20 < mixed.sum() < 52
    assert np.array_equal(alone[mixed], shared[mixed])
    labels = shared[..., 1:]
    assert shared[~mixed][:, 0] == pytest.approx(
        0.25 * alone[~mixed][:, 0] + 0.75 * labels[~mixed][:, 0], abs=1e-6
    )
    assert set(labels[~mixed].ravel()) == {0.0, 1.0}
    assert any(0 < label < 1 for label in labels[mixed].ravel())


def test_another_size_is_resized_as_the_teacher_would(teacher: Run, painted: Any) -> None:
    large = np.stack([painted(True, seed, side=48)[:, :, ::-1] for seed in range(4)])
    small = np.stack([cv2.resize(one, (32, 32), interpolation=cv2.INTER_LINEAR) for one in large])
    batches = Batches(large, np.ones((4, 1), np.float32), 4, 0)
    answers = Distillation(teacher, 1.0).targets(batches)
    assert learned(answers, 1) == pytest.approx(
        pixel_scores(teacher.model(), small)[:, 1:], abs=0.02
    )
    assert learned(answers, 1).mean() > 0.7  # and the colours are not turned round


def test_each_version_is_asked_for_once_over_trainings(
    teacher: Run,
    varied: Batches,
    splits: Splits,
    cache: FeatureCache,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hashes = splits[0].sha256
    distillation = Distillation(teacher, 0.5, cache)
    first = distillation.targets(varied, hashes)
    told = capsys.readouterr().err
    assert [line.partition(" 24 answers")[0] for line in told.splitlines()] == [
        "teacher 1/3", "teacher 2/3", "teacher 3/3"
    ]  # fmt: skip
    assert "at most 0 s left" in told.splitlines()[-1]
    assert len(list(cache.folder.iterdir())) == 3
    with monkeypatch.context() as patch:
        patch.setattr(Run, "model", None)
        assert np.array_equal(distillation.targets(varied, hashes), first)
        assert np.array_equal(distillation.targets(replace(varied, versions=2), hashes), first[:2])
    capsys.readouterr()
    more = distillation.targets(replace(varied, versions=4), hashes)
    assert np.array_equal(more[:3], first)
    assert capsys.readouterr().err.startswith("teacher 4/4 ")


def test_other_pictures_seeds_effects_or_sizes_are_asked_about_anew(
    teacher: Run, varied: Batches, splits: Splits, cache: FeatureCache
) -> None:
    hashes = list(splits[0].sha256)
    one = replace(varied, versions=1)
    distillation = Distillation(teacher, 0.5, cache)
    smaller = FeatureCache(cache.folder, InputContract(width=24, height=32))
    for ask in (
        lambda: distillation.targets(one, hashes),
        lambda: distillation.targets(one, hashes[::-1]),
        lambda: distillation.targets(replace(one, seed=6), hashes),
        lambda: distillation.targets(replace(one, mix=0.5), hashes),
        lambda: distillation.targets(
            replace(one, augmentation=Augmentation.from_names("flip")), hashes
        ),
        lambda: distillation.targets(replace(one, varied=False), hashes),
        lambda: Distillation(teacher, 0.5, smaller).targets(one, hashes),
    ):
        before = len(list(cache.folder.glob("*.npz")))
        ask()
        assert len(list(cache.folder.glob("*.npz"))) == before + 1
    Distillation(teacher, 0.9, cache).targets(one, hashes)
    assert len(list(cache.folder.glob("*.npz"))) == 7


def test_ctrl_c_ends_the_asking(teacher: Run, varied: Batches, cache: FeatureCache) -> None:
    stop = Stop()
    stop.asked = True
    with pytest.raises(KeyboardInterrupt):
        Distillation(teacher, 0.5, cache, stop).targets(varied)


def test_asking_draws_no_random_numbers(teacher: Run, varied: Batches) -> None:
    random.seed(1)
    expected = random.getstate()
    Distillation(teacher, 0.5).targets(replace(varied, versions=1))
    assert random.getstate() == expected


def test_a_head_learns_of_plain_pictures_and_the_base_of_varied_ones(
    keras: Any, fresh: Fresh, splits: Splits, teacher: Run, cache: FeatureCache
) -> None:
    options = TrainOptions(
        size=32, weights="a-file", epochs=1, fine_tune=0.5, fine_tune_epochs=1, batch_size=8,
        teacher=str(teacher.path), versions=2,
    ).resolved()  # fmt: skip
    distillation = Distillation(teacher, 1.0, cache)
    done = train_network(keras, fresh(), *splits, 1, options, Stop(), distillation=distillation)
    assert [row.stage for row in done.history] == ["head", "fine-tune"]
    assert len(list(cache.folder.glob("*.npz"))) == 1 + 2


def test_a_student_of_the_teacher_alone_learns_what_the_labels_do_not_say(
    keras: Any, splits: Splits, teacher: Run
) -> None:
    """Labels that are turned round have no share and teach nothing; they judge all the same."""
    train, select = (replace(one, given=one.pixels[..., ::-1].copy()) for one in splits)
    turned = replace(train, truth=1 - train.truth)
    options = TrainOptions(
        model="truck-cnn", size=32, epochs=8, batch_size=8, learning_rate=3e-3, augment=False,
        teacher=str(teacher.path), teacher_share=1.0,
    ).resolved()  # fmt: skip
    keras.utils.set_random_seed(1)
    network = build("truck-cnn", options.recipe(1))
    distillation = Distillation(teacher, options.teacher_share)
    done = train_network(
        keras, network, turned, select, 1, options, Stop(), distillation=distillation
    )
    assert max(row.select_auc for row in done.history) > 0.9
    kept = done.history[done.best["train"] - 1]
    assert kept.accuracy < 0.3
    assert kept.cross_entropy > 1.0


@pytest.mark.parametrize("outputs", [1, 3])
def test_mixed_pictures_teach_without_a_teacher(keras: Any, splits: Splits, outputs: int) -> None:
    """A mixed label that is agreed with costs nothing, as a label does."""
    options = TrainOptions(
        model="truck-cnn", size=32, epochs=10, batch_size=8, learning_rate=3e-3, effects="flip",
        mix=1.0,
    ).resolved()  # fmt: skip
    keras.utils.set_random_seed(1)
    network = build("truck-cnn", options.recipe(outputs))
    done = train_network(keras, network, *splits, 1, options, Stop())
    assert max(row.select_auc for row in done.history) > 0.9
    costs = [row.cross_entropy for row in done.history]
    assert costs == pytest.approx([row.loss for row in done.history], rel=1e-3, abs=1e-3)
    assert 0 < min(costs) < 0.5


SMALL = ["--model", "truck-cnn", "--size", "24", "--batch-size", "8", "--epochs", "2",
         "--learning-rate", "0.003", "--seed", "1"]  # fmt: skip


@pytest.fixture
def taught(session_data: Path, run_path: Path) -> Iterator[list[str]]:
    yield ["train", str(session_data), *SMALL, "--teacher", str(run_path)]


def test_the_run_says_who_taught(
    taught: list[str], tmp_path: Path, run_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "student"
    asked = ["--versions", "2", "--teacher-share", "0.6", "--mix", "0.25"]
    assert main([*taught, "--out", str(out), *asked]) in (0, 1)
    told = capsys.readouterr().err
    assert "teacher 2/2 " in told
    run, report = load_run(out), json.loads((out / "report.json").read_text())
    assert run.info["options"]["teacher"] == str(run_path)
    (note,) = [one for one in report["notes"] if one.startswith("teacher: ")]
    assert "60% of each target is its probability, of 2 variations of each picture" in note
    assert load_run(run_path).info["model"]["sha256"][:12] in note
    assert note in (out / "report.md").read_text()
    assert any("25% of the varied pictures are mixed" in one for one in report["notes"])
    again = [*taught, "--out", str(tmp_path / "again"), "--versions", "3", "--mix", "0.25"]
    assert main(again) in (0, 1)
    assert "teacher 1/3" not in (told := capsys.readouterr().err)
    assert "teacher 3/3" in told


def test_a_teacher_that_knows_the_holdout_is_told(
    run_path: Path, session_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    held = tmp_path / "turned"
    held.mkdir()
    (held / "val").symlink_to(session_data / "train")
    (held / "train").symlink_to(session_data / "val")
    arguments = ["train", str(held), *SMALL, "--teacher", str(run_path), "--versions", "1"]
    assert main([*arguments, "--out", str(tmp_path / "run")]) in (0, 1)
    told = capsys.readouterr().err
    assert "pictures of holdout, or chose by them: the figures are kinder" in told


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--teacher", "nowhere"], "no run at nowhere"),
        (["--positive", "no_truck"], "tells no_truck, truck apart and looks for truck; these"),
        (["--loss", "hinge"], "--teacher: gives shares of labels, and --loss hinge takes whole"),
        (["--versions", "0"], "--versions: 0 would ask the --teacher anew in every epoch"),
        (["--teacher-share", "1.5"], "--teacher-share: expected a number of 0 or more, 1 at most"),
    ],
)
def test_a_teacher_that_cannot_teach_is_one_line(
    taught: list[str],
    flags: list[str],
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([*taught, *flags, "--out", str(tmp_path / "run")]) == 2
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("trucksight: ")
    assert message in last
    assert not (tmp_path / "run").exists()
