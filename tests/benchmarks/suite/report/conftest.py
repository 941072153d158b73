"""A measurement of six cells made from a seed: one is invalid, one has no labels, one is short."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from trucksight.benchmarks.suite.results import (
    Absent,
    Accuracy,
    Board,
    Cell,
    Conditions,
    Measured,
    Pictures,
    Process,
    Regime,
    Results,
)

SHARES = {"decode": 0.18, "preprocess": 0.07, "infer": 0.72, "decide": 0.03}
RATE_HZ = 15.0


def _conditions(at_s: float, celsius: float) -> Conditions:
    return Conditions(
        megahertz=(1800.0, 2400.0),
        governors=("ondemand",),
        celsius={"cpu-thermal": celsius},
        throttled=0,
        load_1min=0.4,
        steal_s=0.01 * at_s,
        busy_s=1.5 * at_s,
        idle_s=2.49 * at_s,
        at_s=at_s,
    )


def _process(
    rng: np.random.Generator, regime: Regime, typical_ms: float, pictures: int, tail: float
) -> Process:
    typical_ms *= rng.normal(1, 0.01)
    durations = typical_ms * np.exp(np.abs(rng.normal(0, 0.04, pictures)))
    durations[rng.random(pictures) < 0.03] *= tail
    if regime == "paced":
        durations = durations * 1.08 + 0.3
    settling = typical_ms * (1 + 3 * np.exp(-np.arange(25) / 4)) * rng.normal(1, 0.02, 25)
    whole = [round(ms * 1e6) for ms in durations]
    cold = {"import": 310e6, "load": 45e6, "verify": 160e6, "first": 2e6 * typical_ms}
    return Process(
        regime=regime,
        stages_ns={name: [round(share * ns) for ns in whole] for name, share in SHARES.items()},  # type: ignore[misc]
        end_to_end_ns=whole,
        warm_up_ns=[round(ms * 1e6) for ms in settling],
        steady=True,
        cold_ns={name: round(ns * rng.normal(1, 0.03)) for name, ns in cold.items()},  # type: ignore[misc]
        first_decision_ns=round(sum(cold.values()) + 60e6),
        peak_mib=60 + typical_ms,
        cpu_ms=1.6 * typical_ms * (1.2 if regime == "paced" else 1),
        verdicts=[],
        before=_conditions(100.0, 51.0),
        after=_conditions(130.0, 58.5),
    )


def _measured(
    rng: np.random.Generator,
    cell: Cell,
    typical_ms: float,
    pictures: int = 300,
    tail: float = 1.6,
    **fields: Any,
) -> Measured:
    burst = [_process(rng, "back-to-back", typical_ms, pictures, tail) for _ in range(3)]
    paced = [_process(rng, "paced", typical_ms, pictures * 3 // 2, tail)]
    known = {
        "engine": {"litert": "LiteRT 2.3.0", "onnx": "ONNX Runtime 1.31.0"}[cell.backend],
        "model_sha256": "5" * 64,
        "model_bytes": round(2.6e6 * (4 if "fp32" in cell.variant else 1)),
        "gate": "passed",
        "accuracy": Accuracy(correct=291, decided=297, unknown=3),
    }
    return Measured(cell=cell, processes=burst + paced, **known | fields)


@pytest.fixture(scope="session")
def results() -> Results:
    """Six cells, of which `tflite-int8 on litert, 4 threads` is the fastest."""
    rng = np.random.default_rng(20240229)
    return Results(
        created="2026-03-01T10:00:00+00:00",
        bundle="truck-mobilenetv2",
        bundle_sha256="b" * 64,
        board=Board(
            board="Raspberry Pi 5 Model B Rev 1.0",
            processor="Cortex-A76",
            architecture="aarch64",
            features=("asimd", "asimddp"),
            cpus=4,
            memory_mib=8052,
            kernel="6.6.31",
            versions={"python": "3.11.2", "numpy": "1.26.4", "ai-edge-litert": "2.3.0"},
        ),
        pictures=Pictures("photos/", 300, "c" * 64, 1, ((1280, 720), (1920, 1080))),
        rate_hz=RATE_HZ,
        measured=[
            _measured(
                rng,
                Cell("tflite-fp32", "litert", 4),
                24.0,
                tail=4.5,
                accuracy=Accuracy(294, 298, 2),
            ),
            _measured(rng, Cell("tflite-int8", "litert", 4), 9.5),
            _measured(rng, Cell("onnx-int8", "onnx", 4), 13.0, accuracy=None),
            _measured(
                rng,
                Cell("onnx-fp32", "onnx", 4),
                6.0,
                accuracy=Accuracy(293, 298, 2),
                invalid=["the clock was throttled from 2400 to 1500 MHz (0x50005)"],
            ),
            _measured(rng, Cell("tflite-int8", "litert", 1), 22.0),
            _measured(
                rng,
                Cell("tflite-dynamic", "litert", 1),
                71.0,
                pictures=26,
                gate="accepted because it is only a trial",
                accuracy=Accuracy(279, 297, 3),
            ),
        ],
        absent=[
            Absent("tflite-runtime", "not installed", "pip install 'trucksight[tflite-runtime]'"),
            Absent("onnx on CUDAExecutionProvider", "this machine has no NVIDIA GPU", None),
        ],
        notes=["verdicts of all cells agree on 296 of 300 pictures"],
    )


@pytest.fixture
def make_measured() -> Callable[..., Measured]:
    """Makes a cell of a typical duration, see `_measured`."""

    def make(cell: Cell, typical_ms: float, seed: int = 1, **fields: Any) -> Measured:
        assert math.isfinite(typical_ms)
        return _measured(np.random.default_rng(seed), cell, typical_ms, **fields)

    return make
