"""Optional packages, imported when used, with the cure beside the name."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec

from .errors import MissingExtra


def install_command(extra: str) -> str:
    """The shell command that brings an extra."""
    return f"pip install 'trucksight[{extra}]'"


def require(packages: Iterable[str], extra: str, purpose: str) -> None:
    """Check that packages are importable, without importing them.

    Args:
        packages: top-level import names.
        extra: the extra of trucksight that brings them.
        purpose: what needs them, for the message.

    Raises:
        MissingExtra: at least one is absent; names the `pip install` that cures it.
    """
    missing = [name for name in packages if find_spec(name) is None]
    if missing:
        raise MissingExtra(
            f"{purpose} needs {', '.join(missing)}, not installed here;"
            f" run: {install_command(extra)}"
        )
