"""`python -m trucksight.benchmarks.strategies` from a plan to its page, on painted pictures."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from trucksight.benchmarks.soak_watch import children_of
from trucksight.benchmarks.strategies.__main__ import main
from trucksight.benchmarks.strategies.plan import read_plan
from trucksight.benchmarks.strategies.training import Workplace, finished, key_of

pytest.importorskip("ai_edge_litert")
pytest.importorskip("tensorflow")

PLAN = """
baseline = "mlp"

[every-row]
epochs = 1

[[row]]
name = "mlp"
model = "mlp"
size = 16

[[row]]
name = "broken"
model = "mobilenetv2"
size = 32
weights = "broken.weights.h5"

[[row]]
name = "missing"
model = "mobilenetv2"
weights = "missing.weights.h5"
"""


class Held(NamedTuple):
    """A plan that was held once."""

    root: Path
    pictures: Path
    out: Path

    def __call__(self, *options: str) -> tuple[int, dict[str, Any]]:
        """Hold it; exit status and document."""
        status = main(
            [str(self.pictures), "--plan", str(self.root / "plan.toml"), "--work",
             str(self.root / "work"), "--weights-folder", str(self.root), "--out", str(self.out),
             *options]
        )  # fmt: skip
        return status, json.loads((self.out / "strategies.json").read_bytes())

    def place(self) -> Workplace:
        return Workplace.of(self.root / "work", [self.pictures])


@pytest.fixture(scope="module")
def held(session_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Held:
    root = tmp_path_factory.mktemp("strategies")
    (root / "plan.toml").write_text(PLAN)
    (root / "broken.weights.h5").write_text("these are no weights\n")
    held = Held(root, session_data, root / "out")
    assert held()[0] == 0
    return held


def document(held: Held) -> dict[str, Any]:
    """What was left last."""
    found: dict[str, Any] = json.loads((held.out / "strategies.json").read_bytes())
    return found


def test_a_row_is_trained_measured_and_timed(held: Held) -> None:
    row = document(held)["lines"][0]
    assert (row["name"], row["status"] in ("trained", "collapsed")) == ("mlp", True)
    assert row["learnt"]["n"] == 16
    assert row["learnt"]["epochs"] == 1
    # 16 x 16 grey pixels, 128 and 256 units, one output
    assert row["cost"]["multiply_adds"] == 16 * 16 * 128 + 128 * 256 + 256
    assert row["took"]["cpu_s"] > 0.1
    assert row["took"]["peak_mib"] > 50
    times = row["latency"]["times_baseline"]
    assert times["low"] <= times["median"] <= times["high"]
    assert times["pairs"] == 31


def test_a_row_that_fails_is_told_and_the_others_go_on(held: Held) -> None:
    _, broken, missing = document(held)["lines"]
    assert broken["status"] == "failed"
    assert "WEIGHTS/broken.weights.h5" in broken["why"]
    assert str(held.root) not in json.dumps(document(held))
    assert (missing["status"], missing["why"]) == ("not run", "no weights file missing.weights.h5")
    page = (held.out / "README.md").read_text()
    assert "broken: failed: exit status 2" in page
    assert (held.out / "strategies.png").stat().st_size > 1000


def test_what_is_finished_is_taken_as_it_is_and_the_rest_waits_for_time(held: Held) -> None:
    before = document(held)["lines"][0]
    status, after = held("--minutes", "0")
    assert status == 0
    assert after["lines"][0]["took"] == before["took"]
    assert after["lines"][0]["learnt"] == before["learnt"]
    assert after["lines"][1]["status"] == "not run"
    assert "the time was up" in after["lines"][1]["why"]


def test_other_options_or_pictures_are_trained_anew(held: Held, data: Path) -> None:
    first = read_plan(held.root / "plan.toml").rows[0].options
    place = held.place()
    assert finished(place, "mlp", first) is not None
    (held.root / "other.toml").write_text(PLAN.replace("size = 16", "size = 20"))
    other = read_plan(held.root / "other.toml").rows[0].options
    assert finished(place, "mlp", other) is None
    elsewhere = Workplace.of(held.root / "work", [data])
    assert finished(elsewhere, "mlp", first) is None


def test_other_manifests_annotations_or_teachers_are_trained_anew(
    held: Held, data: Path, tmp_path: Path
) -> None:
    options = read_plan(held.root / "plan.toml").rows[0].options
    teacher = tmp_path / "teacher"
    teacher.mkdir()
    taught = replace(options, teacher=str(teacher))

    def keys() -> list[str]:
        place = Workplace.of(tmp_path / "work", [data])
        return [key_of(place, one) for one in (options, taught)]

    told = [keys()]
    for change in ("truck/manifest.csv", "manifest.csv", "truck/annotations.json"):
        (data / change).write_text("file,source\n")
        told.append(keys())
    assert len({key for pair in told for key in pair}) == 8
    (teacher / "model.keras").write_bytes(b"a model")
    (before, first), (after, second) = told[-1], keys()
    assert before == after
    assert first != second


def test_rows_that_are_judged_by_other_photographs_are_no_table(
    held: Held, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    work = tmp_path / "work"
    shutil.copytree(held.root / "work", work)
    for name in ("mlp.json", "mlp"):
        copy = shutil.copytree if (work / name).is_dir() else shutil.copy
        copy(work / name, work / name.replace("mlp", "twin"))
    info = work / "twin/run.json"
    document = json.loads(info.read_bytes())
    document["data"]["sha256"]["holdout"] = "5" * 64
    info.write_text(json.dumps(document))
    row = "[[row]]\nname = {!r}\nmodel = 'mlp'\nsize = 16\nepochs = 1\n"
    (tmp_path / "plan.toml").write_text(row.format("mlp") + row.format("twin"))
    arguments = [str(held.pictures), "--plan", str(tmp_path / "plan.toml"), "--work", str(work)]
    assert main([*arguments, "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert "the same held-out photographs, not mlp by " in said
    assert "; twin by 555555555555: give all rows one seed" in said
    assert not (tmp_path / "out/strategies.json").exists()


def test_nothing_trained_is_an_error(
    held: Held, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text('[[row]]\nname = "a"\nmodel = "mobilenetv2"\nweights = "nowhere.h5"\n')
    arguments = [str(held.pictures), "--plan", str(plan), "--work", str(tmp_path / "work")]
    assert main([*arguments, "--out", str(tmp_path / "out")]) == 2
    assert "no row was trained; a: no weights file nowhere.h5" in capsys.readouterr().err


def test_a_wrong_plan_is_told_before_anything_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_text('[[row]]\nname = "a"\nmodel = "nothing"\n')
    out = tmp_path / "out"
    assert main([str(tmp_path), "--plan", str(plan), "--out", str(out)]) == 2
    assert "row a: model: no model 'nothing'" in capsys.readouterr().err
    assert not out.exists()


def test_sigterm_takes_the_training_along(held: Held, tmp_path: Path) -> None:
    work = tmp_path / "work"
    command = [sys.executable, "-m", "trucksight.benchmarks.strategies", str(held.pictures)]
    command += ["--plan", str(held.root / "plan.toml"), "--work", str(work)]
    with subprocess.Popen([*command, "--out", str(tmp_path / "out")]) as process:
        deadline, children = time.monotonic() + 60, list[int]()
        while not ((work / "mlp.log").exists() and children) and time.monotonic() < deadline:
            time.sleep(0.01)
            children = children_of(process.pid)
        (child,) = children
        process.terminate()
        assert process.wait(30) == 130
    assert not Path(f"/proc/{child}").exists()
    assert not (work / "mlp.json").exists()
