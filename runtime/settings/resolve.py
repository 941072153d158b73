"""From options and a file to settings, with everything that is wrong said at once."""

from __future__ import annotations

import argparse

from .checks import faults_of
from .reading import Reading, as_config, declare
from .settings import OPTIONS, Settings


def add_settings(parser: argparse.ArgumentParser) -> None:
    """Declare an option for each setting, and `--config`."""
    declare(parser, OPTIONS)


def resolve(args: argparse.Namespace, complete: bool = True) -> Settings:
    """The settings that options say, and where they do not, `--config`.

    Args:
        args: what `add_settings` declared.
        complete: whether there must be a source.

    Raises:
        SettingsError: whatever is wrong, all of it.
        UsageError: the file cannot be read at all.
    """
    reading = Reading.of(OPTIONS, args)
    settings = Settings(**reading.values)
    reading.faults += [
        f"{reading.place(name)}: {text}"
        for name, text in faults_of(settings, reading.wrong, complete, args.config)
    ]
    reading.check()
    return settings


def print_config(settings: Settings) -> str:
    """The settings as a TOML file that `--config` reads, with those at their default as comments.

    Passwords in addresses are not repeated; `***` stands for them.
    """
    return as_config(OPTIONS, settings, Settings)
