"""A Video4Linux camera, where the kernel can make one that a program feeds."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from trucksight.runtime.sources.live import LiveSource

PICTURE = "color=red:size=160x180[l];color=blue:size=160x180,noise=alls=20:allf=t[r];[l][r]hstack"


@pytest.fixture
def loopback() -> Iterator[str]:
    """A camera of 320x180, red on the left and a noisy blue on the right."""
    nodes = sorted(Path("/sys/devices/virtual/video4linux").glob("video*"))
    if not nodes:
        pytest.skip(
            "apt-get install v4l2loopback-dkms && modprobe v4l2loopback to try this with a camera"
        )
    if shutil.which("ffmpeg") is None:
        pytest.skip("apt-get install ffmpeg to try this with a camera")
    device = f"/dev/{nodes[0].name}"
    command = ["ffmpeg", "-nostdin", "-loglevel", "error", "-re", "-f", "lavfi", "-i", PICTURE]
    command += ["-r", "15", "-pix_fmt", "yuyv422", "-f", "v4l2", device]
    with subprocess.Popen(command) as feeder:
        yield device
        feeder.kill()


def test_a_camera_has_the_colours_that_it_was_fed_with(loopback: str) -> None:
    with LiveSource(loopback, seed=1) as source:
        frames = source.frames()
        image = next(frame.image_bgr for frame in frames if frame.image_bgr is not None)
        assert image.shape == (180, 320, 3)
        blue, green, red = (int(value) for value in image[90, 80])
        assert red > 180 > 60 > max(blue, green)
        blue, green, red = (int(value) for value in image[90, 240])
        assert blue > 180 > 80 > max(red, green)
