"""What the tests of the runtime share: pictures, clips, decisions, and what stands for systemd."""

from __future__ import annotations

import contextlib
import logging
import math
import os
import socket
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from trucksight.runtime.decision import Decision, Reason, Verdict
from trucksight.runtime.logs import LogHandler
from trucksight.runtime.opencv_messages import silence

Picture = npt.NDArray[np.uint8]

silence()

DEADLINE_S = 20.0
"""Far beyond what any step takes; only a failing test waits this long."""


def wait_until(condition: Callable[[], object], what: str = "it") -> None:
    """Return once `condition` holds; fail after the deadline."""
    end, tick = time.monotonic() + DEADLINE_S, threading.Event()
    while not condition():
        assert time.monotonic() < end, f"{what} did not happen within {DEADLINE_S} s"
        tick.wait(0.005)


@pytest.fixture(autouse=True)
def log_as_before() -> Iterator[None]:
    """What a run in this process has set up does not outlive its test."""
    logger, handlers = logging.getLogger("trucksight"), list(logging.root.handlers)
    level = logger.level
    yield
    logger.setLevel(level)
    for handler in [one for one in logging.root.handlers if isinstance(one, LogHandler)]:
        if handler not in handlers:
            logging.root.removeHandler(handler)
            handler.close()


@pytest.fixture(autouse=True)
def own_state(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was chosen for this machine does not reach the tests."""
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))


@pytest.fixture
def until() -> Callable[..., None]:
    return wait_until


def painted(red: int, width: int = 160, height: int = 90) -> Picture:
    """A picture whose probability under the fake bundle is red / 255, in a pattern of greens.

    Without a pattern it would be blank. Its squares are as large as a codec's blocks.
    """
    picture = np.full((height, width, 3), (90, 60, red), np.uint8)
    rows, columns = np.indices((height, width)) // 8
    picture[..., 1] += (80 * ((rows + columns) % 2)).astype(np.uint8)
    return picture


@pytest.fixture
def small_disk(tmp_path: Path, disk_size: str) -> Iterator[Path]:
    """A file system of its own, of `disk_size`."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={disk_size}", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(mount, capture_output=True).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("run as root to try this on a full disk")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def paint() -> Callable[..., Picture]:
    return painted


@pytest.fixture
def fake_bundle(make_bundle: Callable[..., Path]) -> Path:
    """A bundle's folder that only the fake backend reads."""
    return make_bundle()


@pytest.fixture
def picture_folder(tmp_path: Path) -> Path:
    """Two trucks, an empty road, and a text that calls itself a picture; sorted a, b, c, d."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name, red in (("a.png", 230), ("b.png", 30), ("c.png", 200)):
        cv2.imwrite(str(folder / name), painted(red))
    (folder / "d.jpg").write_text("this is no picture\n")
    return folder


@pytest.fixture
def clip(tmp_path: Path) -> Callable[..., Path]:
    """Writes a clip from the red of each of its frames."""

    def write(
        reds: list[int],
        name: str = "clip.avi",
        fps: float = 10.0,
        size_wh: tuple[int, int] = (160, 90),
    ) -> Path:
        path = tmp_path / name
        code = cv2.VideoWriter.fourcc(*("MJPG" if path.suffix == ".avi" else "mp4v"))
        writer = cv2.VideoWriter(str(path), code, fps, size_wh)
        assert writer.isOpened()
        for red in reds:
            writer.write(painted(red, *size_wh))
        writer.release()
        return path

    return write


@pytest.fixture
def decide() -> Callable[..., Decision]:
    """Makes a decision from one letter: T truck, N no truck, U unknown."""

    def make(letter: str, media_s: float = 0.0, **fields: Any) -> Decision:
        verdict = {"T": Verdict.TRUCK, "N": Verdict.NO_TRUCK, "U": Verdict.UNKNOWN}[letter]
        known = verdict is not Verdict.UNKNOWN
        defaults: dict[str, Any] = {
            "probability": {"T": 0.9, "N": 0.1, "U": math.nan}[letter],
            "reason": None if known else Reason.BLACK,
            "label": verdict.value if known else None,
            "detail": None if known else "all of the picture is dark",
            "sequence": 0,
            "captured_ns": 0,
            "decided_ns": 12_000_000,
            "name": None,
        }
        return Decision(verdict=verdict, media_s=media_s, **(defaults | fields))

    return make


class ServiceManager:
    """A real datagram socket where systemd has its own."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("\0" + address[1:] if address.startswith("@") else address)

    def told(self) -> list[list[str]]:
        """The messages since the last call, each as its lines."""
        messages = []
        with contextlib.suppress(BlockingIOError):
            while True:
                message = self._socket.recv(65536, socket.MSG_DONTWAIT)
                messages.append(message.decode().splitlines())
        return messages

    def go_away(self) -> None:
        self._socket.close()


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[ServiceManager]:
    manager = ServiceManager(str(tmp_path / "notify"))
    yield manager
    manager.go_away()


@pytest.fixture
def abstract_systemd() -> Iterator[ServiceManager]:
    manager = ServiceManager(f"@trucksight-test-{os.getpid()}-{uuid.uuid4().hex}")
    yield manager
    manager.go_away()
