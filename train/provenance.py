"""What numbers come from besides pictures and choices: packages, and our own code for pixels."""

from __future__ import annotations

import platform
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import cv2

from ..runtime import contract, picture

COMPUTE = ("keras", "tensorflow", "numpy")
"""Packages that decide on the last bit of a network."""
TRAINS = ("trucksight", "tensorflow", "keras", "numpy", "opencv-python-headless", "scikit-learn")
"""Packages that a training hangs on."""


def package_versions() -> dict[str, str]:
    """Of Python and those of `TRAINS` that are installed under that name."""
    found = {"python": platform.python_version()}
    for package in TRAINS:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def compute_versions() -> dict[str, str]:
    """Of what decides on the last bit: of pixels and of networks."""
    return {"opencv": cv2.__version__} | {name: version(name) for name in COMPUTE}


def code_hash(*files: Path) -> str:
    """Hash of files of ours, and of those that make an input of a picture."""
    every = (*(Path(str(one.__file__)) for one in (contract, picture)), *files)
    return sha256(b"".join(file.read_bytes() for file in every)).hexdigest()
