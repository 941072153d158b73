"""Every backend keeps the one contract, on a real small model."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from trucksight.runtime.backends import BACKENDS, Backend, absence, available_backends, open_backend
from trucksight.runtime.backends.fake import MODEL
from trucksight.runtime.errors import BackendError, BackendUnavailable, UnknownBackend

VARIANT = {
    "litert": "tflite-int8",
    "onnxruntime": "onnx-fp32",
    "opencv": "onnx-fp32",
    "onnxruntime-cuda": "onnx-fp32",
    "onnxruntime-tensorrt": "onnx-fp32",
    "litert-gpu": "tflite-fp32",
    "tflite-gpu": "tflite-fp32",
}
SIDE = 32


@pytest.fixture(scope="session")
def models(convert: Callable[[str], bytes]) -> dict[str, bytes]:
    """One model a backend, from a fitted truck CNN of 32 pixels."""
    return {"fake": MODEL} | {name: convert(variant) for name, variant in VARIANT.items()}


@pytest.fixture(params=list(BACKENDS))
def name(request: pytest.FixtureRequest) -> str:
    backend: str = request.param
    gap = absence(backend)
    if gap:
        pytest.skip(gap.told_of(backend))
    if backend == "edgetpu":
        pytest.skip("compile a model of 32 pixels with edgetpu_compiler to try this")
    return backend


@pytest.fixture
def backend(name: str, models: dict[str, bytes]) -> Backend:
    return open_backend(name, models[name])


def pixels(seed: int) -> npt.NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (1, SIDE, SIDE, 3), np.uint8)


def test_a_score_is_a_probability(backend: Backend) -> None:
    for seed in range(5):
        score = backend.run(pixels(seed))
        assert score.shape == (1,)
        assert score.dtype == np.float32
        assert 0 <= score[0] <= 1


def test_the_same_picture_gets_the_same_score(backend: Backend) -> None:
    first = backend.run(pixels(1))
    backend.run(pixels(2))
    assert np.array_equal(backend.run(pixels(1)), first)


def test_the_caller_owns_the_score(backend: Backend) -> None:
    first = backend.run(pixels(1))
    kept = first.copy()
    first[:] = 7
    assert np.array_equal(backend.run(pixels(1)), kept)


@pytest.mark.parametrize("shape", [(1, 5, 5, 3), (1, SIDE, SIDE, 1), (SIDE, SIDE, 3)])
def test_a_picture_of_another_shape_is_refused(
    name: str, backend: Backend, shape: tuple[int, ...]
) -> None:
    if name == "fake" and len(shape) == 4:
        pytest.skip("the fake has no size")
    with pytest.raises(BackendError):
        backend.run(np.zeros(shape, np.uint8))


def test_after_a_refusal_it_goes_on(backend: Backend) -> None:
    before = backend.run(pixels(1))
    with pytest.raises(BackendError):
        backend.run(np.zeros((SIDE, SIDE, 3), np.uint8))
    assert np.array_equal(backend.run(pixels(1)), before)


def test_it_closes_twice_and_then_refuses(backend: Backend) -> None:
    backend.close()
    backend.close()
    with pytest.raises(BackendError, match="closed"):
        backend.run(pixels(1))


@pytest.mark.parametrize("content", [b"", b"this is no model", bytes(4096)])
def test_what_is_no_model_is_refused(name: str, content: bytes) -> None:
    with pytest.raises(BackendError):
        open_backend(name, content)


def test_it_names_its_engine(name: str, backend: Backend) -> None:
    assert backend.engine
    assert name == "fake" or any(digit.isdigit() for digit in backend.engine)


def test_it_writes_nothing_on_the_terminal(
    name: str, models: dict[str, bytes], capfd: pytest.CaptureFixture[str]
) -> None:
    backend = open_backend(name, models[name])
    backend.run(pixels(1))
    backend.close()
    assert capfd.readouterr() == ("", "")


def test_an_unknown_name_tells_the_known_ones() -> None:
    with pytest.raises(UnknownBackend, match="known: litert, onnxruntime, opencv, onnx"):
        open_backend("tensorrt", b"")


def test_an_engine_that_is_absent_says_what_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    row = BACKENDS["onnxruntime"]._replace(module=".absent")
    monkeypatch.setitem(BACKENDS, "onnxruntime", row)
    assert "onnxruntime" not in available_backends()
    with pytest.raises(BackendUnavailable, match=r"run: pip install 'trucksight\[onnx\]'"):
        open_backend("onnxruntime", b"")


@pytest.mark.parametrize("name", ["onnxruntime-cuda", "onnxruntime-tensorrt"])
def test_a_gpu_that_onnxruntime_is_not_built_for_is_never_replaced_by_the_processor(
    name: str,
) -> None:
    if name in available_backends():
        pytest.skip("this build of onnxruntime has it")
    with pytest.raises(BackendUnavailable, match=r"run: pip install 'trucksight\[onnx-gpu\]'"):
        open_backend(name, b"")


# ONNX Runtime warns and goes on; nobody reads that on a pole.
@pytest.mark.filterwarnings("ignore:Specified provider 'CUDAExecutionProvider'")
def test_a_provider_that_falls_back_is_an_error(models: dict[str, bytes]) -> None:
    ort = pytest.importorskip("onnxruntime", reason="run: pip install 'trucksight[onnx]'")
    if "CUDAExecutionProvider" in ort.get_available_providers():
        pytest.skip("this build of onnxruntime has it")
    from trucksight.runtime.backends.onnxruntime import OnnxRuntimeBackend

    with pytest.raises(BackendError, match="asked for CUDAExecutionProvider, got CPU"):
        OnnxRuntimeBackend(models["onnxruntime"], 1, provider="CUDAExecutionProvider")


def test_engines_agree_on_one_model(models: dict[str, bytes]) -> None:
    pytest.importorskip("onnxruntime", reason="run: pip install 'trucksight[onnx]'")
    ort, dnn = (open_backend(name, models[name]) for name in ("onnxruntime", "opencv"))
    for seed in range(5):
        assert ort.run(pixels(seed))[0] == pytest.approx(dnn.run(pixels(seed))[0], abs=1e-4)


def test_threads_of_onnx_runtime_sleep_where_spinning_cannot_be_bounded() -> None:
    pytest.importorskip("onnxruntime", reason="run: pip install 'trucksight[onnx]'")
    from trucksight.runtime.backends.onnxruntime import SPIN_US, _waiting

    assert _waiting("1.25.1") == {"session.intra_op.allow_spinning": "0"}
    newer = _waiting("1.26.0")
    assert newer["session.intra_op.spin_duration_us"] == str(SPIN_US)
    assert newer["session.force_spinning_stop"] == "1"
