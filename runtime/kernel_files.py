"""Short texts in which the kernel tells about the machine."""

from __future__ import annotations

from pathlib import Path


def text_of(path: Path) -> str | None:
    """What a file of the kernel holds, without the ends' white space and NUL; None: unknown."""
    try:
        return path.read_text(errors="replace").strip().strip("\0") or None
    except OSError:  # absent, forbidden, or a sensor that does not answer
        return None
