"""The energy counters of x86 packages (RAPL), by Intel and AMD alike."""

from __future__ import annotations

from pathlib import Path

from ...runtime.kernel_files import text_of
from .energy_sum import EnergySum

_PERIOD_S = 10.0
"""A counter of 65 kJ, the smallest range in use, would need 6 kW to go round twice in it."""
_LEAST_S = 0.02
"""The counters are updated about every millisecond (Intel SDM, volume 3B, on RAPL)."""


class _ResetError(OSError):
    """A counter went back: what was spent before is lost."""


class Rapl:
    """The packages' counters, added up."""

    def __init__(self, zones: list[Path]) -> None:
        self._zones = zones
        self._last_uj: list[int] | None = None
        self._reset: str | None = None

    def read_uj(self) -> list[int]:
        """The counter of each package.

        Raises:
            OSError: one cannot be read, or tells no number.
        """
        return [_microjoules(zone / "energy_uj") for zone in self._zones]

    def spent_j(self) -> float:
        """Joules since the last call; the first gives 0.

        Raises:
            OSError: see `read_uj`; or a counter once went back otherwise than at its range.
        """
        if self._reset:  # it may have passed its old value by now
            raise OSError(self._reset)
        now_uj = self.read_uj()
        last_uj = self._last_uj or now_uj
        try:
            spent_uj = sum(map(_forward, self._zones, last_uj, now_uj))
        except _ResetError as exc:
            self._reset = str(exc)
            raise
        self._last_uj = now_uj
        return spent_uj / 1e6


def open_rapl(root: Path) -> EnergySum | str:
    """A meter of all packages together, or why there is none.

    /sys/class/powercap/intel-rapl:N has one zone for each package, by that name on AMD too; its
    sub-zones, as intel-rapl:N:M, are parts of it, and a zone `psys` would count it twice; see
    Documentation/power/powercap/powercap.rst. Memory that is a zone of its own is not in it.
    """
    zones, names = [], []
    for zone in sorted(root.glob("sys/class/powercap/intel-rapl:*")):
        name = text_of(zone / "name") or ""
        if zone.name.count(":") == 1 and name.startswith("package-"):
            zones.append(zone)
            names.append(name)
    if not zones:
        return "RAPL: no package in /sys/class/powercap"
    counters = Rapl(zones)
    try:
        counters.read_uj()
    except PermissionError as exc:
        return (
            f"RAPL: this user may not read {exc.filename};"
            " run: sudo chmod a+r /sys/class/powercap/intel-rapl:*/energy_uj"
        )
    except OSError as exc:
        return f"RAPL: {exc}"
    return EnergySum(f"RAPL {' + '.join(names)}", counters.spent_j, _PERIOD_S, _LEAST_S)


def _forward(zone: Path, last_uj: int, now_uj: int) -> int:
    """From one value to the next; the counter goes from its range back to 0."""
    if now_uj >= last_uj:
        return now_uj - last_uj
    range_uj = _microjoules(zone / "max_energy_range_uj")
    around_uj = now_uj - last_uj + range_uj
    if not 0 <= around_uj <= range_uj // 2:
        # Set to 0 by a suspend or a reload; round the whole range would be kilowatts.
        raise _ResetError(f"{zone.name} went back from {last_uj} to {now_uj} uJ, not at its range")
    return around_uj


def _microjoules(path: Path) -> int:
    text = path.read_text().strip()
    if not text.isdigit():
        raise OSError(f"{path} tells no number: {text[:40]!r}")
    return int(text)
