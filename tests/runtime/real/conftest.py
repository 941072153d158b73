"""Real runs, and the real servers and disks that they meet."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from ..conftest import DEADLINE_S, wait_until


def json_lines(path: Path) -> list[dict[str, Any]]:
    """Its whole lines; one that is being written is left for the next time."""
    text = path.read_bytes() if path.exists() else b""
    return [json.loads(line) for line in text[: text.rfind(b"\n") + 1].splitlines()]


class Run:
    """A real `trucksight run`, and what it has said so far."""

    def __init__(
        self,
        folder: Path,
        decisions: Path,
        events: Path,
        options: Sequence[object],
        environment: Mapping[str, str],
    ) -> None:
        folder.mkdir()
        self.decisions_path, self.events_path = decisions, events
        self._out, self._err = folder / "stdout", folder / "stderr"
        command = [sys.executable, "-m", "trucksight.runtime", "run", "--json"]
        command += ["--decisions", str(decisions), "--events", str(events), *map(str, options)]
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(
                command, stdout=out, stderr=err, env={**os.environ, **environment}
            )

    @property
    def decisions(self) -> list[dict[str, Any]]:
        """One a line, oldest first."""
        return json_lines(self.decisions_path)

    def history(self, path: Path) -> bytes:
        """A file of the run after those that it was rotated into, oldest first."""
        older = (path.with_name(f"{path.name}.{number}") for number in (4, 3, 2, 1))
        return b"".join(file.read_bytes() for file in (*older, path) if file.exists())

    @property
    def events(self) -> list[dict[str, Any]]:
        """Those that have ended, oldest first; no notices."""
        return [line for line in json_lines(self.events_path) if "event" in line]

    @property
    def said(self) -> str:
        """All of stdout and stderr."""
        return self._out.read_text() + self._err.read_text()

    def until(self, condition: Callable[[], object], what: str = "it") -> None:
        """Wait for it while the run lives."""

        def holds() -> object:
            assert self.process.poll() is None, self.said
            return condition()

        wait_until(holds, what)

    def decides(self, more: int = 3) -> None:
        """Wait for some more decisions on pictures."""
        before = len(self.judged())
        self.until(lambda: len(self.judged()) >= before + more, "a decision on a picture")

    def judged(self) -> list[dict[str, Any]]:
        """The decisions that say truck or no truck."""
        return [one for one in self.decisions if one["verdict"] != "unknown"]

    def lost(self) -> list[dict[str, Any]]:
        """The decisions that say that the source is lost."""
        return [one for one in self.decisions if one["reason"] == "lost"]

    def kill(self) -> None:
        """As a power cut does."""
        self.process.kill()
        self.process.wait()

    def event_ids(self) -> list[str]:
        return [event["id"] for event in self.events]

    def wait(self) -> dict[str, Any]:
        """Wait for its end, which must be a good one; the summary."""
        assert self.process.wait(DEADLINE_S) == 0, self.said
        document: dict[str, Any] = json.loads(self._out.read_text())
        assert document["captured"] == document["decided"] + sum(document["dropped"].values())
        return document

    def stop(self) -> dict[str, Any]:
        """Send SIGTERM; the summary."""
        self.process.send_signal(signal.SIGTERM)
        return self.wait()


@pytest.fixture
def start(fake_bundle: Path, tmp_path: Path) -> Iterator[Callable[..., Run]]:
    """Starts runs of the fake bundle; killed after the test."""
    started: list[Run] = []

    def call(
        *options: object,
        decisions: Path | None = None,
        events: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Run:
        folder = tmp_path / f"run-{len(started)}"
        started.append(
            Run(
                folder,
                decisions or folder / "decisions",
                events or folder / "events",
                ["--bundle", fake_bundle, *options],
                environment or {},
            )
        )
        return started[-1]

    yield call
    for run in started:
        run.kill()


@pytest.fixture
def two_events_a_second() -> tuple[str, ...]:
    """Options that make every stretch of good pictures an event."""
    return (
        *("--source", "fault:good*4,black*3"),
        *("--enter-s", "0", "--leave-s", "0.1", "--blind-s", "0.1"),
        *("--enter-probability", "0", "--leave-probability", "0"),
    )


@pytest.fixture
def waiting() -> Callable[[Path], list[tuple[int, str]]]:
    """What waits in the spool of a broker, in the order of the names: key and event."""

    def read(spool: Path) -> list[tuple[int, str]]:
        paths = sorted(spool.glob("mqtt/*.msg"))
        return [(int(path.stem), json.loads(path.read_bytes())["id"]) for path in paths]

    return read


@pytest.fixture
def capture_pids() -> Callable[[Run], list[int]]:
    """The processes that a run has started and that live."""

    def find(run: Run) -> list[int]:
        threads = Path(f"/proc/{run.process.pid}/task").glob("*/children")
        return [int(child) for thread in threads for child in thread.read_text().split()]

    return find


@pytest.fixture(scope="session")
def rtsp_command() -> list[str]:
    """What starts the RTSP server, its port to follow."""
    program = str(Path(__file__).with_name("rtsp_server.py"))
    for python in ("/usr/bin/python3", sys.executable):
        with contextlib.suppress(OSError):
            if subprocess.run([python, program], capture_output=True).returncode == 0:
                return [python, program]
    pytest.skip(
        "apt-get install python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-base"
        " gstreamer1.0-plugins-good gstreamer1.0-plugins-ugly to try this"
    )


@pytest.fixture
def rtsp_server(rtsp_command: list[str], start_server: Callable[..., Any]) -> Callable[..., Any]:
    """Starts a real RTSP server of `/live`, open to all or with user and password."""

    def call(*credentials: str) -> Any:
        return start_server(
            lambda port: [*rtsp_command, str(port), *credentials], "the RTSP server"
        )

    return call


@pytest.fixture
def broker(start_broker: Callable[..., Any]) -> Any:
    """A broker in whose memory there is room for a long night."""
    return start_broker("allow_anonymous true", "max_queued_messages 0")


class Listener:
    """A second client of a broker, which remembers the events that it gets."""

    def __init__(self, port: int) -> None:
        mqtt = pytest.importorskip(
            "paho.mqtt.client", reason="pip install 'trucksight[mqtt]' to try this"
        )
        version = mqtt.CallbackAPIVersion.VERSION2
        self.events: list[dict[str, Any]] = []
        """As they came, with those that came twice."""
        self._ready = threading.Event()
        self._client = mqtt.Client(version, "listener", clean_session=False)
        self._client.on_connect = lambda client, *_: client.subscribe("gate/event", qos=1)
        self._client.on_subscribe = lambda *_: self._ready.set()
        self._client.on_message = lambda client, userdata, message: self.events.append(
            json.loads(message.payload)
        )
        self._client.reconnect_delay_set(1, 1)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        assert self._ready.wait(DEADLINE_S), "the broker did not take the subscription"

    def ids(self) -> list[str]:
        """Of the events, in the order in which each came first."""
        return list(dict.fromkeys(event["id"] for event in list(self.events)))

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
        del self._client  # it closes its sockets when nobody has it


@pytest.fixture
def listener(broker: Any) -> Iterator[Listener]:
    made = Listener(broker.port)
    yield made
    made.close()


@pytest.fixture
def disk_size() -> str:
    """Of `small_disk`."""
    return "4m"


class WallClock:
    """Sets the wall clock of a run, and leaves all of its other clocks alone."""

    def __init__(self, library: Path, shift: Path) -> None:
        self._shift = shift
        self.set(0)
        self.environment = {"LD_PRELOAD": str(library), "WALL_CLOCK": str(shift)}

    def set(self, seconds: int) -> None:
        """To so many seconds ahead of the true time."""
        with self._shift.open("r+b" if self._shift.exists() else "wb") as file:
            file.write(struct.pack("q", seconds))


@pytest.fixture
def wall_clock(tmp_path: Path) -> WallClock:
    library = tmp_path / "wall_clock.so"
    source = Path(__file__).with_name("wall_clock.c")
    command = ["cc", "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("apt-get install gcc libc6-dev to try this")
    return WallClock(library, tmp_path / "wall_clock")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Cameras and servers that must be back in time have the machine for themselves."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.alone)
