"""KerasTuner's loop around our own training."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import Any

import keras_tuner
import tensorflow as tf
from keras_tuner.engine.base_tuner import BaseTuner
from keras_tuner.src import config

from ...runtime.errors import OutputError, TrucksightError, UsageError
from ...runtime.files import write_atomically
from .budget import Refused
from .oracles import IDENTITY
from .places import Place, address
from .space import active
from .trial import OBJECTIVE, Trainer
from .trials import described

config.DEBUG = False  # it would print a traceback for every choice that is refused


class Tuner(BaseTuner):  # type: ignore[misc]
    """Asks the oracle, trains, tells the oracle."""

    def __init__(self, oracle: Any, project: Path, trainer: Trainer | None, identity: str) -> None:
        """Take up what `project` holds, or begin there.

        Args:
            oracle: as made.
            project: folder of KerasTuner's files.
            trainer: None for a chief, which does not train.
            identity: of the search; a chief's proposals carry it.
        """
        self._trainer, self._identity = trainer, identity
        super().__init__(oracle, directory=str(project.parent), project_name=project.name)
        self.save()  # KerasTuner would first do so after a trial, and not resume without it

    def on_search_begin(self) -> None:
        """Refuse a chief whose search is another one; see `keras_tuner.Tuner`.

        Raises:
            UsageError: it searches on other pictures, or otherwise.
        """
        (named,) = (one for one in self.oracle.get_space().space if one.name == IDENTITY)
        if named.value != self._identity:
            raise UsageError(
                "the chief searches on other pictures, with other options, limits or versions;"
                " start every process with the same ones"
            )

    def run_trial(self, trial: Any, *_: Any, **__: Any) -> dict[str, float]:
        """Train once; see `keras_tuner.Tuner`."""
        assert self._trainer is not None
        values = trial.hyperparameters.values
        number = int(trial.trial_id) + 1
        _say(f"trial {number}: {described(active(values, self._trainer.space))}")
        try:
            found = self._trainer(values)
        except Refused as exc:
            _say(f"trial {number}: refused: {exc}")
            raise keras_tuner.errors.FailedTrialError(str(exc)) from exc
        except (MemoryError, tf.errors.ResourceExhaustedError) as exc:
            _say(f"trial {number}: refused: it does not fit into the memory")
            raise keras_tuner.errors.FailedTrialError("it does not fit into the memory") from exc
        except Exception as exc:
            raise keras_tuner.errors.FatalError(str(exc)) from exc
        _say(f"trial {number}: ROC AUC {found[OBJECTIVE]:.4f} in {found['seconds']:.0f} s")
        return found

    def save(self) -> None:
        """Write the oracle's state and a mark that there is one."""
        if not self._is_worker():
            self.oracle.save()
        write_atomically(Path(self._get_tuner_fname()), "{}")


def run_search(tuner: Tuner, place: Place) -> None:
    """Search to the end.

    Raises:
        TrucksightError: what a trial or the disk raised; or the chief cannot be reached, or not
            listen.
        KeyboardInterrupt: it was stopped.
    """
    import grpc

    try:
        with contextlib.redirect_stdout(sys.stderr):
            tuner.search()
    except keras_tuner.errors.FatalError as exc:
        cause = exc.__cause__
        raise cause if cause is not None else OutputError(str(exc)) from None
    except grpc.RpcError as exc:
        raise OutputError(f"the chief at {address()} does not answer: {_first(exc)}") from None
    except RuntimeError as exc:
        if place != "chief" or isinstance(exc, TrucksightError):
            raise
        raise UsageError(f"cannot listen at {address()}: {_first(exc)}") from exc


def _first(error: Exception) -> str:
    """The first line of what it says."""
    details = getattr(error, "details", lambda: None)()
    return next(iter(str(details or error).strip().splitlines()), type(error).__name__)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
