"""Searching for the options of a training: many short ones, the best of which becomes a TOML."""

from .space import SPACES, options_of, space_of

__all__ = ["SPACES", "options_of", "space_of"]
