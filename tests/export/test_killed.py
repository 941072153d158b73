"""kill -9 at any point of an export leaves the old bundle or the new one, whole."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from trucksight.runtime import Detector, load_bundle

KILLED = """
import json, os, signal, sys
from importlib import import_module
import ai_edge_litert.interpreter, keras, onnx, onnxruntime, sklearn.metrics, tensorflow, tf2onnx
import trucksight.export.exporting, trucksight.export.plots
from trucksight.runtime.__main__ import main

def export(where, function, calls, when, words):
    module = import_module(where)
    before = getattr(module, function)

    def counting(*arguments, **named):
        nonlocal calls
        calls -= 1
        if calls == 0 and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = before(*arguments, **named)
        if calls == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(module, function, counting)
    sys.exit(main(words))

for line in sys.stdin:
    child = os.fork()
    if not child:
        os.dup2(2, 1)
        export(*json.loads(line))
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
"""For each line of its stdin one export in a process of its own, whose exit status it prints.

What they import is imported once, before any of them.
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


@pytest.fixture(scope="module")
def killed_export(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[..., tuple[int, str]]]:
    """Exports and is killed at a point; gives its exit status and the end of what was said."""
    said = tmp_path_factory.mktemp("killed") / "said"
    with (
        said.open("w") as stderr,
        subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", KILLED],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        ) as process,
    ):
        assert process.stdin
        assert process.stdout
        stdin, stdout = process.stdin, process.stdout

        def call(*point_and_words: object) -> tuple[int, str]:
            print(json.dumps(point_and_words), file=stdin, flush=True)
            status = stdout.readline()
            assert status, said.read_text()[-500:]
            return int(status), said.read_text()[-500:]

        yield call


@pytest.mark.parametrize(("module", "function", "calls", "when", "kind", "left"), POINTS)
def test_a_killed_export_leaves_one_whole_bundle(
    old: dict[str, Path],
    killed_export: Callable[..., tuple[int, str]],
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
    words = ["export", str(run_path), "--out", str(target), "--gate-data", str(gate_data)]
    words += ["--variants", "onnx-fp32", "--name", "new", "--overwrite"]
    status, said = killed_export(module, function, calls, when, words)
    assert status == -signal.SIGKILL, said
    bundle = load_bundle(target)
    assert bundle.name == left
    bundle.check_files()
    with Detector(bundle) as detector:
        assert detector.variant.name == "onnx-fp32"
