"""The last tflite-runtime, with NumPy 1 and OpenCV 4, runs what its operators allow."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def trucksight_there(peer_python: Callable[[str], Path]) -> Callable[..., tuple[int, str]]:
    """Runs `trucksight` in an environment with tflite-runtime; gives status and output."""
    command = peer_python("tflite-runtime").with_name("trucksight")

    def run(*args: object) -> tuple[int, str]:
        told = subprocess.run(
            [command, *map(str, args)], capture_output=True, text=True, timeout=120
        )
        return told.returncode, told.stdout + told.stderr

    return run


def test_the_shipped_int8_model_is_verified(
    trucksight_there: Callable[..., tuple[int, str]],
) -> None:
    status, told = trucksight_there("verify", "default", "--variant", "tflite-int8")
    assert status == 0, told
    assert "tflite-runtime 2.14" in told
    assert "what was measured is what runs" in told
