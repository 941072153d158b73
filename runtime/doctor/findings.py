"""The findings, and the table of checks that lead to them.

A check looks at the facts and tells what makes the detector slow or wrong, or None. A fact that is
unknown leads to no finding.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from . import accelerator_checks, machine_checks, software_checks
from .facts import Facts

Severity = Literal["wrong", "slow", "note"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason why the detector is slow or wrong here."""

    name: str
    """That of the check."""
    severity: Severity
    """`wrong`: it fails or decides otherwise than measured; `slow`: it is slower than it could
    be; `note`: worth knowing."""
    found: str
    """With the measured value."""
    cure: str
    """A command or a sentence."""


Told = tuple[Severity, str, str]
"""Severity, what was found, cure."""
Check = Callable[[Facts], Told | None]

CHECKS: dict[str, Check] = {
    "no-engine": software_checks.no_engine,
    "no-opencv": software_checks.no_opencv,
    "broken-engine": software_checks.broken_engine,
    "not-verified": software_checks.not_verified,
    "two-onnxruntimes": software_checks.two_onnxruntimes,
    "several-opencvs": software_checks.several_opencvs,
    "tflite-numpy": software_checks.tflite_numpy,
    "old-tflite": software_checks.old_tflite,
    "cpu-only": software_checks.cpu_only,
    "idle-gpu": accelerator_checks.idle_gpu,
    "idle-edge-tpu": accelerator_checks.idle_edge_tpu,
    "no-gstreamer": software_checks.no_gstreamer,
    "no-v4l2": software_checks.no_v4l2,
    "no-ffmpeg": software_checks.no_ffmpeg,
    "camera-denied": machine_checks.camera_denied,
    "uncompressed-camera": machine_checks.uncompressed_camera,
    "throttled": machine_checks.throttled,
    "hot": machine_checks.hot,
    "powersave": machine_checks.powersave,
    "few-cpus": machine_checks.few_cpus,
    "low-memory": machine_checks.low_memory,
    "narrow-userland": machine_checks.narrow_userland,
}


def examine(facts: Facts) -> tuple[Finding, ...]:
    """All findings, the gravest first."""
    told = ((name, check(facts)) for name, check in CHECKS.items())
    findings = [Finding(name, *one) for name, one in told if one]
    order: tuple[Severity, ...] = ("wrong", "slow", "note")
    return tuple(sorted(findings, key=lambda one: order.index(one.severity)))
