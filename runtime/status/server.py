"""The sink that others look at, and its HTTP server."""

from __future__ import annotations

import contextlib
import logging
import socket
import socketserver
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from http.server import ThreadingHTTPServer
from typing import Any

from ..decision import Decision, Frame
from ..errors import OutputError, UsageError
from ..events import Event
from ..notice import Notice
from ..region import Region
from .access import Access
from .address import Address
from .handler import Handler
from .metrics import metrics_writer
from .pictures import Live, Snapshots
from .record import Drops, Peers, Record, Watched

log = logging.getLogger(__name__)

CONNECTIONS = 16
"""Answered at once; one more is told to come again."""
CLOSE_S = 2.0
"""How long `close` waits for the answers that are on their way, seconds."""
POLL_S = 0.05
"""How soon `close` is noticed, seconds."""
_PEER_S = 10
"""A peer that acknowledges nothing for this long is gone, seconds."""
_BUSY = (
    b"HTTP/1.0 503 Service Unavailable\r\nContent-Type: text/plain\r\nRetry-After: 2\r\n"
    b"Content-Length: 21\r\nCache-Control: no-store\r\n\r\ntoo many connections\n"
)
_REFUSED_S = 1.0
"""A refused connection stays half open for this long, so that its answer arrives, seconds."""
_REFUSED = 64
"""And no more than so many of them do."""


class StatusServer:
    """Serves `/`, `/status.json`, `/live.mjpg`, `/snapshot/N.jpg`, `/healthz` and `/metrics`.

    Answers are made in threads of their own from what `frame` and `event` leave behind, so a
    viewer cannot hold up the loop.
    """

    def __init__(
        self,
        address: str = "127.0.0.1:8080",
        *,
        token: str | None = None,
        region: Region | None = None,
        ready_s: float = 5.0,
        clock_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        """Begin to listen.

        Args:
            address: `HOST:PORT`, or `PORT` on 127.0.0.1; port 0 takes any that is free.
            token: what a viewer must show; needed where other machines can come.
            region: outlined in the live picture.
            ready_s: `/healthz` is ok when the source gave something to decide on within this
                long, seconds.
            clock_ns: the clock of `Decision.decided_ns`.

        Raises:
            UsageError: an address, token or duration that cannot be meant.
            OutputError: the address cannot be listened on.
        """
        if not 0 < ready_s < float("inf"):
            raise UsageError(f"ready_s must be more than 0 seconds, not {ready_s!r}")
        wanted = Address.parse(address)
        self.access = Access(wanted, token)
        self.record = Record(ready_s, clock_ns)
        self.live = Live(region)
        self._metrics: Callable[[], bytes] | None = None
        self._closed = False

        class OurHandler(Handler):
            site = self

        try:
            self._http = _Server(wanted, OurHandler)
        except (OSError, UnicodeError) as exc:
            raise OutputError(f"cannot listen on {wanted.url}: {exc}") from exc
        self.snapshots = Snapshots()
        self.url = Address(wanted.host, self._http.server_address[1]).url
        """Where it listens, with the port that was taken."""
        self.name = f"http {self.url}"
        self._thread = threading.Thread(
            target=self._http.serve_forever, args=(POLL_S,), name="status-http", daemon=True
        )
        self._thread.start()

    def watch(self, source: Watched, pace: Drops | None = None, peers: Peers | None = None) -> None:
        """Show these counters; they are read whenever somebody asks.

        Args:
            source: its name is shown as it is, so it is to be one without a password.
            pace: what leaves further frames away.
            peers: gives what became of what other sinks were told, by name.
        """
        self.record.watch(source, pace, peers)

    def frame(self, frame: Frame, decision: Decision, event: Event | None) -> None:
        """See `Sink.frame`."""
        self.record.frame(decision, event)
        self.snapshots.frame(frame, decision, event)
        self.live.frame(frame, decision, event)

    def event(self, event: Event) -> None:
        """See `Sink.event`."""
        self.record.event(event)

    def notice(self, notice: Notice) -> None:
        """See `Sink.notice`."""
        self.record.notice(notice)

    def metrics(self) -> bytes:
        """What `/metrics` answers.

        Raises:
            MissingExtra: prometheus-client is not installed.
        """
        if self._metrics is None:
            self._metrics = metrics_writer(self.record.report)
        return self._metrics()

    def close(self) -> None:
        """Stop listening; what viewers still wait for is cut off after `CLOSE_S`."""
        if self._closed:
            return
        self._closed = True
        self.live.close()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()
        self.snapshots.close()


class _Server(ThreadingHTTPServer):
    """Bounded in connections, and never waiting for one of them."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: Address, handler: type[Handler]) -> None:
        if ":" in address.host:
            self.address_family = socket.AF_INET6
        self._free = threading.BoundedSemaphore(CONNECTIONS)
        self._changed = threading.Condition()
        self._open: set[socket.socket] = set()
        self._refused: deque[tuple[float, socket.socket]] = deque()
        """Until when to keep them, and they themselves."""
        super().__init__((address.host, address.port), handler)

    def server_bind(self) -> None:
        """Without the base class's look-up of its own name, which waits where there is no DNS."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._free.acquire(blocking=False):
            self._refuse(request)
            return
        with self._changed:
            self._open.add(request)
        try:
            _notice_silence(request)
            super().process_request(request, client_address)
        except BaseException:
            self._release(request)
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._release(request)

    def _release(self, request: socket.socket) -> None:
        with self._changed:
            self._open.discard(request)
            self._changed.notify_all()
        self._free.release()

    def _refuse(self, request: socket.socket) -> None:
        """Say so and go on; to close at once would take the answer back."""
        with contextlib.suppress(OSError):
            request.setblocking(False)
            request.send(_BUSY)
            request.shutdown(socket.SHUT_WR)
        self._refused.append((time.monotonic() + _REFUSED_S, request))
        if len(self._refused) > _REFUSED:
            self._refused.popleft()[1].close()

    def service_actions(self) -> None:
        """Called by `serve_forever` every `POLL_S`."""
        while self._refused and self._refused[0][0] <= time.monotonic():
            self._refused.popleft()[1].close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exc_info()[1]
        if isinstance(error, OSError):
            log.debug("%s went away: %s", client_address, error)
        else:
            log.error("a request could not be answered", exc_info=error)

    def server_close(self) -> None:
        super().server_close()
        with self._changed:
            if not self._changed.wait_for(lambda: not self._open, CLOSE_S):
                for request in self._open:
                    with contextlib.suppress(OSError):
                        request.shutdown(socket.SHUT_RDWR)
                self._changed.wait_for(lambda: not self._open, CLOSE_S)
        while self._refused:
            self._refused.popleft()[1].close()


def _notice_silence(connection: socket.socket) -> None:
    """Give up a peer that is gone without a word, as a phone that has left the network is."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, _PEER_S)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, _PEER_S)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _PEER_S * 1000)
