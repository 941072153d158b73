"""Engines are imported and replayed in processes of their own, so that a crash is an answer."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from trucksight.runtime.backends import BACKENDS
from trucksight.runtime.doctor.children import Answer, ask_python
from trucksight.runtime.doctor.software import (
    ENGINES,
    Engine,
    Python,
    Verified,
    VideoIO,
    read_engines,
    verify_default,
)
from trucksight.runtime.errors import BackendError

BUILD = """
  Video I/O:
    FFMPEG:                      YES
      avcodec:                   YES (62.28.101)
    GStreamer:                   NO
    v4l/v4l2:                    YES (linux/videodev2.h)
"""
BARE = Python("3.11.7", "x86_64", 64, {})
LITERT = Engine("litert", "ai_edge_litert.interpreter", "ai-edge-litert", "2.3.0", None)
OPENCV = Engine("opencv", "cv2", "opencv-python-headless", "4.12.0", None)
NO_ROWS = Answer('{"findings": []}', 2, "exit status 2")


def told(**fields: object) -> Answer:
    return Answer(f"a banner\n{json.dumps(fields)}\n", 0, None)


def nowhere(module: str) -> bool:
    return False


def test_the_engines_are_those_of_the_backends() -> None:
    ordinary = {name for name, row in BACKENDS.items() if not row.special}
    assert {row.engine for row in ENGINES} == ordinary - {"fake"}


def test_a_child_answers_on_stdout() -> None:
    assert ask_python("print(sys.argv[1:])", "a", "b") == Answer("['a', 'b']\n", 0, None)


def test_a_child_finds_modules_where_its_parent_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "only_here.py").write_text("print('found')\n")
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    assert ask_python("import only_here").stdout.strip() == "found"


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("import not_there_at_all", "ModuleNotFoundError: No module named 'not_there_at_all'"),
        ("sys.exit(3)", "exit status 3"),
        (
            "import os, signal; os.kill(os.getpid(), signal.SIGILL)",
            "the process was ended by SIGILL (Illegal instruction)",
        ),
    ],
)
def test_a_child_that_fails_says_why(code: str, fault: str) -> None:
    assert ask_python(code).fault == fault


def test_a_child_that_hangs_is_ended() -> None:
    answer = ask_python("import time; time.sleep(60)", timeout_s=0.2)
    assert (answer.status, answer.fault) == (None, "no answer in 0.2 s")


def test_a_python_that_does_not_start_is_no_engine_s_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/not/there")
    with pytest.raises(BackendError, match="'/not/there' does not start"):
        ask_python("pass")


def test_an_engine_tells_its_version_and_its_providers() -> None:
    python = Python("3.11.7", "x86_64", 64, {"onnxruntime": "1.31.1"})
    engines, _ = read_engines(
        lambda code, module: told(version="1.31.1", providers=["CPUExecutionProvider"]),
        python,
        nowhere,
    )
    assert engines == (
        Engine(
            "onnxruntime", "onnxruntime", "onnxruntime", "1.31.1", None, ("CPUExecutionProvider",)
        ),
    )


def test_opencv_tells_what_it_was_built_with() -> None:
    engines, video_io = read_engines(
        lambda code, module: told(version="5.0.0", build=BUILD), BARE, lambda name: name == "cv2"
    )
    assert engines == (Engine("opencv", "cv2", None, "5.0.0", None),)
    assert video_io == VideoIO(v4l2=True, ffmpeg=True, gstreamer=False)


def test_what_the_build_does_not_mention_is_unknown() -> None:
    _, video_io = read_engines(
        lambda code, module: told(version="5.0.0", build="GStreamer: YES (1.20.3)\n"),
        BARE,
        lambda name: name == "cv2",
    )
    assert video_io == VideoIO(v4l2=None, ffmpeg=None, gstreamer=True)


def test_a_crash_at_import_is_the_engine_s_fault() -> None:
    python = Python("3.11.7", "x86_64", 64, {"ai-edge-litert": "2.3.0"})
    crash = Answer("", -4, "the process was ended by SIGILL (Illegal instruction)")
    (engine,), _ = read_engines(lambda code, module: crash, python, nowhere)
    assert engine.version == "2.3.0"
    assert engine.fault == crash.fault


def test_a_silent_import_is_a_fault() -> None:
    python = Python("3.11.7", "x86_64", 64, {"ai-edge-litert": "2.3.0"})
    (engine,), _ = read_engines(lambda code, module: Answer("", 0, None), python, nowhere)
    assert engine.fault == "the import ended without an answer"


def test_what_is_not_installed_is_not_asked() -> None:
    def never(code: str, module: str) -> Answer:
        raise AssertionError(module)

    assert read_engines(never, BARE, nowhere) == ((), VideoIO(None, None, None))


def test_only_engines_that_import_are_replayed_and_each_once() -> None:
    asked = []

    def ask(code: str, engine: str) -> Answer:
        asked.append(engine)
        return NO_ROWS

    broken = Engine("onnxruntime", "onnxruntime", "onnxruntime", "1", "ImportError")
    assert verify_default(ask, (LITERT, LITERT, broken, OPENCV)) == ()
    assert asked == ["litert", "opencv"]


def test_without_opencv_nothing_is_replayed() -> None:
    crash = Answer("", -11, "the process was ended by SIGSEGV (Segmentation fault)")
    assert verify_default(lambda code, engine: crash, (LITERT,)) == ()


def test_a_replay_is_told_by_variant() -> None:
    rows = [
        {"what": "files", "engine": None, "ok": True, "detail": "index"},
        {"what": "int8", "engine": "ai-edge-litert 2.3.0", "ok": True, "detail": "6 pictures"},
        {"what": "fp32", "engine": None, "ok": False, "detail": "litert: too old"},
        {"what": "notes.txt", "engine": None, "ok": None, "detail": "not part of the bundle"},
    ]
    answer = Answer(json.dumps({"findings": rows}), 2, "exit status 2")

    def ask(code: str, engine: str) -> Answer:
        return answer if engine == "litert" else NO_ROWS

    assert verify_default(ask, (LITERT, OPENCV)) == (
        Verified("litert", "int8", True, "ai-edge-litert 2.3.0: 6 pictures"),
        Verified("litert", "fp32", False, "litert: too old"),
    )


def test_a_crash_while_replaying_fails_the_bundle() -> None:
    crash = Answer("", -11, "the process was ended by SIGSEGV (Segmentation fault)")
    assert verify_default(lambda code, engine: crash, (OPENCV,)) == (
        Verified("opencv", "bundle", False, f"opencv: {crash.fault}"),
    )


def test_this_python_is_read() -> None:
    python = Python.read()
    assert python.pointer_bits == (64 if sys.maxsize > 2**32 else 32)
    assert "numpy" in python.packages
