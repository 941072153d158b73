"""A delegate takes the whole model, or it is an error that says how much it left."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

pytest.importorskip("ai_edge_litert", reason="run: pip install 'trucksight[litert]'")

from trucksight.runtime import Bundle, load_bundle
from trucksight.runtime.__main__ import main
from trucksight.runtime.backends import absence, open_backend, unreadable
from trucksight.runtime.backends.absence import PartMissing
from trucksight.runtime.backends.delegates import DelegateBackend
from trucksight.runtime.backends.edgetpu import check_present, open_model
from trucksight.runtime.backends.litert import LiteRTBackend
from trucksight.runtime.detector import choose
from trucksight.runtime.errors import BackendError, BackendUnavailable
from trucksight.runtime.files import sha256_bytes

Build = Callable[..., Path]
Chain = Callable[..., bytes]
COMPILED = "edgetpu-custom-op"


def picture(first: int) -> npt.NDArray[np.uint8]:
    """What delegate.c gives `first` / 256 for, and two poolings 200 / 256."""
    pixels = np.full((1, 4, 4, 1), 200, np.uint8)
    pixels[0, 0, 0, 0] = first
    return pixels


def test_a_delegate_that_takes_all_decides(chain: Chain, delegate: Build) -> None:
    backend = DelegateBackend(chain(), 1, str(delegate()))
    assert backend.run(picture(64)) == 64 / 256
    assert backend.run(picture(32)) == 32 / 256
    assert backend.engine.startswith("ai-edge-litert ")
    assert backend.engine.endswith(" with libfirst_byte.so")


def test_the_same_model_on_the_processor_gives_another_score(chain: Chain) -> None:
    assert LiteRTBackend(chain(), 1).run(picture(64)) == 200 / 256


@pytest.mark.parametrize(
    ("definition", "taken", "left"), [("REFUSES", 0, 3), ("LEAVES=2", 1, 2), ("LEAVES=1", 2, 1)]
)
def test_a_delegate_that_leaves_operators_is_an_error(
    chain: Chain, delegate: Build, definition: str, taken: int, left: int
) -> None:
    library = delegate(definition)
    told = f"{library} takes {taken} of the model's 3 operators and leaves {left} to the processor"
    with pytest.raises(BackendError, match=told):
        DelegateBackend(chain(), 1, str(library))


def test_xnnpack_is_not_taken_for_the_delegate(
    convert: Callable[[str], bytes], delegate: Build
) -> None:
    model = convert("tflite-fp32")
    alone = LiteRTBackend(model, 1)
    assert "DELEGATE" in {node["op_name"] for node in alone._interpreter._get_ops_details()}
    with pytest.raises(BackendError, match=r"takes 0 of the model's [0-9]+ operators"):
        DelegateBackend(model, 1, str(delegate("REFUSES")))


def test_a_delegate_that_takes_a_real_model_decides(
    convert: Callable[[str], bytes], delegate: Build
) -> None:
    backend = DelegateBackend(convert("tflite-fp32"), 1, str(delegate()))
    assert backend.run(np.full((1, 32, 32, 3), 51, np.uint8)) == pytest.approx([0.2])


@pytest.mark.parametrize(
    ("definition", "said"),
    [
        ('NO_DEVICE="no such device"', "makes no delegate: no such device; is its device"),
        ('NO_DEVICE=""', "makes no delegate: it does not say why; is its device connected"),
        ("NEVER_RUNS", r"takes the model and cannot run it .* another version than ai-edge-litert"),
        ("FAILS", "with libfirst_byte.so cannot load this model: "),
    ],
)
def test_a_delegate_that_fails_is_named(
    chain: Chain, delegate: Build, definition: str, said: str
) -> None:
    library = delegate(definition)
    with pytest.raises(BackendError, match=said) as raised:
        DelegateBackend(chain(), 1, str(library))
    assert library.name in str(raised.value)


def test_a_library_that_is_absent_or_none_is_named(chain: Chain, tmp_path: Path) -> None:
    with pytest.raises(BackendError, match=r"does not load: libnowhere\.so: cannot open"):
        DelegateBackend(chain(), 1, "libnowhere.so")
    text = tmp_path / "text.so"
    text.write_text("no library")
    with pytest.raises(BackendError, match=r"text\.so: .*(ELF|short)"):
        DelegateBackend(chain(), 1, str(text))
    with pytest.raises(BackendError, match=r"libc\.so\.6 is no TFLite delegate: it lacks tflite_"):
        DelegateBackend(chain(), 1, "libc.so.6")
    gc.collect()  # what is half made must not complain when it goes: warnings are errors


def test_the_gpu_delegate_is_the_library_that_the_environment_names(
    chain: Chain, delegate: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRUCKSIGHT_GPU_DELEGATE", str(delegate()))
    backend = open_backend("tflite-gpu", chain())
    assert backend.run(picture(16)) == 16 / 256
    backend.close()


def test_without_its_library_the_gpu_delegate_is_absent(
    chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRUCKSIGHT_GPU_DELEGATE", "libnowhere.so")
    with pytest.raises(BackendUnavailable, match=r"tflite-gpu: .*libnowhere\.so.*; build //tensor"):
        open_backend("tflite-gpu", chain())


def test_an_edge_tpu_runs_what_was_compiled_for_it(
    chain: Chain, delegate: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRUCKSIGHT_EDGETPU_LIBRARY", str(delegate(name="libedgetpu.so.1")))
    backend = open_model(chain(COMPILED), 1)
    assert backend.run(picture(16)) == 16 / 256
    assert backend.engine.endswith(" with libedgetpu.so.1")


def test_an_edge_tpu_refuses_what_was_not(chain: Chain) -> None:
    said = "not compiled for an Edge TPU: no operator is edgetpu-custom-op; edgetpu_compiler"
    with pytest.raises(BackendError, match=said):
        open_model(chain(), 1)
    assert said in (unreadable("edgetpu", chain) or "")
    assert unreadable("edgetpu", lambda: chain(COMPILED)) is None
    assert unreadable("litert", chain) is None


def test_what_was_compiled_runs_nowhere_else(chain: Chain) -> None:
    with pytest.raises(BackendError, match=COMPILED):
        LiteRTBackend(chain(COMPILED), 1)


def test_an_edge_tpu_needs_its_library_and_a_device(
    delegate: Build, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TRUCKSIGHT_EDGETPU_LIBRARY", "libnowhere.so")
    gap = absence("edgetpu")
    assert gap is not None
    assert "libnowhere.so" in gap.why
    assert "libedgetpu1-std" in gap.cure
    monkeypatch.setenv("TRUCKSIGHT_EDGETPU_LIBRARY", str(delegate()))
    with pytest.raises(PartMissing, match="no Edge TPU is connected"):
        check_present(tmp_path)
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev" / "apex_0").touch()
    check_present(tmp_path)


@pytest.fixture
def two_variants(make_bundle: Callable[..., Path], chain: Chain) -> Bundle:
    """One as LiteRT reads it, and after it one that was compiled for an Edge TPU."""
    files = {"plain": chain(), "compiled": chain(COMPILED)}

    def change(index: dict[str, Any]) -> None:
        fake = index["variants"].pop("fake")
        for name, content in files.items():
            told = {"format": "tflite", "file": f"variants/{name}.tflite"}
            sizes = {"sha256": sha256_bytes(content), "size_bytes": len(content)}
            index["variants"][name] = {**fake, **told, **sizes}
        for picture in index["golden"]:
            picture["variants"] = dict.fromkeys(files, picture["variants"]["fake"])

    path = make_bundle(change)
    for name, content in files.items():
        (path / "variants" / f"{name}.tflite").write_bytes(content)
    return load_bundle(path)


def test_of_several_variants_the_compiled_one_is_for_the_edge_tpu(
    two_variants: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trucksight.runtime.detector.is_available", lambda name: True)
    assert choose(two_variants, None, "edgetpu")[0].name == "compiled"
    assert choose(two_variants, None, "litert")[0].name == "plain"


def test_verify_lists_what_the_edge_tpu_does_not_read(
    two_variants: Bundle, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("trucksight.runtime.verify_command.absence", lambda name: None)
    words = ["--variant", "plain", "--backend", "edgetpu"]
    assert main(["verify", str(two_variants.path), *words]) == 2
    out = capsys.readouterr().out
    assert "-       plain" in out
    assert "edgetpu: not compiled for an Edge TPU" in out
