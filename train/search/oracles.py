"""KerasTuner's oracles, which propose what to try, made to survive being killed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras_tuner

from ...runtime.errors import OutputError
from ...runtime.files import write_atomically
from .space import Choice, Space
from .trial import OBJECTIVE

FACTOR = 3
"""Of Hyperband: each round keeps a third of the trials and gives them three times the epochs."""
MOST_REFUSED = 20
"""Refused choices for each trial; those that are refused do not count as trials."""
IDENTITY = "search"
"""A constant in the space, by which a worker knows whether it belongs to the chief's search."""
_NO_END = 10**9


class Durable:
    """Writes its state whole or not at all, and knows after a kill what was under way."""

    wanted: int | None = None
    """Trials that shall be trained; None: as many as Hyperband plans."""

    def save(self) -> None:
        """Write the state of the search."""
        self._write(Path(self._get_oracle_fname()), self.get_state())  # type: ignore[attr-defined]

    def _save_trial(self, trial: Any) -> None:
        folder = self._get_trial_dir(trial.trial_id)  # type: ignore[attr-defined]
        self._write(Path(folder) / "trial.json", trial.get_state())

    def _write(self, path: Path, state: Mapping[str, Any]) -> None:
        try:
            write_atomically(path, json.dumps(state))
        except OutputError as exc:
            raise keras_tuner.errors.FatalError(str(exc)) from exc

    def reload(self) -> None:
        """Read the state; what runs according to its own file runs again, once.

        KerasTuner goes by the state alone, which is one step behind: a trial's file is written
        before it, and it names a trial that has ended until the next one begins.
        """
        super().reload()  # type: ignore[misc]
        running = {name for name, one in self.trials.items() if one.status == "RUNNING"}
        self._retry_queue = sorted(running, reverse=True)
        self.start_order = [*self.start_order, *sorted(running - set(self.start_order))]
        self._allow()

    def end_trial(self, trial: Any) -> None:
        """Take what a trial came to; one that was refused makes room for another."""
        super().end_trial(trial)  # type: ignore[misc]
        self._allow()

    def _allow(self) -> None:
        refused = sum(one.status == "FAILED" for one in self.trials.values())
        self.max_trials = self.wanted and self.wanted + min(refused, MOST_REFUSED * self.wanted)

    trials: dict[str, Any]
    start_order: list[str]


class Random(Durable, keras_tuner.oracles.RandomSearchOracle):  # type: ignore[misc]
    """Every choice at random."""


class Bayesian(Durable, keras_tuner.oracles.BayesianOptimizationOracle):  # type: ignore[misc]
    """A Gaussian process after a third of the trials.

    It knows nothing of what was refused and would go on proposing the like: after a refusal, and
    where it repeats itself, the next choice is drawn at random.
    """

    def populate_space(self, trial_id: str) -> dict[str, Any]:
        """See `keras_tuner.Oracle`."""
        if self.end_order and self.trials[self.end_order[-1]].status == "FAILED":
            return dict(self._random_populate_space())
        proposed: dict[str, Any] = super().populate_space(trial_id)
        if proposed["values"] is not None and self._duplicate(proposed["values"]):
            return dict(self._random_populate_space())
        return proposed


class Hyperband(Durable, keras_tuner.oracles.HyperbandOracle):  # type: ignore[misc]
    """Many choices for a few epochs, the best of them for more (Li et al. 2018, JMLR 18)."""


def make_oracle(
    tuner: str, space: Space, identity: str, seed: int, trials: int | None, epochs: int
) -> Any:
    """An oracle that has proposed nothing yet.

    Args:
        tuner: `bayesian`, `hyperband` or `random`.
        space: what it may choose.
        identity: of the search.
        seed: 0 or more.
        trials: to train; None: as many as Hyperband plans.
        epochs: the most that Hyperband grants.
    """
    shared = {
        "objective": _objective(),
        "hyperparameters": _hyperparameters(space, identity),
        "seed": seed + 1,  # it takes 0 for none
        "max_consecutive_failed_trials": _NO_END,
    }
    oracle: Any
    if tuner == "hyperband":
        oracle = Hyperband(max_epochs=epochs, factor=FACTOR, **shared)
    elif tuner == "random":
        oracle = Random(**shared)
    else:
        # KerasTuner's own default is three random trials for each parameter.
        oracle = Bayesian(num_initial_points=max(2, (trials or 0) // 3), **shared)
    oracle.wanted = oracle.max_trials = trials
    oracle.verbose = 0
    return oracle


def hyperband_trials(epochs: int) -> int:
    """How many trials Hyperband plans when it may grant so many epochs."""
    oracle = Hyperband(max_epochs=epochs, factor=FACTOR, objective=_objective())
    return sum(
        oracle._get_size(bracket, number)
        for bracket in range(oracle._get_num_brackets())
        for number in range(oracle._get_num_rounds(bracket))
    )


def _objective() -> Any:
    return keras_tuner.Objective(OBJECTIVE, "max")


def _hyperparameters(space: Space, identity: str) -> Any:
    made = keras_tuner.HyperParameters()
    made.Fixed(IDENTITY, identity)
    for name, one in space.items():
        depends: dict[str, Any] = {}
        if one.when and one.when.name in space:
            depends = {"parent_name": one.when.name, "parent_values": list(one.when.values)}
        if isinstance(one, Choice):
            made.Choice(name, list(one.values), **depends)
        else:
            made.Float(name, one.low, one.high, sampling=one.sampling, **depends)
    return made
