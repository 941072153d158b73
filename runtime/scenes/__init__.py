"""Seeded road pictures and clips with ground truth."""

from .clip import ClipFrame, Passage, SceneClip
from .picture import ScenePicture, render_picture
from .sheet import contact_sheet
from .truth import VehicleBox
from .writing import write_clip, write_pictures

__all__ = [
    "ClipFrame",
    "Passage",
    "SceneClip",
    "ScenePicture",
    "VehicleBox",
    "contact_sheet",
    "render_picture",
    "write_clip",
    "write_pictures",
]
