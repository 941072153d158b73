"""kill -9 at any point of an export leaves the old bundle or the new one, whole."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from trucksight.runtime import Detector, load_bundle

KILLED = """
import os, signal, sys
from importlib import import_module
from trucksight.runtime.__main__ import main

where, function, calls, when = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
module = import_module(where)
before = getattr(module, function)

def counting(*arguments, **named):
    global calls
    calls -= 1
    if calls == 0 and when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    result = before(*arguments, **named)
    if calls == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return result

setattr(module, function, counting)
sys.exit(main(sys.argv[5:]))
"""

POINTS = [
    ("trucksight.export.making", "judge", 1, "before", "folder", "old"),
    ("trucksight.export.bundle_writer", "seal_document", 1, "before", "folder", "old"),
    ("trucksight.export.bundle_writer", "write_atomically", 3, "after", "folder", "old"),
    ("trucksight.runtime.files", "exchange", 1, "before", "folder", "old"),
    ("trucksight.runtime.files", "exchange", 1, "after", "folder", "new"),
    ("trucksight.export.bundle_writer", "write_atomically", 1, "before", "zip", "old"),
    ("os", "fsync", 1, "after", "zip", "old"),
    ("trucksight.export.bundle_writer", "write_atomically", 1, "after", "zip", "new"),
]


@pytest.fixture(scope="module")
def old(export: Callable[..., int], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("old")
    found = {"folder": folder / "bundle", "zip": folder / "bundle.zip"}
    for path in found.values():
        assert export(path, "--variants", "onnx-fp32", "--name", "old") == 0
    return found


@pytest.mark.parametrize(("module", "function", "calls", "when", "kind", "left"), POINTS)
def test_a_killed_export_leaves_one_whole_bundle(
    old: dict[str, Path],
    run_path: Path,
    gate_data: Path,
    tmp_path: Path,
    module: str,
    function: str,
    calls: int,
    when: str,
    kind: str,
    left: str,
) -> None:
    target = tmp_path / old[kind].name
    (shutil.copytree if kind == "folder" else shutil.copy)(old[kind], target)
    arguments = [module, function, str(calls), when, "export", str(run_path), "--out", str(target)]
    arguments += ["--gate-data", str(gate_data), "--variants", "onnx-fp32"]
    arguments += ["--name", "new", "--overwrite"]
    child = [sys.executable, "-W", "ignore", "-c", KILLED, *arguments]
    done = subprocess.run(child, check=False, capture_output=True, timeout=300)
    assert done.returncode == -signal.SIGKILL, done.stderr[-500:]
    bundle = load_bundle(target)
    assert bundle.name == left
    bundle.check_files()
    with Detector(bundle) as detector:
        assert detector.variant.name == "onnx-fp32"
