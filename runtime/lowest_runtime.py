"""Can the engine that is installed here load a variant? Asked before it is handed the file."""

from __future__ import annotations

import re
from typing import NamedTuple

from .entries import Variant


class Package(NamedTuple):
    """An engine as it is installed."""

    name: str
    """On PyPI."""
    version: str


def too_old(variant: Variant, package: Package | None) -> str | None:
    """Why an engine cannot load a variant; None where it can, or nothing is known.

    Args:
        variant: its `lowest_runtime` names the packages that load it.
        package: the engine's; None for one whose versions do not matter.
    """
    known = variant.lowest_runtime
    if package is None or not known:
        return None
    lowest = known.get(package.name)
    if lowest is not None and _numbers(package.version) >= _numbers(lowest):
        return None
    name, version = next(iter(known.items())) if lowest is None else (package.name, lowest)
    return (
        f"{variant.name} needs {name} {version} or newer; {package.name} {package.version} is"
        f" installed here; run: pip install '{name}>={version}'"
    )


def _numbers(version: str) -> tuple[int, ...]:
    """The leading numbers of a version: 2.14.0.post1 is (2, 14, 0)."""
    found = re.match(r"\d+(\.\d+)*", version)
    numbers = tuple(int(part) for part in found.group().split(".")) if found else ()
    return (*numbers, 0, 0, 0)[: max(3, len(numbers))]
