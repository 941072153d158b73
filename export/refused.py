"""What export says no to after it measured."""

from __future__ import annotations

from ..runtime.errors import TrucksightError


class ExportRefused(TrucksightError, ValueError):
    """The run's model is not what its run describes; names the cause."""

    exit_status = 3
