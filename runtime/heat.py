"""How hot the machine is and whether its firmware slows it down."""

from __future__ import annotations

import re
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .closing import Closing
from .kernel_files import text_of

STALE_S = 30.0
"""From this age on a reading counts as none."""
_PERIOD_S = 5.0
"""Between two readings."""
_COLDEST_C, _HOTTEST_C = -40.0, 150.0
"""What no working sensor leaves: silicon does not work there."""
_PROCESSORS = re.compile("cpu|gpu|soc|core|pkg|tj", re.I)
"""In the types of zones that are part of the chip. The others, as a battery, a wireless card or the
supply's controller, say little about it."""
_NOW = 0xF
"""Bits 0 to 3: under-voltage, frequency capped, throttled, soft temperature limit; 16 to 19 are the
same since the start, see raspberrypi.com/documentation/computers/os.html#get_throttled."""
_VCGENCMD_S = 5.0


@dataclass(frozen=True, slots=True)
class Temperature:
    """One thermal zone."""

    zone: str
    """Its type, as in `cpu-thermal`."""
    celsius: float


@dataclass(frozen=True, slots=True)
class Heat:
    """One reading; None is unknown."""

    celsius: float | None
    """Of the hottest zone that belongs to the chip."""
    throttled: bool | None
    """Whether a Raspberry Pi's firmware slows it down now, for its temperature or its supply."""


def read_heat(root: Path = Path("/")) -> Heat:
    """Read the sensors below `root`; never raises, but may take seconds."""
    chip = [one.celsius for one in temperatures(root) if _PROCESSORS.search(one.zone)]
    bits = throttled_bits(root)
    return Heat(max(chip, default=None), None if bits is None else bool(bits & _NOW))


def temperatures(root: Path) -> Iterator[Temperature]:
    """Every thermal zone whose sensor answers with what can be true."""
    for zone in sorted(root.glob("sys/class/thermal/thermal_zone*")):
        try:
            celsius = int(text_of(zone / "temp") or "") / 1000
        except ValueError:
            continue
        if _COLDEST_C <= celsius <= _HOTTEST_C:
            yield Temperature(text_of(zone / "type") or zone.name, celsius)


def throttled_bits(root: Path) -> int | None:
    """A Raspberry Pi's bits: 0 to 3 as it is now, 16 to 19 the same since it was started."""
    for path in root.glob("sys/devices/platform/soc*/soc*:firmware/get_throttled"):
        try:
            return int(text_of(path) or "", 16)
        except ValueError:
            continue
    # Raspberry's kernels have had no such file since 2025 (raspberrypi/linux pull request 6697).
    return _ask_firmware(root / "usr/bin/vcgencmd")


def _ask_firmware(vcgencmd: Path) -> int | None:
    if not vcgencmd.is_file():
        return None
    try:
        done = subprocess.run(
            [str(vcgencmd), "get_throttled"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_VCGENCMD_S,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.fullmatch(rb"throttled=0x([0-9a-f]+)\s*", done.stdout, re.I)
    return int(found[1], 16) if found else None


class HeatReader(Closing):
    """Reads in a thread of its own, so that a sensor that does not answer delays nobody."""

    def __init__(
        self,
        read: Callable[[], Heat] = read_heat,
        period_s: float = _PERIOD_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Say what to read; `start` begins.

        Args:
            read: may block.
            period_s: between the end of a reading and the next one.
            clock: monotonic, seconds.
        """
        self._read = read
        self._period_s = period_s
        self._clock = clock
        self._last: tuple[float, Heat] | None = None
        self._ended = threading.Event()
        self._changing = threading.Lock()
        """Held while it is settled whether there is a thread."""
        self._thread: threading.Thread | None = None

    def start(self) -> HeatReader:
        """Begin to read, or go on after `close`; a second call does nothing."""
        with self._changing:
            self._ended.clear()
            # One that still hangs in a reading goes on, so that there is never a second.
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="heat", daemon=True)
                self._thread.start()
        return self

    def latest(self) -> Heat | None:
        """The last reading; None where there is none, or it is `STALE_S` old. Does not wait."""
        last = self._last
        return None if last is None or self._clock() - last[0] >= STALE_S else last[1]

    def refresh(self) -> None:
        """Take one reading now; the thread does this."""
        # As old as its beginning: one that took a minute does not say how hot it is now.
        begun_s = self._clock()
        self._last = (begun_s, self._read())

    def close(self) -> None:
        """Read no more until `start`; does not wait for a reading that hangs."""
        self._ended.set()

    def _run(self) -> None:
        while self._goes_on():
            self.refresh()
            self._ended.wait(self._period_s)

    def _goes_on(self) -> bool:
        with self._changing:
            if self._ended.is_set():
                self._thread = None
            return self._thread is not None
