"""A soak finds a leak that was planted, passes without one, and leaves no process behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from trucksight.benchmarks.soak_watch import children_of
from trucksight.runtime.backends import available_backends

SOAK = (sys.executable, "-m", "trucksight.benchmarks.soak")
MINUTES = "0.14"

pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(
        not {"litert", "onnxruntime"} & set(available_backends()), reason="no engine is installed"
    ),
]


def soak(tmp_path: Path, *arguments: str) -> tuple[subprocess.CompletedProcess[str], dict]:
    report = tmp_path / "soak.json"
    command = [*SOAK, "--minutes", MINUTES, "--only", "fast", "--json", str(report), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    return done, json.loads(report.read_text())


def test_it_passes_without_a_leak(tmp_path: Path) -> None:
    done, report = soak(tmp_path)
    if done.returncode == 1:  # one honest run in twenty or so; two in a row are none
        done, report = soak(tmp_path)
    assert done.returncode == 0, done.stderr
    assert report["passed"]
    (growth,) = report["growth"]
    assert growth["per_frame"]["low"] <= 0 <= growth["per_frame"]["high"]
    assert report["programs"]["fast"]["summary"]["decided"] > 500
    assert {check["what"] for check in report["checks"]} >= {
        *("descriptors", "threads", "children", "processes left", "written, MB", "lines"),
        *("captured = decided + dropped", "memory of the loop process"),
    }


def test_it_finds_a_leak(tmp_path: Path) -> None:
    """In eight seconds one of 32 KiB a frame; `make soak-selftest` takes a minute for 1 KiB."""
    done, report = soak(tmp_path, "--plant-leak", str(32 * 1024))
    assert done.returncode == 1
    assert "memory of the loop process" in done.stderr
    (growth,) = report["growth"]
    assert growth["per_frame"]["low"] > 0
    assert 20_000 < growth["per_frame"]["value"] < 50_000
    failed = [check["what"] for check in report["checks"] if not check["passed"]]
    assert failed == ["memory of the loop process"]


def descendants(pid: int) -> set[int]:
    found = set(children_of(pid))
    return found.union(*(descendants(child) for child in found))


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_and_its_children(number: signal.Signals) -> None:
    command = [*SOAK, "--minutes", "5", "--only", "fault"]
    with subprocess.Popen(
        command,
        stderr=subprocess.PIPE,
        text=True,
        # A shell that runs the tests in its background has children ignore SIGINT.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        killer = threading.Timer(90, process.kill)  # so that a failure does not wait for the end
        killer.start()
        deadline_s = time.monotonic() + 60
        family: set[int] = set()
        while len(family) < 2 and process.poll() is None and time.monotonic() < deadline_s:
            os.sched_yield()
            family = descendants(process.pid)
        assert len(family) == 2, "the program and its capture process"
        process.send_signal(number)
        _, said = process.communicate()
        killer.cancel()
    assert process.returncode == 130
    assert said == "soak: interrupted\n"
    assert not [pid for pid in family if alive(pid)]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--minutes", "0"), "a soak takes 5 seconds to a week, not 0 s"),
        (("--plant-leak", "-1"), "a planted leak has 0 to 1048576 bytes, not -1"),
    ],
)
def test_what_cannot_be_meant_is_one_line(arguments: tuple[str, ...], says: str) -> None:
    done = subprocess.run([*SOAK, *arguments], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert done.stderr == f"soak: {says}\n"
