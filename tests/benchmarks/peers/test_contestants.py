"""The contestants must themselves be right, or being faster means nothing."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from trucksight.benchmarks.peers import entrants, keras_file
from trucksight.benchmarks.peers.contest import Ground, hold, judge
from trucksight.benchmarks.peers.entrants import ENTRANTS, HERE, Entrant
from trucksight.runtime import Detector
from trucksight.runtime.extras import install_command
from trucksight.train.quiet import import_keras

FOLDER = Path(entrants.__file__).parent
PEERS = [one for one in ENTRANTS if not one.ours]
WITH_OUR_FILE = [one for one in ENTRANTS if one.reads != "keras"]
ENGINES = {"tflite": "litert", "onnx": "onnxruntime"}


@pytest.fixture
def here() -> Callable[[Entrant], None]:
    """Skips a contestant that is not installed."""

    def need(entrant: Entrant) -> None:
        python = entrants.python_of(entrant, Path(__file__).parents[3] / ".peers")
        if entrant.environment != HERE and not python.exists():
            pytest.skip(f"run `make peers` to let {entrant.name} take part")
        if any(find_spec(name) is None for name in entrant.imports):
            cure = install_command(entrant.extra) if entrant.extra else "pip install opencv-python"
            pytest.skip(f"run: {cure}")

    return need


@pytest.mark.parametrize("entrant", WITH_OUR_FILE, ids=lambda one: one.name)
def test_it_gives_the_probabilities_that_the_detector_gives(
    entrant: Entrant,
    here: Callable[[Entrant], None],
    make_ground: Callable[..., Ground],
    small_pictures: list[Path],
) -> None:
    here(entrant)
    engine = ENGINES[entrant.reads]
    if any(one.backend == engine and find_spec(one.imports[0]) is None for one in ENTRANTS):
        pytest.skip(f"run: {install_command('litert')} and {install_command('onnx')}")
    ground = make_ground(environments=Path(__file__).parents[3] / ".peers")
    variant = ground.variants[entrant.reads].name
    with Detector(ground.bundle, variant=variant, backend=engine, threads=1) as detector:
        ours = [
            detector.decide(cv2.imread(str(path))).probability  # type: ignore[arg-type]
            for path in small_pictures
        ]
    judged = judge(entrant, ground, small_pictures, round_=3)
    # The older kernels of tflite-runtime round otherwise here and there.
    slack = 0.2 if entrant.environment == "tflite-runtime" else 1e-3
    assert judged.probabilities == pytest.approx(ours, abs=slack)
    assert max(ours) - min(ours) > 0.3
    trial = judged.trial
    assert (trial.contestant, trial.round, trial.decisions) == (entrant.name, 3, 6)
    assert len(trial.latencies_ns) == 6
    assert 0 < min(trial.latencies_ns) <= max(trial.latencies_ns) <= trial.seconds * 1e9
    assert 0 < trial.latencies_ns[0] / 1e9 < trial.cold_s
    assert trial.cpu_s > 0
    assert 30 < trial.peak_mib < 2000


def test_keras_predicts_what_the_model_of_a_run_says(
    here: Callable[[Entrant], None],
    make_ground: Callable[..., Ground],
    small_pictures: list[Path],
    run_path: Path,
) -> None:
    (entrant,) = (one for one in ENTRANTS if one.reads == "keras")
    here(entrant)
    model = import_keras().models.load_model(run_path / "model.keras", compile=False)
    _, height, width, _ = model.input_shape
    expected = []
    for path in small_pictures:
        nearest = Image.open(path).resize((width, height), Image.Resampling.NEAREST)
        expected.append(float(model(np.asarray(nearest)[np.newaxis])[0, 0]))
    judged = judge(entrant, make_ground(run_path / "model.keras"), small_pictures)
    assert judged.probabilities == pytest.approx(expected, abs=1e-4)
    assert len({round(one, 3) for one in expected}) > 1


def test_the_untrained_keras_file_has_the_bundles_architecture(
    make_ground: Callable[..., Ground], tmp_path: Path
) -> None:
    bundle = make_ground().bundle
    keras_file.write_untrained(tmp_path / "untrained.keras", bundle)
    model = import_keras().models.load_model(tmp_path / "untrained.keras", compile=False)
    assert model.count_params() == bundle.index["source"]["parameters"]
    assert model.input_shape == (None, 224, 224, 3)


@pytest.mark.parametrize("entrant", PEERS, ids=lambda one: one.name)
def test_a_peer_uses_nothing_of_trucksight(entrant: Entrant) -> None:
    for script in (entrant.script, "stopwatch.py"):
        tree = ast.parse((FOLDER / script).read_text())
        imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
        assert imports
        for node in imports:
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not any(name.startswith("trucksight") for name in names)
            assert not (isinstance(node, ast.ImportFrom) and node.level)


def test_who_fails_is_named_and_the_others_go_on(
    make_ground: Callable[..., Ground], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    good = _made(tmp_path / "good.py", "float(len(picture))")
    bad = _made(tmp_path / "bad.py", "1 / 0")
    blind = _made(tmp_path / "blind.py", "float('nan')")
    contestants, trials, absent = hold([bad, good, blind], make_ground(), rounds=2, seed=1)
    assert [one.name for one in contestants] == ["good.py"]
    assert [(trial.contestant, trial.round) for trial in trials] == [("good.py", 0), ("good.py", 1)]
    assert [(one.what, one.cure) for one in absent] == [("bad.py", None), ("blind.py", None)]
    assert "did not decide on every picture" in absent[1].why
    assert "ZeroDivisionError" in capfd.readouterr().err
    assert math.isclose(contestants[0].install_mib, 2885160 / (1 << 20), rel_tol=0.9)


def _made(path: Path, score: str) -> Entrant:
    """A contestant without any package."""
    path.write_text(f"def open_model(model, threads):\n    return lambda picture: {score}\n")
    return Entrant(path.name, str(path), "tflite", (), (), calibrated=True)


def test_ours_is_compiled_once_whatever_the_caller_forbids(
    make_ground: Callable[..., Ground],
    small_pictures: list[Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ours = ENTRANTS[0]
    pytest.importorskip(ours.imports[0], reason=install_command("litert"))
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    ground = replace(make_ground(), compiled=tmp_path / "compiled")
    judge(ours, ground, small_pictures)
    assert any("detector" in path.name for path in ground.compiled.rglob("*.pyc"))
