"""What a training is asked for: groups of choices, one table for flags and TOML, one check."""

from .command_line import add_options, as_toml, resolve
from .train_options import DEFAULT_MODEL, OPTIONS, TrainOptions

__all__ = ["DEFAULT_MODEL", "OPTIONS", "TrainOptions", "add_options", "as_toml", "resolve"]
