"""A password or token that lies in a file, so that no list of processes shows it."""

from __future__ import annotations

from pathlib import Path

from .errors import UsageError

MOST_BYTES = 4096
"""No secret is longer."""


def read_secret(path: Path) -> str:
    """The text of a file without the white space around it.

    Raises:
        UsageError: it cannot be read, or holds nothing.
    """
    try:
        with path.open("rb") as file:
            secret = file.read(MOST_BYTES).decode().strip()
    except OSError as exc:
        raise UsageError(f"cannot read {path}: {exc.strerror or exc}") from exc
    except UnicodeDecodeError as exc:
        raise UsageError(f"cannot read {path}: it is not text") from exc
    if not secret:
        raise UsageError(f"{path} is empty")
    return secret
