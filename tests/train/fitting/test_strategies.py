"""Which layers learn when."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from trucksight.runtime.errors import UsageError
from trucksight.train.architectures import Network
from trucksight.train.fitting.interrupt import Stop
from trucksight.train.fitting.stages import Labelled, Training, train_network
from trucksight.train.fitting.strategies import (
    choose_strategy,
    freeze,
    plan,
    settle_norms,
    settled,
    shares,
)
from trucksight.train.options import TrainOptions

Fresh = Callable[..., Network]
Splits = tuple[Labelled, Labelled]


def options(**choices: Any) -> TrainOptions:
    few: dict[str, Any] = {"size": 32, "weights": "a-file", "epochs": 1, "batch_size": 8}
    if TrainOptions(**{**few, **choices}).chosen_strategy not in ("extract", "scratch"):
        few["fine_tune_epochs"] = 1
    return TrainOptions(**{**few, **choices}).resolved()


def train(keras: Any, network: Network, splits: Splits, **choices: Any) -> Training:
    return train_network(keras, network, *splits, 1, options(**choices), Stop())


def weights_of(network: Network) -> dict[str, list[Any]]:
    return {layer.name: layer.get_weights() for layer in network.base if layer.weights}


def changed(keras: Any, fresh: Fresh, splits: Splits, monkeypatch: Any, **choices: Any) -> set[str]:
    """Layers of the base with a weight that moved; every epoch counts as better."""
    areas = iter(np.linspace(0.1, 0.9, 50))
    monkeypatch.setattr("trucksight.train.fitting.fit.goodness", lambda *_: (0.5, 0.5, next(areas)))
    network = fresh()
    before = weights_of(network)
    train(keras, network, splits, **choices)
    return {
        name
        for name, weights in weights_of(network).items()
        if any(not np.array_equal(*pair) for pair in zip(weights, before[name], strict=True))
    }


@pytest.mark.parametrize(
    ("choices", "layers"),
    [
        ({"strategy": "extract"}, set()),
        ({"strategy": "fine-tune"}, {"middle", "top"}),
        ({"fine_tune": 0.3}, {"top"}),
        ({"fine_tune_from": "middle_bn"}, {"top"}),
        ({"strategy": "two-stage"}, {"bottom", "middle", "top"}),
        ({"strategy": "gradual"}, {"bottom", "middle", "top"}),
        ({"strategy": "gradual", "unfreeze_stages": 2, "fine_tune": 0.7}, {"middle", "top"}),
        ({"strategy": "discriminative"}, {"bottom", "middle", "top"}),
    ],
)
def test_frozen_layers_and_batch_norms_do_not_move_by_a_bit(
    keras: Any,
    fresh: Fresh,
    splits: Splits,
    monkeypatch: pytest.MonkeyPatch,
    choices: dict[str, Any],
    layers: set[str],
) -> None:
    assert changed(keras, fresh, splits, monkeypatch, **choices) == layers


def test_from_scratch_everything_moves(
    keras: Any, fresh: Fresh, splits: Splits, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = changed(keras, fresh, splits, monkeypatch, weights="none", strategy="scratch")
    assert moved == {
        f"{name}{norm}" for name in ("bottom", "middle", "top") for norm in ("", "_bn")
    }


def test_gradual_unfreezing_begins_at_the_top(fresh: Fresh) -> None:
    stages = plan(options(strategy="gradual"), fresh())
    assert [(stage.name, stage.lowest) for stage in stages] == [
        ("head", None),
        ("gradual-1", 6),
        ("gradual-2", 3),
        ("gradual-3", 0),
    ]


def test_two_stages_are_the_head_and_then_all_at_a_tenth(fresh: Fresh) -> None:
    head, whole = plan(options(strategy="two-stage", learning_rate=0.02), fresh())
    assert (head.lowest, whole.lowest) == (None, 0)
    assert whole.schedule.rate == pytest.approx(head.schedule.rate / 10)
    assert whole.schedule.shape == "cosine"


def test_lower_layers_move_less_in_proportion(
    keras: Any, fresh: Fresh, splits: Splits, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Adam's first step is the rate itself, whatever the gradient."""
    areas = iter(np.linspace(0.1, 0.9, 9))
    monkeypatch.setattr("trucksight.train.fitting.fit.goodness", lambda *_: (0.5, 0.5, next(areas)))
    network = fresh()
    before = weights_of(network)
    train(
        keras,
        network,
        splits,
        strategy="discriminative",
        lowest_rate=0.01,
        fine_tune_rate=1e-3,
        batch_size=24,
    )
    steps = {
        name: np.abs(network.model.get_layer(name).get_weights()[0] - before[name][0]).max()
        for name in ("bottom", "middle", "top")
    }
    third = 0.01 ** (1 / 3)
    assert steps["top"] == pytest.approx(1e-3 * third, rel=1e-2)
    assert steps["middle"] / steps["top"] == pytest.approx(third, rel=1e-2)
    assert steps["bottom"] / steps["middle"] == pytest.approx(third, rel=1e-2)


