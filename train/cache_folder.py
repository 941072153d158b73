"""Where a training keeps what it can do without."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "TRUCKSIGHT_CACHE"
"""Names another folder than the user's."""


def cache_folder() -> Path | None:
    """`TRUCKSIGHT_CACHE`, or ours in `XDG_CACHE_HOME` or `~/.cache` (XDG Base Directory).

    Returns:
        the folder, which need not exist; None where this user has no home.
    """
    if named := os.environ.get(VARIABLE):
        return Path(named)
    try:
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "trucksight"
    except RuntimeError:
        return None
