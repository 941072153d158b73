"""What a training is asked for: flags and TOML alike, every fault at once."""

from __future__ import annotations

import argparse
import dataclasses
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from trucksight.runtime.__main__ import main
from trucksight.runtime.errors import SettingsError
from trucksight.train.options import OPTIONS, TrainOptions, add_options, as_toml, resolve

Ask = Callable[..., TrainOptions]
RECIPES = Path(__file__).parents[3] / "docs/recipes"

EVERYTHING = TrainOptions(
    model="tuned-cnn",
    size=(64, 48),
    grey=True,
    hidden=(32, 8),
    activation="elu",
    initializer="lecun_normal",
    batch_norm=True,
    dropout=0.1,
    l1=0.001,
    l2=0.01,
    filters=(16, 32),
    kernels=(5, 3),
    strategy="scratch",
    epochs=7,
    patience=3,
    schedule="plateau",
    warmup_epochs=1.5,
    plateau_patience=2,
    plateau_factor=0.5,
    optimizer="sgd",
    learning_rate=0.02,
    momentum=0.8,
    nesterov=True,
    weight_decay=0.001,
    clip_norm=1.0,
    average_weights=0.99,
    teacher="run",
    teacher_share=0.5,
    versions=3,
    loss="focal",
    label_smoothing=0.1,
    focal_gamma=1.0,
    class_weights="balanced",
    positive="lorry",
    augment=True,
    effects="rain,crop",
    crop_area=0.5,
    mix=0.25,
    allow_leaks=True,
    truck_share=0.03,
    ambiguous_share=0.01,
    devices=2,
    batch_size=4,
    seed=5,
)


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """Resolves flags, and the text of a file."""

    def call(*flags: str, file: str | None = None) -> TrainOptions:
        parser = argparse.ArgumentParser()
        add_options(parser)
        if file is not None:
            (tmp_path / "train.toml").write_text(file)
            flags = (*flags, "--config", str(tmp_path / "train.toml"))
        return resolve(parser.parse_args(flags))

    return call


def faults(ask: Ask, *flags: str, file: str | None = None) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        ask(*flags, file=file)
    return [re.sub(r"^/.*?/(?=train\.toml)", "", line) for line in caught.value.lines]


def test_every_option_is_in_the_table() -> None:
    assert {one.name for one in dataclasses.fields(TrainOptions)} == OPTIONS.keys()


def test_options_survive_the_file_that_print_config_writes(ask: Ask) -> None:
    assert ask(file=as_toml(EVERYTHING)) == EVERYTHING
    assert ask(file=as_toml(TrainOptions())) == TrainOptions()


def test_flags_go_before_the_file(ask: Ask) -> None:
    options = ask("--size", "96x64", "--hidden", "none", file="size = 128\nseed = 3\n")
    assert (options.size_wh, options.hidden, options.seed) == ((96, 64), (), 3)


def test_all_faults_are_told_with_their_places(ask: Ask) -> None:
    file = 'optimizer = "adam"\nmomentum = 0.5\nlearning-rte = 1\nepochs = 0\n'
    assert faults(ask, "--label-smoothing", "0.1", "--loss", "hinge", file=file) == [
        "train.toml:3: learning-rte: there is no such setting; did you mean learning-rate?",
        "train.toml:4: epochs: expected a whole number of 1 or more, 10000 at most, not 0",
        "train.toml:2: momentum: is for sgd and rmsprop, not adam",
        "--label-smoothing: is for cross-entropy and focal, not hinge",
    ]


