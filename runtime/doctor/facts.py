"""Everything that the checks look at, gathered once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .accelerators import Accelerator, read_accelerators
from .cameras import Camera, read_cameras
from .children import Ask, ask_python
from .machine import Machine
from .software import Engine, Python, Verified, VideoIO, read_engines, verify_default


@dataclass(frozen=True, slots=True)
class Facts:
    """A machine with what is installed on it."""

    machine: Machine
    python: Python
    engines: tuple[Engine, ...]
    """Those installed, whether they import or not."""
    video_io: VideoIO
    cameras: tuple[Camera, ...]
    verified: tuple[Verified, ...]
    """The shipped bundle on each engine that imports."""
    accelerators: tuple[Accelerator, ...] = ()
    wants_gstreamer: bool = False
    """The user asked whether GStreamer pipelines can be read."""


def gather(root: Path = Path("/"), ask: Ask = ask_python, wants_gstreamer: bool = False) -> Facts:
    """Read, import and replay; takes seconds, since every engine gets processes of its own.

    Args:
        root: where `proc`, `sys`, `dev` and `etc` are.
        ask: runs code in a child, see `children.ask_python`.
        wants_gstreamer: see `Facts`.
    """
    python = Python.read()
    engines, video_io = read_engines(ask, python)
    return Facts(
        machine=Machine.read(root),
        python=python,
        engines=engines,
        video_io=video_io,
        cameras=read_cameras(root),
        verified=verify_default(ask, engines),
        accelerators=read_accelerators(ask),
        wants_gstreamer=wants_gstreamer,
    )
