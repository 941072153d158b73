"""Which trainings a table holds, read from a TOML file.

baseline = "first"        # whose latency the others' is told by; default: the first row

[every-row]               # for rows that do not say otherwise
batch-size = 32

[[row]]
name = "first"            # and any option of `trucksight train --print-config`
model = "mobilenetv2"
weights = "FILE.h5"       # sought in --weights-folder; or imagenet, or none
strategy = "extract"
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ...runtime.errors import SettingsError, UsageError
from ...runtime.settings.config_file import ConfigFile
from ...runtime.settings.settings import spelt
from ...train.options import OPTIONS, TrainOptions
from ...train.options.train_options import OptionFaults

DEFAULT_PLAN = Path(__file__).with_name("plan.toml")
NO_FILE = (None, "imagenet", "none")
"""What `weights` says when it names no file."""
_KEYS = ("baseline", "every-row", "row")
_NAMES = {spelt(name): name for name in OPTIONS}


@dataclass(frozen=True, slots=True)
class Row:
    """One training."""

    name: str
    """Of its run folder too."""
    options: TrainOptions
    """As the plan says it: a weights file without its folder."""

    def with_weights_from(self, folder: Path | None) -> TrainOptions:
        """The options with the path of the weights file.

        Raises:
            UsageError: there is no such file.
        """
        named = self.options.weights
        if named in NO_FILE:
            return self.options
        assert named is not None
        path = (folder or Path()) / named
        if not path.is_file():
            raise UsageError(
                f"no weights file {named}" + ("" if folder else "; --weights-folder says where")
            )
        return replace(self.options, weights=str(path.resolve()))


@dataclass(frozen=True, slots=True)
class Plan:
    """The rows of a table."""

    name: str
    """Of its file."""
    baseline: str
    """Name of a row."""
    rows: tuple[Row, ...]
    """One or more, in the order of the table."""


def read_plan(path: Path) -> Plan:
    """Read a plan and check every row of it.

    Raises:
        UsageError: the file cannot be read, or has no row.
        SettingsError: whatever is wrong in it, all of it, each with its row.
    """
    said = ConfigFile.read(path).values
    faults = [f"{key}: a plan has {', '.join(_KEYS)} alone" for key in said if key not in _KEYS]
    common, tables = said.get("every-row", {}), said.get("row", [])
    if not isinstance(common, dict) or not isinstance(tables, list) or not tables:
        raise UsageError(f"{path}: expected [[row]] tables, and if need be one table [every-row]")
    rows: list[Row] = []
    for number, table in enumerate(tables, 1):
        row = _row(number, {**common, **table}, faults)
        if row and row.name in {other.name for other in rows}:
            faults.append(f"row {number}: there is another named {row.name}")
        elif row:
            rows.append(row)
    baseline = said.get("baseline", rows[0].name if rows else "")
    if not faults and baseline not in {row.name for row in rows}:
        faults.append(f"baseline: no row is named {baseline!r}")
    if faults:
        raise SettingsError([f"{path}: {fault}" for fault in faults])
    return Plan(path.name, baseline, tuple(rows))


def _row(number: int, said: Mapping[str, Any], faults: list[str]) -> Row | None:
    """A row; None, and sentences in `faults`, where it is wrong."""
    name = said.get("name")
    if not isinstance(name, str) or not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,80}", name):
        faults.append(f"row {number}: its name must be of a-z, 0-9, dot and dash, not {name!r}")
        return None
    values, wrong = {}, []
    for key, found in said.items():
        if key == "name":
            continue
        if key not in _NAMES:
            wrong.append(f"there is no option {key}")
            continue
        try:
            values[_NAMES[key]] = OPTIONS[_NAMES[key]].kind.of_toml(found)
        except ValueError as exc:
            wrong.append(f"{key}: {exc}")
    options = None
    try:
        options = TrainOptions(**values)
    except OptionFaults as exc:
        wrong += [f"{spelt(fault.name)}: {fault.text}" for fault in exc.named]
    faults += [f"row {name}: {text}" for text in wrong]
    return Row(name, options) if options and not wrong else None