def test_the_head_has_the_whole_rate(keras: Any, fresh: Fresh) -> None:
    network = fresh()
    stage = plan(options(strategy="discriminative", lowest_rate=0.5), network)[-1]
    freeze(keras, network, stage)
    found = shares(network, stage)
    assert found is not None
    thirds = [0.5 ** (depth / 3) for depth in (3, 3, 2, 2, 1, 1)]
    assert found == pytest.approx([*thirds, 1.0, 1.0])


@pytest.mark.parametrize(("steps", "momentum"), [(4000, 0.99), (40, 0.9), (1, 0.5)])
def test_norms_that_train_forget_their_start_in_an_epoch(
    keras: Any, fresh: Fresh, steps: int, momentum: float
) -> None:
    network = fresh()
    norms = [one for one in network.base if isinstance(one, keras.layers.BatchNormalization)]
    norms[0].momentum = 0.3  # quick already
    (scratch,) = plan(options(strategy="scratch", weights="none"), network)
    settle_norms(keras, network, scratch, steps)
    assert [norm.momentum for norm in norms] == pytest.approx([0.3] + [momentum] * len(norms[1:]))
    assert len(norms) > 1


def test_norms_that_stay_frozen_keep_their_momentum(keras: Any, fresh: Fresh) -> None:
    network = fresh()
    norms = [one for one in network.base if isinstance(one, keras.layers.BatchNormalization)]
    for stage in plan(options(strategy="two-stage"), network):
        settle_norms(keras, network, stage, 40)
    assert {norm.momentum for norm in norms} == {0.99}


def test_a_layer_that_is_not_there_is_told_with_those_that_are(fresh: Fresh) -> None:
    with pytest.raises(UsageError, match="no layer 'botom'; it has bottom"):
        plan(options(fine_tune_from="botom"), fresh())


@pytest.mark.parametrize(
    ("rarest", "strategy"),
    [(99, "extract"), (100, "fine-tune"), (999, "fine-tune"), (1000, "discriminative")],
)
def test_auto_goes_by_the_rarest_label(rarest: int, strategy: str) -> None:
    chosen, why = choose_strategy(options(strategy="auto"), rarest)
    assert chosen == strategy
    assert why.startswith(f"{rarest} pictures of the rarest label")


def test_what_auto_cannot_use_is_left_out_and_told() -> None:
    asked = options(strategy="auto", fine_tune_epochs=3, fine_tune=0.5, augment=True, effects="fog")
    few, (note,) = settled(asked, "auto", ["truck"] * 20 + ["no_truck"] * 30)
    assert (few.strategy, few.fine_tune_epochs, few.augment) == ("extract", 8, False)
    assert note.endswith(
        "; not for this strategy, and left out: --fine-tune, --augment, --fine-tune-epochs,"
        " --effects"
    )
    more, (note,) = settled(asked, "auto", ["truck"] * 200 + ["no_truck"] * 300)
    assert (more.strategy, more.fine_tune_epochs, more.effects) == ("fine-tune", 3, "fog")
    assert "left out" not in note


@pytest.mark.parametrize("loss", ["cross-entropy", "focal", "hinge", "huber", "mse"])
@pytest.mark.parametrize("outputs", [1, 2])
def test_every_loss_learns_the_painted_trucks(
    keras: Any, fresh: Fresh, splits: Splits, loss: Any, outputs: int
) -> None:
    training = train(
        keras,
        fresh(outputs=outputs),
        splits,
        strategy="scratch",
        weights="none",
        augment=False,
        loss=loss,
        epochs=12,
        learning_rate=0.02,
        class_weights="balanced",
    )
    first, last = training.history[0], training.history[-1]
    assert np.isfinite(last.loss)
    assert last.loss < first.loss
    assert max(epoch.select_auc for epoch in training.history) > 0.8
