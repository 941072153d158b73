"""What the trials of a search came to: values, a table, a document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from .space import Space, active
from .trial import OBJECTIVE

Status = Literal["trained", "refused", "cut off"]
_STATUS: Mapping[str, Status] = {"COMPLETED": "trained", "RUNNING": "cut off"}
_SHORT = {"learning_rate": "rate", "fine_tune_rate": "lower rate", "fine_tune": "share"}


@dataclass(frozen=True, slots=True)
class Tried:
    """One trial; None is what is not known of it."""

    number: int
    """From 1, in the order in which they began."""
    status: Status
    values: Mapping[str, Any]
    """By parameter; those that counted."""
    roc_auc: float | None = None
    """On the select split, of the epoch that was kept."""
    parameters: int | None = None
    multiply_adds: int | None = None
    latency_ms: float | None = None
    """Where a latency is limited; on the machine that trained it."""
    epochs: int | None = None
    """Trained, all stages together."""
    seconds: float | None = None
    why: str = ""
    """It was refused."""

    def as_json(self) -> dict[str, Any]:
        """For a JSON document."""
        return {**asdict(self), "values": dict(self.values)}


def tried(oracle: Any, space: Space) -> tuple[Tried, ...]:
    """The trials that an oracle knows, in the order in which they began."""
    return tuple(
        _of(number, oracle.trials[name], space)
        for number, name in enumerate(oracle.start_order, start=1)
    )


def _of(number: int, trial: Any, space: Space) -> Tried:
    found = {name: one.get_last_value() for name, one in trial.metrics.metrics.items()}
    status = _STATUS.get(trial.status, "refused")
    why = "" if status != "refused" else _reason(trial.message)
    return Tried(
        number=number,
        status=status,
        values=active(trial.hyperparameters.values, space),
        roc_auc=found.get(OBJECTIVE),
        parameters=_whole(found.get("parameters")),
        multiply_adds=_whole(found.get("multiply_adds")),
        latency_ms=found.get("latency_ms"),
        epochs=_whole(found.get("epochs")),
        seconds=found.get("seconds"),
        why=why,
    )


def _reason(message: str | None) -> str:
    """The last line of a traceback; a worker's message does not travel to its chief."""
    if not message:
        return "its worker has told why"
    return message.strip().splitlines()[-1].partition(": ")[2]


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)


def best_of(trials: Sequence[Tried]) -> Tried | None:
    """The highest ROC AUC; of equals the fewest multiply-adds, then the first."""
    trained = [one for one in trials if one.roc_auc is not None and one.status == "trained"]
    return max(
        trained,
        key=lambda one: (one.roc_auc or 0.0, -(one.multiply_adds or 0), -one.number),
        default=None,
    )


def described(values: Mapping[str, Any]) -> str:
    """Choices in a line; what is chosen block by block stands together."""
    told: dict[str, str] = {}
    for name, value in values.items():
        if name == "blocks":
            continue
        start = name.rpartition("_")[0]
        if start in ("filters", "kernel"):
            told[start] = f"{told[start]},{value}" if start in told else str(value)
        else:
            told[name] = f"{value:.3g}" if isinstance(value, float) else str(value)
    return ", ".join(
        f"{_SHORT.get(name, name).replace('_', ' ')} {value}" for name, value in told.items()
    )


def as_table(trials: Sequence[Tried]) -> list[str]:
    """A line a trial, the best first; `*` marks the best, those without a figure come last."""
    rows = [("", "trial", "ROC AUC", "parameters", "M mult-adds", "ms", "epochs", "took", "choice")]
    best = best_of(trials)
    timed = any(one.latency_ms is not None for one in trials)
    for one in sorted(trials, key=lambda one: (-(one.roc_auc or -1.0), one.number)):
        trained = one.status == "trained"
        rows.append(
            (
                "*" if one is best else "",
                str(one.number),
                f"{one.roc_auc:.4f}" if trained and one.roc_auc is not None else one.status,
                "-" if one.parameters is None else f"{one.parameters:,}",
                "-" if one.multiply_adds is None else f"{one.multiply_adds / 1e6:.1f}",
                "-" if one.latency_ms is None else f"{one.latency_ms:.2f}",
                "-" if one.epochs is None else str(one.epochs),
                "-" if one.seconds is None else f"{one.seconds:.0f} s",
                described(one.values) + (f" ({one.why})" if one.why else ""),
            )
        )
    kept = [column for column in range(len(rows[0])) if timed or rows[0][column] != "ms"]
    widths = {column: max(len(row[column]) for row in rows) for column in kept}
    return [
        "  ".join(row[column].ljust(widths[column]) for column in kept).rstrip() for row in rows
    ]
