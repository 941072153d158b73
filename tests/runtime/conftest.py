"""What the tests of the runtime share: pictures, clips, decisions, programs to talk to."""

from __future__ import annotations

import contextlib
import logging
import math
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
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


def pick_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def free_port() -> Callable[[], int]:
    return pick_port


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Server:
    """A program that listens on a port of its own, and can be killed and started again."""

    def __init__(self, command: Callable[[int], Sequence[str]], name: str) -> None:
        self.port = pick_port()
        self._command, self._name = command(self.port), name
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            self._command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # one that hangs must not be taken for a job that was stopped
        )
        wait_until(lambda: answers(self.port), f"the start of {self._name}")

    def hang(self) -> None:
        """Keep its connections and say nothing, as behind a cable that is pulled."""
        if self._process:
            self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """After `hang`."""
        if self._process:
            self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None


@pytest.fixture
def start_server() -> Iterator[Callable[..., Server]]:
    """Starts a program that gets its port; killed after the test."""
    with contextlib.ExitStack() as stack:

        def call(command: Callable[[int], Sequence[str]], name: str) -> Server:
            server = Server(command, name)
            stack.callback(server.kill)
            server.start()
            return server

        yield call


class Broker(Server):
    """A real mosquitto, which remembers its clients over a kill."""

    def __init__(self, program: str, folder: Path, settings: Sequence[str]) -> None:
        config = folder / "mosquitto.conf"
        super().__init__(lambda port: [program, "-c", str(config)], "mosquitto")
        self.memory = folder / "mosquitto.db"
        lines = (
            f"listener {self.port} 127.0.0.1",
            "user root",
            "persistence true",
            f"persistence_location {folder}/",
            "autosave_on_changes true",
            "autosave_interval 1",
            *settings,
        )
        config.write_text("\n".join(lines) + "\n")


@pytest.fixture
def start_broker(tmp_path: Path) -> Iterator[Callable[..., Broker]]:
    """Starts a broker with lines of configuration; killed after the test."""
    program = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    if program is None:
        pytest.skip("apt-get install mosquitto to try this with a real broker")
    started: list[Broker] = []

    def start(*settings: str) -> Broker:
        folder = tmp_path / f"broker-{len(started)}"
        folder.mkdir()
        started.append(Broker(program, folder, settings or ("allow_anonymous true",)))
        started[-1].start()
        return started[-1]

    yield start
    for broker in started:
        broker.kill()


@pytest.fixture
def broker(start_broker: Callable[..., Broker]) -> Broker:
    return start_broker()
