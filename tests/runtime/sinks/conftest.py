"""What the tests of the sinks share: a full disk, a real web server, sinks that use them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from trucksight.runtime.events import Event
from trucksight.runtime.sinks.mqtt import MqttSink
from trucksight.runtime.sinks.spool import Spool


@pytest.fixture
def event() -> Callable[[int], Event]:
    """Makes the event of a number."""
    return lambda number: Event(number, 0.5, 1.25, 0.875, 8, 1)


@pytest.fixture
def waiting(tmp_path: Path) -> Callable[[], int]:
    """Counts what waits in the spool of the test."""
    return lambda: len(list((tmp_path / "spool").iterdir()))


@pytest.fixture
def disk_size() -> str:
    """Of `small_disk`."""
    return "64k"


class Server:
    """A real HTTP server in a thread, which answers as told and remembers what it got."""

    HANG = 0
    """An answer that never comes."""

    def __init__(self) -> None:
        self.answers: list[int | tuple[int, str]] = []
        """Statuses, or statuses with a `Location`, for the next requests; afterwards 200."""
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        """Method, path, headers with names in small letters, body."""
        self._release = threading.Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                server.requests.append((self.command, self.path, headers, body))
                answer = server.answers.pop(0) if server.answers else 200
                status, location = answer if isinstance(answer, tuple) else (answer, "")
                if status == Server.HANG:
                    server._release.wait()
                    return
                self.send_response(status)
                if location:
                    self.send_header("Location", location)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST

            def log_message(self, format: str, *args: object) -> None:
                pass

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, request: object, client_address: object) -> None:
                pass

        self._server = Quiet(("127.0.0.1", 0), Handler)
        self.port: int = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self._up = True

    def stop(self) -> None:
        if self._up:
            self._up = False
            self._release.set()
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
    running = Server()
    yield running
    running.stop()


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., MqttSink]]:
    """Makes an MQTT sink with the spool of the test; one at a time."""
    made: list[MqttSink] = []

    def start(url: str, **options: Any) -> MqttSink:
        made.append(MqttSink(url, Spool(tmp_path / "spool", 1 << 20), **options))
        return made[-1]

    yield start
    for sink in made:
        sink.close()