def test_what_depends_on_a_wrong_value_is_not_judged(ask: Ask) -> None:
    told = faults(ask, "--optimizer", "sdg", "--nesterov")
    assert [line.partition(":")[0] for line in told] == ["--optimizer"]


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ("--nesterov", "--nesterov: is for sgd, not adam"),
        ("--warmup-epochs 5 --epochs 5", "--warmup-epochs: 5 leave none of 5 epochs"),
        ("--strategy gradual --weights none", "--strategy: gradual needs a pretrained base"),
        ("--strategy scratch --weights w.h5", "--strategy: scratch begins at random"),
        ("--strategy two-stage --fine-tune 0.5", "--fine-tune: is for the strategies"),
        ("--fine-tune 0.5 --fine-tune-from top", "--fine-tune-from: says what --fine-tune says"),
        ("--strategy extract --augment", "--augment: is for models trained from scratch"),
        ("--model mlp --effects rain,frogs", "--effects: no effect 'frogs'; known: all, none"),
        ("--truck-share 0", "--truck-share: expected a number above 0, 1 at most"),
        ("--filters 32", "--filters: is for tuned-cnn"),
        ("--model tuned-cnn --filters 32,64 --kernels 3", "--filters: a stack of 2 blocks"),
        ("--reparameterize", "--reparameterize: mobilenetv2 has one form only; it is for truck"),
        ("--model truck-cnn --reparameterize --batch-norm", "--batch-norm: has its place in the"),
        ("--pool-dense 0", "--pool-dense: expected a whole number of 1 or more"),
        (
            "--model mlp --effects rain --crop-area 0.4",
            "--crop-area: is for the effect crop, which --effects",
        ),
        ("--crop-area 0", "--crop-area: expected a number of 0.05 or more"),
        ("--average-weights 1", "--average-weights: expected a number of 0 or more, 0.99999"),
        ("--loss hinge --teacher run", "--teacher: gives shares of labels"),
        ("--model mlp --loss hinge --mix 0.5", "--mix: makes shares of labels, and --loss hinge"),
        ("--mix 0.5", "--mix: does nothing without varied pictures, and the strategy is extract"),
        ("--mix 1.5", "--mix: expected a number of 0 or more, 1 at most"),
        ("--model truck-cnn --teacher run --versions 0", "--versions: 0 would ask the --teacher"),
        ("--teacher-share 0.9", "--teacher-share: does nothing without --teacher; leave it out"),
        (
            "--strategy extract --teacher run --hints 2",
            "--hints: does nothing without --teacher and a strategy that trains more than a head",
        ),
        ("--focal-gamma 3", "--focal-gamma: does nothing without --loss focal"),
        ("--plateau-factor 0.5", "--plateau-factor: does nothing without --schedule plateau"),
        (
            "--fine-tune-epochs 3",
            "--fine-tune-epochs: does nothing without a strategy that trains"
            " a base (fine-tune, two-stage, gradual, discriminative), and the strategy is extract;"
            " leave it out",
        ),
        ("--strategy extract --fine-tune-rate 1e-4", "--fine-tune-rate: does nothing without a st"),
        ("--model mlp --fine-tune-rate 1e-4", "--fine-tune-rate: does nothing without a strategy"),
        ("--weights none --fine-tune-epochs 3", "--fine-tune-epochs: does nothing without a strat"),
        (
            "--strategy two-stage --lowest-rate 0.5",
            "--lowest-rate: does nothing without --strategy"
            " discriminative, and the strategy is two-stage; leave it out",
        ),
        ("--strategy auto --unfreeze-stages 2", "--unfreeze-stages: does nothing without --strat"),
        ("--pool-dense 2", "--pool-dense: does nothing without --reparameterize; leave it out"),
        ("--versions 4", "--versions: does nothing without varied pictures, and the strategy is"),
        ("--effects crop", "--effects: does nothing without varied pictures, and the strategy is"),
        (
            "--model mlp --no-augment --crop-area 0.4",
            "--crop-area: does nothing without varied"
            " pictures, and --no-augment leaves them as they are; leave it out",
        ),
        ("--hidden 3,x", "--hidden: expected whole numbers as 64,32 or none, not '3,x'"),
        ("--size 0x9", "--size: expected 1 to 1024 pixels, as 224 or 320x180"),
    ],
)
def test_what_cannot_be_meant_is_refused(ask: Ask, flags: str, told: str) -> None:
    (line,) = faults(ask, *flags.split())
    assert line.startswith(told)


