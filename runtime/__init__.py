"""The light part that runs on the board: bundle and camera in, decisions and events out.

Names are imported when first used, so `trucksight --help` does not wait for OpenCV on a board.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .bundle import Bundle, load_bundle
    from .contract import InputContract, model_input
    from .decision import Decision, Frame, Reason, Verdict
    from .detector import Detector, default_bundle_path
    from .errors import TrucksightError

_MODULES = {
    "Bundle": ".bundle",
    "Decision": ".decision",
    "Detector": ".detector",
    "Frame": ".decision",
    "InputContract": ".contract",
    "Reason": ".decision",
    "TrucksightError": ".errors",
    "Verdict": ".decision",
    "default_bundle_path": ".detector",
    "load_bundle": ".bundle",
    "model_input": ".contract",
}

__all__ = [
    "Bundle",
    "Decision",
    "Detector",
    "Frame",
    "InputContract",
    "Reason",
    "TrucksightError",
    "Verdict",
    "default_bundle_path",
    "load_bundle",
    "model_input",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_MODULES[name], __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
