"""The light part that runs on the board: bundle and camera in, decisions and events out."""

from .bundle import Bundle, load_bundle
from .contract import InputContract, model_input
from .decision import Decision, Frame, Reason, Verdict
from .detector import Detector, default_bundle_path
from .errors import TrucksightError

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
