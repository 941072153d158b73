"""TFLite files by a delegate: a shared library that takes operators off the processor.

The interpreter asks the library which operators it wants and runs the rest itself, be that all of
them, without a word. Here a delegate takes the whole model, or it is an error.
"""

from __future__ import annotations

import ctypes
import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..errors import BackendError
from ..native_output import STDERR, diverted
from .absence import PartMissing
from .litert import ENGINE, LiteRTBackend, tflite, undelegated

_ENTRY = "tflite_plugin_create_delegate"


class Library(NamedTuple):
    """A delegate's shared library, as this machine names it."""

    default: str
    """Looked for where the system's loader looks."""
    variable: str
    """Of the environment; gives another name, or a path."""
    cure: str
    """What brings it."""

    @property
    def name(self) -> str:
        """The name or path in effect."""
        return os.environ.get(self.variable) or self.default

    def check_present(self) -> None:
        """Refuse a library that does not load here.

        Raises:
            PartMissing: it is absent, is for another machine, or is no delegate.
        """
        fault = _fault(self.name)
        if fault:
            raise PartMissing(fault, self.cure)


class DelegateBackend(LiteRTBackend):
    """One interpreter whose whole model a delegate has taken."""

    def __init__(self, model: bytes, threads: int, library: str) -> None:
        """Load a model.

        Args:
            model: a TFLite file.
            threads: of the processor; a delegate that takes all needs none.
            library: name or path of the delegate's shared library.

        Raises:
            BackendError: the library makes no delegate, leaves operators to the processor, or takes
                the model and cannot run it.
        """
        total = len(undelegated(model)._get_ops_details())
        super().__init__(
            model,
            threads,
            engine=f"{ENGINE} with {Path(library).name}",
            experimental_delegates=[_load(library)],
            # XNNPACK would take what the delegate leaves, and look like it.
            experimental_op_resolver_type=tflite.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
        )
        left = operators_left(self._interpreter, total)
        if left:
            self.close()
            raise BackendError(
                f"{library} takes {total - left} of the model's {total} operators and leaves"
                f" {left} to the processor; run such a model with --backend litert"
            )
        try:
            self.run(np.zeros(self._input["shape"], np.uint8))
        except BackendError as exc:
            self.close()
            raise BackendError(
                f"{library} takes the model and cannot run it ({exc}); it may have been built for"
                f" another version than {ENGINE}"
            ) from exc


def operators_left(interpreter: Any, total: int) -> int:
    """How many of a model's own operators an interpreter still runs.

    An interpreter lists the operators of its model as before and, after them, one node for each
    part that a delegate took. What leads to the model's outputs is what runs.

    Args:
        interpreter: with its delegates applied.
        total: operators of the model, as listed before a delegate had it.
    """
    nodes = interpreter._get_ops_details()
    makers = {tensor: node for node in nodes for tensor in node["outputs"]}
    wanted = [details["index"] for details in interpreter.get_output_details()]
    running: set[int] = set()
    while wanted:
        node = makers.get(wanted.pop())
        if node is not None and node["index"] not in running:
            running.add(node["index"])
            wanted += list(node["inputs"])
    return sum(index < total for index in running)


def _load(library: str) -> Any:
    fault = _fault(library)  # the package's own class for it stumbles over a file that is absent
    if fault:
        raise BackendError(fault)
    try:
        with diverted((STDERR,)):
            return tflite.load_delegate(library)
    except (ValueError, RuntimeError) as exc:
        said = " ".join(str(exc).partition("\n")[2].split())[:200]
        raise BackendError(
            f"{library} makes no delegate: {said or 'it does not say why'}; is its device"
            " connected, and may this user open it?"
        ) from exc


def _fault(library: str) -> str | None:
    """Why a shared library is no delegate that loads here; None where it is."""
    try:
        found = hasattr(ctypes.CDLL(library), _ENTRY)
    except OSError as exc:
        return f"the library does not load: {exc}"
    return None if found else f"the library {library} is no TFLite delegate: it lacks {_ENTRY}"
