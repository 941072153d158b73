"""The machine as it stays, and whether two of them can be compared."""

from __future__ import annotations

import math
import os
import platform
from dataclasses import dataclass
from pathlib import Path

from ...runtime.doctor.machine import Machine
from ...runtime.doctor.software import Python
from ...runtime.kernel_files import text_of
from .results import Board, Conditions

MEMORY_SHARE = 0.1
"""By which memory may differ on one kind of board: what the firmware and the kernel keep for
themselves moves by less, the next size of a board is twice as much."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """How two machines differ; one sentence each."""

    refused: tuple[str, ...]
    """Of the machines: a difference of their durations would be one of the machines."""
    noted: tuple[str, ...]
    """Of the software, which may be what is compared, and what cannot be told."""


def read_board(root: Path = Path("/")) -> Board:
    """Describe this machine by the files below `root`, and this Python with its packages."""
    machine, python = Machine.read(root), Python.read()
    narrow = python.pointer_bits == 32 and "64" in python.architecture
    return Board(
        board=machine.board,
        processor=machine.processor,
        architecture=f"{python.architecture} (32-bit programs)" if narrow else python.architecture,
        features=machine.features or (),
        cpus=_cpus(machine),
        memory_mib=machine.memory_mib,
        kernel=text_of(root / "proc/sys/kernel/osrelease") or platform.release(),
        versions={"python": python.version, **python.packages},
    )


def comparable(a: Board, b: Board) -> Comparison:
    """Tell what speaks against comparing durations of two machines.

    Args:
        a: of the first result.
        b: of the second.
    """
    refused = [
        f"{what}: {_told(one)} and {_told(other)}"
        for what, one, other in (
            ("board", a.board, b.board),
            ("processor", a.processor, b.processor),
            ("architecture", a.architecture, b.architecture),
            ("instruction sets", ", ".join(a.features), ", ".join(b.features)),
            ("processors that may be used", a.cpus, b.cpus),
        )
        if one != other
    ]
    noted = []
    if _memory_differs(a.memory_mib, b.memory_mib):
        refused.append(f"memory: {_told(a.memory_mib, ' MiB')} and {_told(b.memory_mib, ' MiB')}")
    if a.board is None and b.board is None:
        noted.append("board: unknown on both sides")
    if a.kernel != b.kernel:
        noted.append(f"kernel: {a.kernel} and {b.kernel}")
    for name in sorted({*a.versions, *b.versions}):
        one, other = a.versions.get(name, "absent"), b.versions.get(name, "absent")
        if one != other:
            noted.append(f"{name}: {one} and {other}")
    return Comparison(tuple(refused), tuple(noted))


def clocked_alike(a: Conditions, b: Conditions) -> list[str]:
    """Why durations under the first machine's governors cannot be compared with the other's."""
    if a.governors == b.governors:
        return []
    return [f"governors: {_told(', '.join(a.governors))} and {_told(', '.join(b.governors))}"]


def _cpus(machine: Machine) -> int:
    """How many this process may use: by its affinity, and by the quota of its control group."""
    allowed = machine.affinity_cpus or machine.cpus or os.cpu_count() or 1
    quota = machine.quota_cpus
    return allowed if quota is None else max(1, min(allowed, math.ceil(quota)))


def _memory_differs(a: int | None, b: int | None) -> bool:
    if a is None or b is None:
        return a != b
    return abs(a - b) > MEMORY_SHARE * max(a, b)


def _told(value: str | int | None, unit: str = "") -> str:
    return "unknown" if value is None or value == "" else f"{value}{unit}"
