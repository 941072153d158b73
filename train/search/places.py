"""Whether this process searches alone, is the chief that proposes, or a worker that trains.

KerasTuner's own environment variables say it: KERASTUNER_TUNER_ID, KERASTUNER_ORACLE_IP and
KERASTUNER_ORACLE_PORT.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Literal

from ...runtime.errors import UsageError

Place = Literal["alone", "chief", "worker"]
ID, IP, PORT = "KERASTUNER_TUNER_ID", "KERASTUNER_ORACLE_IP", "KERASTUNER_ORACLE_PORT"


def place_here(environment: Mapping[str, str] = os.environ) -> Place:
    """What the environment says.

    Raises:
        UsageError: it says a part of it only, or a port that is none.
    """
    if IP not in environment:
        return "alone"
    missing = [name for name in (ID, PORT) if not environment.get(name)]
    if missing:
        raise UsageError(
            f"{IP} is set, so this is one of several processes: set {' and '.join(missing)} too,"
            f" or unset {IP}"
        )
    port = environment[PORT]
    if not (port.isdecimal() and 0 < int(port) < 65_536):
        raise UsageError(f"{PORT} must be a port from 1 to 65535, not {port!r}")
    return "chief" if "chief" in environment[ID] else "worker"


def address(environment: Mapping[str, str] = os.environ) -> str:
    """Where the chief listens."""
    return f"{environment[IP]}:{environment[PORT]}"
