"""`trucksight doctor` prints facts and findings, and its exit status says whether one is wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

from trucksight.runtime.__main__ import main
from trucksight.runtime.doctor import CHECKS, Facts
from trucksight.runtime.doctor.cameras import Camera, Mode


@pytest.fixture
def gathered(monkeypatch: pytest.MonkeyPatch, healthy: Facts) -> dict[str, Facts]:
    """The facts under the key `facts` are those of the machine."""
    held = {"facts": healthy}

    def gather(wants_gstreamer: bool = False) -> Facts:
        return replace(held["facts"], wants_gstreamer=wants_gstreamer)

    monkeypatch.setattr("trucksight.runtime.doctor.gather", gather)
    return held


def test_a_healthy_machine_ends_with_0(
    gathered: dict[str, Facts], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert "board        Standard PC" in out
    assert "temperature  unknown" in out
    assert "engines      litert       ai-edge-litert 2.3.0" in out
    assert out.strip().endswith("nothing wrong, nothing slow")


def test_what_is_wrong_ends_with_1_and_has_a_cure(
    gathered: dict[str, Facts], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", "--gstreamer"]) == 1
    out = capsys.readouterr().out
    assert "wrong  no-gstreamer: OpenCV was built without GStreamer" in out
    assert "cure:" in out
    assert out.strip().endswith("1 wrong, nothing slow")


def test_what_is_slow_ends_with_0(
    gathered: dict[str, Facts], healthy: Facts, capsys: pytest.CaptureFixture[str]
) -> None:
    gathered["facts"] = replace(healthy, machine=replace(healthy.machine, available_mib=20))
    assert main(["doctor"]) == 0
    assert capsys.readouterr().out.strip().endswith("nothing wrong, 1 slow")


def test_a_camera_is_told_with_its_largest_pictures(
    gathered: dict[str, Facts], healthy: Facts, capsys: pytest.CaptureFixture[str]
) -> None:
    modes = (Mode("MJPG", 1920, 1080, 30.0), Mode("MJPG", 640, 480, 30.0))
    cameras = (
        Camera("/dev/video0", "USB Camera", 480.0, modes, None),
        Camera("/dev/video1", "USB Camera", 480.0, (), None),
        Camera("/dev/video2", None, None, None, "Device or resource busy"),
    )
    gathered["facts"] = replace(healthy, cameras=cameras)
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert "/dev/video0  USB Camera: MJPG 1920x1080\n" in out
    assert "/dev/video1  USB Camera: does not capture" in out
    assert "/dev/video2  unknown: formats unknown: Device or resource busy" in out


def test_json_is_one_document_with_null_for_unknown(
    gathered: dict[str, Facts], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", "--json"]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert document["healthy"] is True
    assert document["findings"] == []
    assert document["machine"]["throttled"] is None
    assert document["engines"][1]["providers"] == ["AzureExecutionProvider", "CPUExecutionProvider"]


def test_it_imports_no_engine_and_not_even_numpy() -> None:
    code = (
        "import sys\n"
        "from trucksight.runtime.doctor import gather\n"
        "from trucksight.runtime.doctor.children import Answer\n"
        "import trucksight.runtime.doctor_command\n"
        "gather(ask=lambda code, *arguments: Answer('', 1, 'not asked'))\n"
        "print({'numpy', 'cv2', 'onnxruntime', 'ai_edge_litert'} & set(sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_this_machine_is_examined(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["doctor", "--json"])
    document = json.loads(capsys.readouterr().out)
    assert status == (0 if document["healthy"] else 1)
    assert {one["name"] for one in document["findings"]} <= set(CHECKS)
    assert any(one["ok"] for one in document["verified"])
