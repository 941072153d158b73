"""Looking inside a trained model: what its layers cost, what they see, and where it looks."""

from .gradcam import Maps, grad_cam
from .subject import Subject, load_subject

__all__ = ["Maps", "Subject", "grad_cam", "load_subject"]
