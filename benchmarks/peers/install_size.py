"""What a package and all that it requires take on the disk."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

OWN = "trucksight"
_PARTS = ("runtime", "train", "export", "benchmarks")


@dataclass(frozen=True, slots=True)
class Installed:
    """Packages of an environment."""

    versions: dict[str, str]
    """By name."""
    bytes: int
    """Of their files, without compiled Python."""


def installed(python: Path, requirements: Iterable[str]) -> Installed:
    """What requirements bring into an environment where they are installed already.

    Args:
        python: the environment's interpreter.
        requirements: as one gives them to pip, with extras.

    Raises:
        CalledProcessError: the interpreter does not run.
        LookupError: one of the requirements is not installed there.
    """
    script = str(Path(__file__).with_name("packages.py"))
    told = subprocess.run([python, "-I", script], check=True, stdout=subprocess.PIPE)
    return closure(json.loads(told.stdout), requirements)


def closure(environment: dict[str, Any], requirements: Iterable[str]) -> Installed:
    """The packages that requirements need, directly or through others.

    Args:
        environment: what `packages` prints.
        requirements: as one gives them to pip, with extras.

    Raises:
        LookupError: one of the requirements is not installed. What they require in their turn may
            be absent: somebody installed without it.
    """
    packages, markers = environment["packages"], environment["markers"]
    wanted = [Requirement(one) for one in requirements]
    for one in wanted:
        if canonicalize_name(one.name) not in packages:
            raise LookupError(f"{one.name} is not installed there")
    seen: set[tuple[str, str]] = set()
    while wanted:
        requirement = wanted.pop()
        name = canonicalize_name(requirement.name)
        for extra in ["", *requirement.extras]:
            if name not in packages or (name, extra) in seen:
                continue
            seen.add((name, extra))
            wanted += [
                one
                for one in map(Requirement, packages[name]["requires"])
                if one.marker is None or one.marker.evaluate({**markers, "extra": extra})
            ]
    names = sorted({name for name, _ in seen})
    sizes = {name: packages[name]["bytes"] for name in names}
    if OWN in sizes:
        sizes[OWN] = _own_bytes()
    return Installed({name: packages[name]["version"] for name in names}, sum(sizes.values()))


def _own_bytes() -> int:
    """Of trucksight with the shipped bundle, also where it is installed editable."""
    folders = [Path(import_module(f"{OWN}.{part}").__path__[0]) for part in _PARTS]
    files = (path for folder in folders for path in folder.rglob("*") if path.is_file())
    return sum(path.stat().st_size for path in files if path.suffix != ".pyc")
