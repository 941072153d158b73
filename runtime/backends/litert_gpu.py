"""TFLite files by LiteRT's own GPU accelerator: WebGPU over Vulkan, in ai-edge-litert's wheel.

It takes a whole model or refuses it, and computes in float32 here, also what the file says in
integers; why, and how far scores move by it, is in docs/decisions/0007-accelerators.md.
"""

from __future__ import annotations

import re
import traceback
from pathlib import Path
from typing import Any

import ai_edge_litert
import numpy as np
import numpy.typing as npt

from ..errors import BackendError
from ..native_output import STDERR, STDOUT, diverted
from . import vulkan
from .absence import PartMissing
from .litert import ENGINE, PACKAGE, check_input, dequantised, undelegated

__all__ = ["PACKAGE", "check_present", "open_model"]

_ACCELERATOR = "libLiteRtWebGpuAccelerator.so"
_ADAPTER = re.compile(r"Selected adapter: (?P<name>.+?), arch=.*adapterType=(?P<type>.+)")
_NEWER = "pip install 'ai-edge-litert>=2.3'"
_DRIVER = "install libvulkan1 and the Vulkan driver of the GPU"


class LiteRTGpuBackend:
    """One model compiled for the GPU, with its buffers."""

    _compiled: Any = None

    def __init__(self, model: bytes, software: bool = False) -> None:
        """Compile a model.

        Args:
            model: a TFLite file.
            software: whether a Vulkan driver that computes on the processor will do.

        Raises:
            BackendError: it does not compile for the GPU as a whole, or got no GPU.
        """
        details = undelegated(model)
        operators = len(details._get_ops_details())
        self._input = details.get_input_details()[0]
        self._output = details.get_output_details()[0]
        check_input(self._input)
        self.engine = f"{ENGINE} GPU"
        with diverted((STDOUT, STDERR)) as log:
            try:
                self._compile(model)
                adapter, is_software = _adapter(_text(log))
                self.engine += f" ({adapter})"
                if is_software and not software:
                    raise BackendError(
                        f"asked for the GPU, got {adapter}, which is the processor; {_DRIVER}, or"
                        " run with --backend litert"
                    )
                if not self._compiled.is_fully_accelerated():
                    raise BackendError(
                        f"{adapter} leaves some of the model's {operators} operators to the"
                        " processor; run such a model with --backend litert"
                    )
                # The GPU's programs are made in the first run: seconds that no frame should wait.
                self.run(np.zeros(self._input["shape"], np.uint8))
            except (ValueError, RuntimeError) as exc:
                traceback.clear_frames(exc.__traceback__)  # what they hold tells when it goes
                self._drop()
                if isinstance(exc, BackendError):
                    raise
                raise BackendError(_why_not(_text(log), str(exc), operators)) from exc

    def run(self, pixels_rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """See `Backend.run`."""
        if self._compiled is None:
            raise BackendError("the backend is closed")
        expected = tuple(int(side) for side in self._input["shape"])
        if pixels_rgb.shape != expected:  # the buffer would take any bytes that it has room for
            raise BackendError(
                f"{self.engine} refuses the picture: its shape is {pixels_rgb.shape}, not"
                f" {expected}"
            )
        try:
            self._inputs[0].write(np.asarray(pixels_rgb, np.uint8))
            self._compiled.run_by_index(0, self._inputs, self._outputs)
            shape, kind = self._output["shape"], self._output["dtype"]
            raw = np.array(self._outputs[0].read(int(np.prod(shape)), kind)).reshape(shape)
        except (ValueError, RuntimeError) as exc:
            raise BackendError(f"{self.engine} refuses the picture: {exc}") from exc
        return dequantised(raw[0], self._output)

    def close(self) -> None:
        """See `Backend.close`."""
        with diverted((STDERR,)):  # it tells of each thing that it takes down
            self._drop()

    def _compile(self, model: bytes) -> None:
        # Imported here: a package that is too old for them is to be told of by `check_present`.
        from ai_edge_litert.compiled_model import CompiledModel
        from ai_edge_litert.hardware_accelerator import HardwareAccelerator
        from ai_edge_litert.options import GpuOptions, Options

        options = Options(
            hardware_accelerators=HardwareAccelerator.GPU,
            gpu_options=GpuOptions(enforce_f32=True),
        )
        self._compiled = CompiledModel.from_buffer(model, options=options)
        self._inputs = self._compiled.create_input_buffers(0)
        self._outputs = self._compiled.create_output_buffers(0)

    def _drop(self) -> None:
        self._inputs = self._outputs = ()
        self._compiled = None


def check_present() -> None:
    """Refuse a machine without LiteRT's accelerator, or without a GPU that Vulkan lists.

    Raises:
        PartMissing: either is absent.
    """
    if not (Path(ai_edge_litert.__file__).parent / _ACCELERATOR).exists():
        raise PartMissing(f"{ENGINE} has no GPU accelerator ({_ACCELERATOR})", _NEWER)
    listed = vulkan.devices()
    if listed is None:
        raise PartMissing("no Vulkan is installed (libvulkan.so.1)", _DRIVER)
    if all(device.software for device in listed):
        names = ", ".join(device.name for device in listed)
        raise PartMissing(
            f"Vulkan lists no GPU, only the processor: {names}" if names else "Vulkan lists no GPU",
            _DRIVER,
        )


def open_model(model: bytes, threads: int) -> LiteRTGpuBackend:
    """Load a TFLite flatbuffer."""
    return LiteRTGpuBackend(model)


def _text(log: Any) -> str:
    log.seek(0)
    return str(log.read().decode(errors="replace"))


def _adapter(log: str) -> tuple[str, bool]:
    """The device that LiteRT took, and whether it is the processor.

    LiteRT tells it in its log only. Where it does not, a machine with a software driver may have
    got that one.
    """
    told = _ADAPTER.search(log)
    if told:
        return told["name"], "CPU" in told["type"]
    listed = vulkan.devices() or ()
    return "a device it does not name", any(device.software for device in listed)


def _why_not(log: str, message: str, operators: int) -> str:
    if "No adapters found" in log:
        return (
            "LiteRT finds no GPU that it can use: there is none, or its Vulkan driver is too old;"
            f" {_DRIVER}"
        )
    if "modify graph" in message:
        return (
            f"LiteRT's GPU accelerator does not take all of the model's {operators} operators;"
            " run such a model with --backend litert"
        )
    return f"LiteRT's GPU accelerator cannot load this model: {' '.join(message.split())[:200]}"
