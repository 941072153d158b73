"""What is measured is everything that can be; what cannot is listed with its cure."""

from __future__ import annotations

import pytest

from trucksight.benchmarks.suite.plan import all_threads, plan
from trucksight.benchmarks.suite.results import Cell
from trucksight.runtime import default_bundle_path, load_bundle
from trucksight.runtime.backends import BACKENDS, is_available
from trucksight.runtime.detector import default_threads, processors
from trucksight.runtime.errors import UnknownVariant, UsageError

BUNDLE = load_bundle(default_bundle_path())


def test_every_variant_meets_every_engine_that_reads_it() -> None:
    cells, absent = plan(BUNDLE, threads=(1, 2))
    expected = {
        Cell(variant.name, name, threads)
        for name, row in BACKENDS.items()
        if name != "fake" and not row.special and is_available(name)
        for variant in BUNDLE.variants.values()
        if variant.format in row.formats
        for threads in (1, 2)
    }
    assert {cell for cell in cells if not BACKENDS[cell.backend].special} == expected
    assert expected
    named = {cell.backend for cell in cells} | {one.what for one in absent}
    assert named >= set(BACKENDS) - {"fake"}


def test_what_is_absent_has_a_reason_and_mostly_a_cure() -> None:
    _, absent = plan(BUNDLE)
    assert all(one.why for one in absent)
    cures = {one.what: one.cure for one in absent}
    if not is_available("onnxruntime-cuda"):
        assert cures["onnxruntime-cuda"] == "pip install 'trucksight[onnx-gpu]'"


def test_a_library_that_is_absent_is_named_with_what_brings_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not is_available("litert"):
        pytest.skip("run: pip install 'trucksight[litert]'")
    monkeypatch.setenv("TRUCKSIGHT_GPU_DELEGATE", "libnowhere.so")
    monkeypatch.setenv("TRUCKSIGHT_EDGETPU_LIBRARY", "libnowhere.so")
    _, absent = plan(BUNDLE)
    told = {one.what: one for one in absent}
    for name, cure in (("tflite-gpu", "bazel"), ("edgetpu", "libedgetpu1-std")):
        assert "libnowhere.so" in told[name].why
        assert cure in (told[name].cure or "")


def test_an_edge_tpu_measures_only_what_was_compiled_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not is_available("litert"):
        pytest.skip("run: pip install 'trucksight[litert]'")
    monkeypatch.setattr("trucksight.benchmarks.suite.plan.absence", lambda name: None)
    cells, absent = plan(BUNDLE, backends=("litert", "edgetpu"))
    assert {cell.backend for cell in cells} == {"litert"}
    (gap,) = absent
    assert gap.what == "tflite-int8 on edgetpu"
    assert "not compiled for an Edge TPU" in gap.why


def test_threads_default_to_one_and_the_default() -> None:
    cells, _ = plan(BUNDLE, backends=("opencv",))
    assert {cell.threads for cell in cells} == {1, default_threads()}


def test_all_threads_end_with_all_processors() -> None:
    assert all_threads()[0] == 1
    assert all_threads()[-1] == processors()
    assert default_threads() in all_threads()


@pytest.mark.parametrize(
    ("asked", "error", "words"),
    [
        ({"backends": ("hailo",)}, UsageError, "no backend hailo; known: litert"),
        ({"threads": (2, 0)}, UsageError, "1 or more, not 0"),
        ({"variants": ("none",)}, UnknownVariant, "none"),
        (
            {"variants": ("tflite-int8",), "backends": ("opencv",)},
            UsageError,
            "nothing of this bundle can be measured",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(
    asked: dict[str, tuple[str, ...]], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        plan(BUNDLE, **asked)  # type: ignore[arg-type]
