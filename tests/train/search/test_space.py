"""What a search may choose, and what a choice means."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from trucksight.runtime.errors import UsageError
from trucksight.train.options import TrainOptions
from trucksight.train.search import SPACES, options_of, space_of
from trucksight.train.search.space import Choice, Space, active


def drawn(space: Space, seed: int) -> dict[str, Any]:
    """Values of a whole space, each as Python's own type, those that do not count left out."""
    rng = np.random.default_rng(seed)
    values: dict[str, Any] = {}
    for name, one in space.items():
        if isinstance(one, Choice):
            values[name] = one.values[rng.integers(len(one.values))]
        else:
            values[name] = float(rng.uniform(one.low, one.high))
    return active(values, space)


@pytest.mark.parametrize("model", ["tuned-cnn", "mobilenetv2", "resnet50", "mlp"])
def test_whatever_is_drawn_can_be_trained(model: str) -> None:
    asked = TrainOptions(model=model)
    space = space_of(asked, ())
    made = [options_of(drawn(space, seed), asked).resolved() for seed in range(200)]
    assert {one.optimizer for one in made} >= {"adam", "sgd"}
    for one in made:
        one.recipe(1)


def test_a_stack_is_put_together_block_by_block() -> None:
    values = {"blocks": 2, "filters_1": 16, "filters_2": 512, "kernel_1": 5, "kernel_2": 3}
    made = options_of({**values, "dense": 64}, TrainOptions(model="tuned-cnn"))
    assert (made.filters, made.kernels, made.hidden) == ((16, 512), (5, 3), (64,))


def test_blocks_that_are_not_there_do_not_count() -> None:
    values = {"blocks": 2, **{f"filters_{block}": 16 for block in range(1, 6)}}
    assert set(active(values, SPACES["stack"])) == {"blocks", "filters_1", "filters_2"}


def test_no_dense_layer_is_a_choice_of_a_head() -> None:
    assert options_of({"dense": 0}, TrainOptions()).hidden == ()


@pytest.mark.parametrize(
    ("given", "gone"),
    [
        ({"activation": "elu"}, {"activation"}),
        ({"filters": (16, 32)}, {"blocks", "filters_1", "filters_5", "kernel_1"}),
        ({"hidden": (8,)}, {"dense"}),
    ],
)
def test_what_is_given_is_not_searched(given: dict[str, Any], gone: set[str]) -> None:
    everything = set(space_of(TrainOptions(model="tuned-cnn"), ()))
    left = set(space_of(TrainOptions(model="tuned-cnn", **given), given))
    assert gone <= everything - left
    assert {"dropout", "optimizer"} <= left


def test_a_given_strategy_leaves_only_what_it_has() -> None:
    asked = TrainOptions(strategy="extract")
    left = space_of(asked, ["strategy"])
    assert not {"strategy", "fine_tune", "fine_tune_rate"} & set(left)
    asked = TrainOptions(strategy="two-stage")
    left = space_of(asked, ["strategy"])
    assert "fine_tune_rate" in left and "fine_tune" not in left
    assert options_of(drawn(left, 1), asked).fine_tune_rate


def test_a_given_share_of_the_base_settles_the_strategy() -> None:
    asked = TrainOptions(fine_tune=0.5)
    left = space_of(asked, ["fine_tune"])
    assert "strategy" not in left
    assert options_of(drawn(left, 1), asked).resolved().strategy == "fine-tune"


def test_random_weights_leave_the_width_open_and_a_file_does_not() -> None:
    assert "width" in space_of(TrainOptions(weights="none"), ["weights"])
    assert "width" not in space_of(TrainOptions(weights="some.h5"), ["weights"])


def test_hyperband_s_epochs_bound_every_stage() -> None:
    made = options_of({}, TrainOptions(epochs=60, strategy="two-stage"), epochs=3)
    assert (made.epochs, made.fine_tune_epochs) == (3, 3)
    made = options_of({}, TrainOptions(epochs=60), epochs=3)
    assert (made.epochs, made.chosen_strategy) == (3, "extract")


def test_options_of_one_strategy_leave_the_others_in_the_search() -> None:
    asked = TrainOptions(strategy="auto", fine_tune_epochs=3, augment=True, effects="crop")
    space = space_of(asked, ("fine_tune_epochs", "augment", "effects"))
    made = {
        one.strategy: one
        for one in (options_of(drawn(space, seed), asked, epochs=5) for seed in range(40))
    }
    assert made.keys() == {"extract", "fine-tune", "two-stage", "discriminative"}
    assert (made["extract"].augment, made["extract"].effects) == (None, "all")
    assert (made["two-stage"].augment, made["two-stage"].fine_tune_epochs) == (True, 3)


def test_without_a_base_nothing_is_left_open() -> None:
    asked = TrainOptions(model="mlp", strategy="auto")
    assert options_of(drawn(space_of(asked, ()), 0), asked).strategy is None


def test_auto_is_refused() -> None:
    with pytest.raises(UsageError, match="the search chooses it"):
        space_of(TrainOptions(strategy="auto"), ["strategy"])


def test_a_search_for_nothing_is_refused() -> None:
    given = {"hidden", "activation", "dropout", "optimizer", "learning_rate"}
    with pytest.raises(UsageError, match="leave out what it shall choose"):
        space_of(TrainOptions(model="mlp"), given)
