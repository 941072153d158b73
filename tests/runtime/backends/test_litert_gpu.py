"""LiteRT's GPU accelerator, compiled and run for real by a Vulkan driver on the processor.

Each in a process of its own: the driver's LLVM and TensorFlow's do not go into one.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("ai_edge_litert.compiled_model", reason="pip install 'ai-edge-litert>=2.3'")

from trucksight.runtime.backends import litert_gpu, open_backend, vulkan
from trucksight.runtime.backends.absence import PartMissing
from trucksight.runtime.backends.vulkan import Device
from trucksight.runtime.errors import BackendError

SCRIPT = """
import json, sys
import numpy as np
from trucksight.runtime.backends.litert_gpu import LiteRTGpuBackend
from trucksight.runtime.errors import BackendError

def scores(model, software):
    backend = LiteRTGpuBackend(model, software)
    numbers = [backend.run(np.load(path)).tolist() for path in sys.argv[3:]]
    try:
        backend.run(np.zeros((1, 5, 5, 3), np.uint8))
    except BackendError as exc:
        refusal = str(exc)
    backend.close()
    backend.close()
    return {"scores": numbers, "engine": backend.engine, "refusal": refusal}

model = open(sys.argv[1], "rb").read()
try:
    told = scores(model, sys.argv[2] == "software")
except BackendError as exc:
    told = {"error": str(exc)}
print(json.dumps(told))
"""
NEEDS = "a Vulkan driver that computes on the processor, not older than Mesa 23, to try this"


@pytest.fixture
def on_gpu(tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Runs a model on pictures, and gives what came of it; skips without a driver."""
    if not any(device.software for device in vulkan.devices() or ()):
        pytest.skip(f"apt-get install libvulkan1 mesa-vulkan-drivers: {NEEDS}")

    def run(model: bytes, software: bool, pictures: list[Any]) -> dict[str, Any]:
        (tmp_path / "model.tflite").write_bytes(model)
        for number, one in enumerate(pictures):
            np.save(tmp_path / f"{number}.npy", one)
        paths = [str(tmp_path / f"{number}.npy") for number in range(len(pictures))]
        command = [sys.executable, "-c", SCRIPT, str(tmp_path / "model.tflite")]
        command += ["software" if software else "hardware", *paths]
        ran = subprocess.run(command, check=True, capture_output=True, text=True)
        assert len(ran.stdout.splitlines()) == 1, "the engine wrote on stdout"
        told: dict[str, Any] = json.loads(ran.stdout)
        if "finds no GPU" in told.get("error", ""):
            pytest.skip(NEEDS)
        return told

    return run


@pytest.mark.parametrize("variant", ["tflite-fp32", "tflite-int8"])
def test_it_scores_as_the_processor_does(
    variant: str, convert: Callable[[str], bytes], on_gpu: Callable[..., dict[str, Any]]
) -> None:
    model = convert(variant)
    rng = np.random.default_rng(1)
    pictures = [rng.integers(0, 256, (1, 32, 32, 3), np.uint8) for _ in range(3)]
    told = on_gpu(model, True, pictures)
    processor = open_backend("litert", model)
    expected = [processor.run(one).tolist() for one in pictures]
    assert np.array(told["scores"]) == pytest.approx(np.array(expected), abs=5e-3)
    assert told["engine"].startswith("ai-edge-litert ")
    assert "llvmpipe" in told["engine"] or "SwiftShader" in told["engine"]
    assert told["refusal"].endswith("its shape is (1, 5, 5, 3), not (1, 32, 32, 3)")


def test_the_processor_is_no_gpu(
    convert: Callable[[str], bytes], on_gpu: Callable[..., dict[str, Any]]
) -> None:
    listed = vulkan.devices() or ()
    if not all(device.software for device in listed):
        pytest.skip("this machine has a GPU")
    told = on_gpu(convert("tflite-fp32"), False, [])
    assert "asked for the GPU, got" in told["error"]
    assert "which is the processor" in told["error"]


def test_what_it_does_not_take_whole_is_refused(
    chain: Callable[..., bytes], on_gpu: Callable[..., dict[str, Any]]
) -> None:
    told = on_gpu(chain("edgetpu-custom-op"), True, [])
    assert "accelerator" in told["error"]


@pytest.mark.parametrize(
    ("listed", "why"),
    [
        (None, "no Vulkan is installed"),
        ((), "Vulkan lists no GPU"),
        ((Device("llvmpipe", True),), "Vulkan lists no GPU, only the processor: llvmpipe"),
    ],
)
def test_without_a_gpu_it_is_absent(
    listed: tuple[Device, ...] | None, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vulkan, "devices", lambda: listed)
    with pytest.raises(PartMissing, match=why):
        litert_gpu.check_present()


def test_with_a_gpu_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    both = (Device("llvmpipe", True), Device("V3D 7.1", False))
    monkeypatch.setattr(vulkan, "devices", lambda: both)
    litert_gpu.check_present()


@pytest.mark.parametrize("content", [b"", b"this is no model", bytes(4096)])
def test_what_is_no_model_is_refused(content: bytes) -> None:
    with pytest.raises(BackendError):
        litert_gpu.open_model(content, 1)


LINE = "I0000 environment.cc:532] Selected adapter: {}, arch=x, vendor=y, backend=Vulkan, {}\n"


@pytest.mark.parametrize(
    ("log", "listed", "expected"),
    [
        (LINE.format("V3D 7.1.7", "adapterType=Integrated GPU"), (), ("V3D 7.1.7", False)),
        (
            LINE.format("llvmpipe (LLVM)", "adapterType=CPU / Software"),
            (),
            ("llvmpipe (LLVM)", True),
        ),
        ("", (Device("V3D", False),), ("a device it does not name", False)),
        ("", (Device("V3D", False), Device("p", True)), ("a device it does not name", True)),
    ],
)
def test_the_device_is_read_from_the_log(
    log: str,
    listed: tuple[Device, ...],
    expected: tuple[str, bool],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(vulkan, "devices", lambda: listed)
    assert litert_gpu._adapter(log) == expected
