"""Real fresh processes, on the engine that needs none installed."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from trucksight.benchmarks.suite.conduct import measure_all, measure_once
from trucksight.benchmarks.suite.pictures import PictureSet
from trucksight.benchmarks.suite.results import Absent, Accuracy, Cell, Process, Results
from trucksight.benchmarks.suite.rounds import Amount, ChildError, Refused
from trucksight.runtime import Detector, Verdict, load_bundle
from trucksight.runtime.errors import UsageError
from trucksight.runtime.picture import read_picture

SMALL = Amount(count=10, paced_count=8, warm_up_least=8, warm_up_most=8, rate_hz=200.0)
CELL = Cell("fake", "fake", 1)

pytestmark = pytest.mark.alone


def test_a_whole_measurement_and_back_from_its_file(
    fake_bundle: Path, pictures: PictureSet, tmp_path: Path
) -> None:
    bundle, gone = load_bundle(fake_bundle), Absent("a thing", "not there", "pip install it")
    told: list[tuple[str, int, int]] = []
    results = measure_all(
        bundle, [CELL], [gone], pictures, SMALL, lambda *progress: told.append(progress)
    )
    (measured,) = results.measured
    assert [one.regime for one in measured.processes] == ["back-to-back", "paced"] * 3
    assert [len(one.end_to_end_ns) for one in measured.processes] == [10, 8] * 3
    assert measured.engine == "fake"
    assert measured.model_sha256 == bundle.variant("fake").sha256
    with Detector(bundle) as detector:
        said = [detector.decide(read_picture(one.path)).verdict for one in pictures.pictures]
    truth = [Verdict(one.label) for one in pictures.pictures]
    right = sum(one is other for one, other in zip(said, truth, strict=True))
    assert measured.accuracy == Accuracy(right, 10, 0)
    assert results.absent == [gone]
    assert results.bundle_sha256 == bundle.sha256
    assert [(number, of) for _, number, of in told] == [(n, 6) for n in range(6)]
    path = tmp_path / "results.json"
    path.write_text(json.dumps(results.as_json()))
    assert Results.read(path) == results


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is no benchmark result"),
        ("[]", "write one with: trucksight bench"),
        ('{"schema": "trucksight-bench", "schema_version": 1}', "measure anew"),
        ('{"schema": "trucksight-bench", "schema_version": 2}', "is damaged"),
    ],
)
def test_another_file_is_no_result(text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    path.write_text(text)
    with pytest.raises(UsageError, match=words):
        Results.read(path)


def test_a_cell_that_its_engine_refuses_is_listed_and_the_others_are_measured(
    fake_bundle: Path, pictures: PictureSet
) -> None:
    bundle = load_bundle(fake_bundle)
    other = Cell("fake", "opencv", 1)
    results = measure_all(bundle, [CELL, other], [], pictures, replace(SMALL, processes=1))
    assert [one.cell for one in results.measured] == [CELL]
    assert [one.what for one in results.absent] == [str(other)]


def test_what_does_not_keep_the_rate_is_measured_back_to_back_and_noted(
    fake_bundle: Path, pictures: PictureSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    from trucksight.benchmarks.suite import conduct

    real = conduct.measure_once

    def once(bundle, cell, regime, *rest):  # type: ignore[no-untyped-def]
        if regime == "paced":
            raise Refused("it cannot keep up")
        return real(bundle, cell, regime, *rest)

    monkeypatch.setattr(conduct, "measure_once", once)
    bundle = load_bundle(fake_bundle)
    results = measure_all(bundle, [CELL], [], pictures, replace(SMALL, processes=1))
    assert [one.regime for one in results.measured[0].processes] == ["back-to-back"]
    assert results.notes == ["fake on fake, 1 thread, paced: it cannot keep up"]
    assert results.absent == []


def test_a_rate_that_one_process_of_three_does_not_keep_is_not_kept(
    fake_bundle: Path, pictures: PictureSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    from trucksight.benchmarks.suite import conduct

    real, paced = conduct.measure_once, list[str]()

    def once(bundle, cell, regime, *rest):  # type: ignore[no-untyped-def]
        paced.append(regime)
        if len(paced) == 3:
            raise Refused("it cannot keep up")
        return real(bundle, cell, regime, *rest)

    monkeypatch.setattr(conduct, "measure_once", once)
    amount = replace(SMALL, regimes=("paced",))
    results = measure_all(load_bundle(fake_bundle), [CELL], [], pictures, amount)
    assert results.measured == []
    assert results.absent == [Absent(str(CELL), "it cannot keep up", None)]


def test_a_crash_costs_its_own_cell_alone(
    fake_bundle: Path, pictures: PictureSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    from trucksight.benchmarks.suite import conduct

    real = conduct.measure_once

    def once(bundle, cell, regime, *rest):  # type: ignore[no-untyped-def]
        if cell.threads == 2 and regime == "paced":
            raise ChildError("killed")
        return real(bundle, cell, regime, *rest)

    monkeypatch.setattr(conduct, "measure_once", once)
    bundle, other = load_bundle(fake_bundle), replace(CELL, threads=2)
    small = replace(SMALL, processes=1)
    results = measure_all(bundle, [CELL, other], [], pictures, small)
    assert [one.cell for one in results.measured] == [CELL]
    assert [(one.what, one.why) for one in results.absent] == [(str(other), "killed")]
    with pytest.raises(ChildError, match="nothing could be measured; killed"):
        measure_all(bundle, [other], [], pictures, small)


@pytest.fixture
def stealing(
    monkeypatch: pytest.MonkeyPatch, process: Callable[..., Process]
) -> Callable[..., None]:
    """Lets the hypervisor have these shares of the processes, in their order, and of no more."""

    def steal(*shares: float) -> None:
        left = iter(shares)

        def once(bundle, cell, regime, *rest):  # type: ignore[no-untyped-def]
            one, share = process(*[10.0] * 20, regime=regime), next(left, 0.0)
            begun = replace(one.before, steal_s=0.0, busy_s=0.0, idle_s=0.0)
            ended = replace(begun, steal_s=share, busy_s=1.0, idle_s=3.0)
            return "fake", replace(one, before=begun, after=ended, cpu_ms=50.0)

        monkeypatch.setattr("trucksight.benchmarks.suite.conduct.measure_once", once)

    return steal


ONE_REGIME = replace(SMALL, regimes=("paced",))


def test_a_disturbed_process_is_set_aside_and_kept_in_the_file(
    fake_bundle: Path, pictures: PictureSet, stealing: Callable[..., None], tmp_path: Path
) -> None:
    stealing(0.5, 0.0)
    results = measure_all(load_bundle(fake_bundle), [CELL], [], pictures, ONE_REGIME)
    (measured,) = results.measured
    assert measured.invalid == []
    assert len(measured.processes) == 3
    assert all(one.after.steal_s == 0.0 for one in measured.processes)
    assert [one.process.after.steal_s for one in measured.set_aside] == [0.5]
    (note,) = results.notes
    assert note.startswith("the machine was disturbed during 1 of 4 processes: CPU time stolen (1)")
    path = tmp_path / "results.json"
    path.write_text(json.dumps(results.as_json()))
    assert Results.read(path) == results


def test_a_cell_without_enough_undisturbed_processes_is_invalid_and_shows_all(
    fake_bundle: Path, pictures: PictureSet, stealing: Callable[..., None]
) -> None:
    stealing(0.5, 0.0, 0.5, 0.5, 0.5, 0.5)
    amount = replace(ONE_REGIME, retries=2)
    (measured,) = measure_all(load_bundle(fake_bundle), [CELL], [], pictures, amount).measured
    assert len(measured.processes) == 7
    assert measured.set_aside == []
    assert measured.invalid[0] == (
        "only 2 of 3 processes paced were undisturbed: CPU time stolen (5)"
    )


def test_a_drift_is_invalid_and_not_measured_again(
    fake_bundle: Path,
    pictures: PictureSet,
    process: Callable[..., Process],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """To try until nothing drifts would be to choose by durations."""
    order = list[str]()

    def once(bundle, cell, regime, *rest):  # type: ignore[no-untyped-def]
        order.append(regime)
        return "fake", process(*np.linspace(10.0, 20.0, 125), regime=regime)

    monkeypatch.setattr("trucksight.benchmarks.suite.conduct.measure_once", once)
    amount = replace(ONE_REGIME, regimes=("back-to-back",))
    (measured,) = measure_all(load_bundle(fake_bundle), [CELL], [], pictures, amount).measured
    assert len(order) == 3
    assert ["changed in the course" in why for why in measured.invalid] == [True]


def test_a_process_without_an_answer_is_told(
    fake_bundle: Path, pictures: PictureSet, tmp_path: Path
) -> None:
    bundle = load_bundle(fake_bundle)
    silent = tmp_path / "python"
    silent.write_text(f"#!{sys.executable}\nprint('hello')\n")
    silent.chmod(0o755)
    with pytest.raises(ChildError, match="no answer of protocol 2"):
        measure_once(bundle, CELL, "paced", pictures, SMALL, str(silent))
    with pytest.raises(ChildError, match="cannot be started"):
        measure_once(bundle, CELL, "paced", pictures, SMALL, str(tmp_path / "none"))
