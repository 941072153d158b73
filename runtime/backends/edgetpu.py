"""TFLite files that edgetpu_compiler has compiled, on a Coral Edge TPU.

The compiler puts what it could map into one operator that carries the Edge TPU's code
(coral.ai/docs/edgetpu/compiler); the delegate runs these operators and no others.
"""

from __future__ import annotations

from pathlib import Path

from ..edge_tpus import edge_tpus
from ..errors import BackendError
from .absence import PartMissing
from .delegates import DelegateBackend, Library
from .litert import PACKAGE, undelegated

__all__ = ["LIBRARY", "PACKAGE", "check_present", "open_model", "unreadable"]

LIBRARY = Library(
    "libedgetpu.so.1",
    "TRUCKSIGHT_EDGETPU_LIBRARY",
    "install Coral's libedgetpu1-std (coral.ai/software), or set TRUCKSIGHT_EDGETPU_LIBRARY to"
    " the path of the library",
)
_OPERATOR = "edgetpu-custom-op"


def check_present(root: Path = Path("/")) -> None:
    """Refuse a machine without Coral's library, or without an Edge TPU.

    Raises:
        PartMissing: either is absent.
    """
    LIBRARY.check_present()
    if not edge_tpus(root):
        raise PartMissing(
            "no Edge TPU is connected: neither /dev/apex_* nor one on USB", "connect one"
        )


def unreadable(model: bytes) -> str | None:
    """Why the Edge TPU cannot run a model; None where it can.

    Raises:
        BackendError: it is no TFLite file.
    """
    if any(one["op_name"] == _OPERATOR for one in undelegated(model)._get_ops_details()):
        return None
    return (
        f"not compiled for an Edge TPU: no operator is {_OPERATOR}; edgetpu_compiler compiles an"
        " int8 model, on x86-64 only"
    )


def open_model(model: bytes, threads: int) -> DelegateBackend:
    """Load a compiled TFLite flatbuffer."""
    fault = unreadable(model)
    if fault:
        raise BackendError(f"the model is {fault}")
    return DelegateBackend(model, threads, LIBRARY.name)
