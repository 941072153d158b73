"""Power that a board tells and that is sampled: a Raspberry Pi's supply, a Jetson's INA3221."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from ...runtime.kernel_files import text_of
from .energy_sum import EnergySum, Trapezoid

_PI_PERIOD_S, _JETSON_PERIOD_S = 0.5, 0.1
"""Starting a command costs the processors far more than reading a file does."""
_LEAST_PERIODS = 20
"""The first and the last sample may have been taken at rest: half a period each, a twentieth."""
_LONGEST_PERIODS = 10
"""Without a sample, until the sum is given up; threads of a loaded board come late."""
_VCGENCMD_S = 3.0
_RAIL = re.compile(r"^\s*(\w+)_([AV]) (?:current|volt)\(\d+\)=(\d+\.\d+)[AV]\s*$", re.M)
"""As in `VDD_CORE_A current(7)=1.04020000A` and `VDD_CORE_V volt(15)=0.75056110V`."""
_WHOLES = ("VDD_IN", "POM_5V_IN")
"""Channels that are all a module takes: of Orin Nano, Orin NX and Xavier NX, and of Nano, by
forums.developer.nvidia.com/t/242804 and /t/73608. Others, as AGX Orin, have none, and which of
their rails feed which is not told, so that a sum may count one twice."""


class Pmic:
    """A Raspberry Pi 5's supply controller, asked by `vcgencmd pmic_read_adc`."""

    def __init__(self, vcgencmd: Path) -> None:
        """Ask for the rails that there are.

        Raises:
            OSError: the command does not answer with any.
        """
        self._vcgencmd = vcgencmd
        self._rails: frozenset[str] | None = None
        self.rails = self._rails = frozenset(self._watts())

    def read_w(self) -> float:
        """Of all rails together.

        Raises:
            OSError: the command does not answer, or with other rails than at first.
        """
        return sum(self._watts().values())

    def _watts(self) -> dict[str, float]:
        """By rail, of those that tell both voltage and current: not the 5 V of the input."""
        told: dict[str, dict[str, float]] = {"A": {}, "V": {}}
        answer = self._ask()
        for rail, unit, value in _RAIL.findall(answer):
            told[unit][rail] = float(value)
        watts = {
            rail: amps * told["V"][rail] for rail, amps in told["A"].items() if rail in told["V"]
        }
        if not watts or self._rails not in (None, frozenset(watts)):
            raise OSError(
                f"vcgencmd pmic_read_adc tells no rails: {' '.join(answer.split())[:80]!r}"
            )
        return watts

    def _ask(self) -> str:
        try:
            done = subprocess.run(
                [str(self._vcgencmd), "pmic_read_adc"],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_VCGENCMD_S,
            )
        except subprocess.TimeoutExpired as exc:
            raise OSError(f"vcgencmd pmic_read_adc gave no answer in {_VCGENCMD_S:g} s") from exc
        return (done.stdout + done.stderr).decode(errors="replace")


class Ina3221:
    """A channel of a Jetson's power monitor, as the kernel driver tells it.

    Millivolts in `in*_input`, milliamperes in `curr*_input`; see Documentation/hwmon/ina3221.rst.
    """

    def __init__(self, folder: Path, number: int) -> None:
        self._volts = folder / f"in{number}_input"
        self._amps = folder / f"curr{number}_input"

    def read_w(self) -> float:
        """Watts now.

        Raises:
            OSError: a file cannot be read, or tells no number.
        """
        return _milli(self._volts) * _milli(self._amps)


def open_raspberry_pi(root: Path) -> EnergySum | str:
    """A meter of a Raspberry Pi 5's rails, or why there is none.

    What leaves the board at 5 V, as over USB, and what its regulators lose is not in it.
    """
    vcgencmd = root / "usr/bin/vcgencmd"
    if not vcgencmd.is_file():
        return "Raspberry Pi: no vcgencmd"
    try:
        pmic = Pmic(vcgencmd)
    except OSError as exc:
        return f"Raspberry Pi: {exc}"
    source = f"Raspberry Pi PMIC, {len(pmic.rails)} rails"
    return _sampled(source, pmic, _PI_PERIOD_S, _VCGENCMD_S)


def open_jetson(root: Path) -> EnergySum | str:
    """A meter of what a Jetson's module takes, or why there is none."""
    channels = {
        text_of(label) or "": Ina3221(label.parent, int(label.name[2]))
        for label in sorted(root.glob("sys/bus/i2c/drivers/ina3221/*/hwmon/hwmon*/in[123]_label"))
    }
    if not channels:
        return "Jetson: no INA3221 in /sys/bus/i2c/drivers"
    whole = next((name for name in _WHOLES if name in channels), None)
    if whole is None:
        return f"Jetson: none of the channels {', '.join(sorted(channels))} is known as the whole"
    try:
        channels[whole].read_w()
    except OSError as exc:
        return f"Jetson: {exc}"
    return _sampled(f"Jetson INA3221 {whole}", channels[whole], _JETSON_PERIOD_S)


def _sampled(
    source: str, power: Pmic | Ina3221, period_s: float, answer_s: float = 0.0
) -> EnergySum:
    samples = Trapezoid(power.read_w, _LONGEST_PERIODS * period_s + answer_s)
    return EnergySum(source, samples.spent_j, period_s, _LEAST_PERIODS * period_s)


def _milli(path: Path) -> float:
    text = path.read_text().strip()
    try:
        return int(text) / 1000
    except ValueError:
        raise OSError(f"{path} tells no number: {text[:40]!r}") from None
