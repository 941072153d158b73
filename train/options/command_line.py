"""From flags and a TOML file to options, with everything that is wrong said at once."""

from __future__ import annotations

import argparse

from ...runtime.settings.reading import Reading, as_config, declare
from .train_options import OPTIONS, OptionFaults, TrainOptions


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare a flag for each option, and `--config`."""
    declare(parser, OPTIONS)


def resolve(args: argparse.Namespace) -> TrainOptions:
    """The options that flags say, and where they do not, `--config`.

    Args:
        args: what `add_options` declared.

    Raises:
        SettingsError: whatever is wrong, all of it, each with its flag or its line and key.
        UsageError: the file cannot be read at all.
    """
    reading = Reading.of(OPTIONS, args)
    try:
        options = TrainOptions(**reading.values)
    except OptionFaults as exc:
        reading.faults += [
            f"{reading.place(fault.name)}: {fault.text}"
            for fault in exc.named
            if not reading.wrong.intersection(fault.looked_at)
        ]
    reading.check()
    return options


def as_toml(options: TrainOptions) -> str:
    """The options as a TOML file that `--config` reads; those at their default are comments."""
    return as_config(OPTIONS, options, TrainOptions())
