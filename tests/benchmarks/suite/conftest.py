"""A bundle for the fake engine with pictures of both classes, and processes nobody had to start."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from trucksight.benchmarks.suite.pictures import PictureSet, own_pictures
from trucksight.benchmarks.suite.results import (
    STAGES,
    Cell,
    Conditions,
    Measured,
    Process,
    Regime,
)

STILL = Conditions(
    megahertz=(),
    governors=(),
    celsius={},
    throttled=None,
    load_1min=0.0,
    steal_s=None,
    busy_s=None,
    idle_s=None,
    at_s=0.0,
)


@pytest.fixture
def fake_bundle(make_bundle: Callable[..., Path]) -> Path:
    return make_bundle()


@pytest.fixture
def pictures(data: Path) -> PictureSet:
    return own_pictures(data, 10, 0)


@pytest.fixture
def process() -> Callable[..., Process]:
    """One process whose pictures took these milliseconds, all of them in the engine."""

    def make(*took_ms: float, regime: Regime = "back-to-back") -> Process:
        took_ns = [round(ms * 1e6) for ms in took_ms]
        return Process(
            regime=regime,
            stages_ns={
                stage: took_ns if stage == "infer" else [0] * len(took_ns) for stage in STAGES
            },
            end_to_end_ns=took_ns,
            warm_up_ns=[],
            steady=True,
            cold_ns={"import": 1, "load": 1, "verify": 1, "first": 1},
            first_decision_ns=4,
            peak_mib=50.0,
            cpu_ms=1.0,
            verdicts=[],
            before=STILL,
            after=STILL,
        )

    return make


@pytest.fixture
def measured(process: Callable[..., Process]) -> Callable[..., Measured]:
    """A cell of three processes with about this median, both regimes."""

    def make(
        median_ms: float,
        threads: int = 1,
        *,
        variant: str = "int8",
        gate: str = "passed",
        invalid: list[str] | None = None,
        paced: bool = True,
        tail_ms: float = 0.0,
    ) -> Measured:
        took = [median_ms + 0.01 * (number % 7) for number in range(38)] + [
            median_ms + tail_ms
        ] * 12
        regimes: list[Regime] = ["back-to-back", "paced"] if paced else ["back-to-back"]
        return Measured(
            cell=Cell(variant, "litert", threads),
            engine="litert 1",
            model_sha256="0" * 64,
            model_bytes=1,
            gate=gate,
            processes=[process(*took, regime=one) for one in regimes for _ in range(3)],
            accuracy=None,
            invalid=invalid or [],
        )

    return make