def test_defaults_follow_from_what_was_chosen() -> None:
    plain = TrainOptions().resolved()
    assert (plain.strategy, plain.weights, plain.augment) == ("extract", "imagenet", False)
    tuned = TrainOptions(fine_tune=0.5).resolved()
    assert (tuned.strategy, tuned.fine_tune_rate, tuned.augment) == ("fine-tune", 5e-5, True)
    two = TrainOptions(strategy="two-stage", learning_rate=0.01).resolved()
    assert two.fine_tune_rate == pytest.approx(0.001)
    assert TrainOptions(optimizer="sgd").resolved().learning_rate == 0.01
    scratch = TrainOptions(strategy="scratch").resolved()
    assert (scratch.weights, scratch.frozen_base, scratch.augment) == ("none", False, True)
    assert (scratch.learning_rate, plain.learning_rate) == (1e-3, 2e-4)
    assert TrainOptions(model="vgg16", weights="none").resolved().learning_rate == 1e-4
    assert (scratch.versions, TrainOptions(teacher="run").resolved().versions) == (0, 0)
    assert TrainOptions(model="truck-cnn", teacher="run").resolved().versions == 6
    assert TrainOptions(model="truck-cnn", strategy="auto").resolved().strategy == "scratch"


def test_auto_stays_open_until_it_has_seen_the_pictures() -> None:
    asked = TrainOptions(strategy="auto").resolved()
    assert (asked.strategy, asked.augment, asked.fine_tune_rate) == ("auto", None, None)
    assert asked.versions is None
    assert asked.with_strategy("fine-tune").resolved().fine_tune_rate == 5e-5


def test_auto_takes_options_of_any_strategy_that_it_can_come_to() -> None:
    asked = TrainOptions(
        strategy="auto", fine_tune=0.5, fine_tune_epochs=3, fine_tune_rate=1e-4, lowest_rate=0.2,
        augment=True, effects="crop", crop_area=0.5, versions=4, teacher="run",
    ).resolved()  # fmt: skip
    still = asked.with_strategy("extract").resolved()
    assert (still.fine_tune, still.fine_tune_epochs, still.fine_tune_rate) == (0.0, 8, None)
    assert (still.augment, still.effects, still.versions) == (False, "all", 0)
    tuned = asked.with_strategy("fine-tune").resolved()
    assert (tuned.fine_tune, tuned.fine_tune_epochs, tuned.fine_tune_rate) == (0.5, 3, 1e-4)
    assert (tuned.augment, tuned.effects, tuned.versions) == (True, "crop", 4)
    assert tuned.lowest_rate == 0.1
    assert asked.with_strategy("discriminative").lowest_rate == 0.2


@pytest.mark.parametrize("flags", ["", "--strategy two-stage", "--model mlp", "--teacher run",
                                   "--strategy auto --teacher run --versions 3",
                                   "--model truck-cnn --no-augment"])  # fmt: skip
def test_what_was_resolved_can_be_asked_for_again(ask: Ask, flags: str) -> None:
    resolved = ask(*flags.split()).resolved()
    assert ask(file=as_toml(resolved)).resolved() == resolved


@pytest.mark.parametrize("recipe", sorted(RECIPES.glob("*.toml")), ids=lambda path: path.stem)
def test_the_recipes_of_the_documents_can_be_asked_for(ask: Ask, recipe: Path) -> None:
    options = ask("--teacher", "run", file=recipe.read_text())
    assert options.augment
    assert as_toml(options) != as_toml(TrainOptions(teacher="run"))


def test_resolving_twice_changes_nothing() -> None:
    assert EVERYTHING.resolved().resolved() == EVERYTHING.resolved()


def test_options_can_be_written_as_json() -> None:
    assert json.loads(json.dumps(EVERYTHING.as_json()))["size"] == [64, 48]


def test_print_config_needs_no_pictures(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--print-config", "--optimizer", "nadam"]) == 0
    assert '\noptimizer = "nadam"\n' in capsys.readouterr().out


def test_without_pictures_there_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train"]) == 2
    assert capsys.readouterr().err == "trucksight: trucksight train needs DATA and --out RUN\n"
