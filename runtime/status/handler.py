"""Answers one request: who asks, for what, and the answer."""

from __future__ import annotations

import io
import json
import logging
import re
import socket
import time
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any, Protocol
from urllib.parse import parse_qs

from ..errors import MissingExtra
from .access import Access
from .as_json import as_json
from .page import PAGE, POLICY
from .pictures import Live, LivePicture, Snapshots
from .record import Record

log = logging.getLogger(__name__)

READ_S = 5.0
"""A request's head must be here within this long, seconds."""
SEND_S = 5.0
"""A viewer must take an answer, or one live picture, within this long, seconds."""
LIVE_VIEWERS = 8
"""Live pictures at once; the other connections are kept for the short answers."""
_QUIET_S = 1.0
"""While no picture comes, how often to see whether the viewer is still there, seconds."""
_BOUNDARY = b"trucksight-picture"
_SNAPSHOT = re.compile(r"/snapshot/([1-9][0-9]{0,8})\.jpg")
_HEADERS = (
    ("Content-Security-Policy", POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-store"),
)
_ASK = (
    "A token is needed: send 'Authorization: Bearer TOKEN', or open /?token=TOKEN once.\n"
    "If you have just come from a link with one, load the page again.\n"
)


class Site(Protocol):
    """What the answers are made of."""

    record: Record
    live: Live
    snapshots: Snapshots
    access: Access

    def metrics(self) -> bytes:
        """Raises `MissingExtra` where they cannot be had."""
        ...


class Handler(BaseHTTPRequestHandler):
    """One request on one connection, which is closed afterwards."""

    site: Site
    server_version = "trucksight"
    sys_version = ""

    def setup(self) -> None:
        super().setup()
        self.rfile = io.BufferedReader(_Punctual(self.connection, READ_S))

    def do_GET(self) -> None:
        self.connection.settimeout(SEND_S)
        path, _, query = self.path.partition("?")
        if self._refuses(path, query):
            return
        answer = self._answers().get(path)
        snapshot = _SNAPSHOT.fullmatch(path)
        if answer:
            answer()
        elif snapshot:
            self._snapshot(int(snapshot[1]))
        else:
            self._text(HTTPStatus.NOT_FOUND, "there is nothing here\n")

    do_HEAD = do_GET

    def _answers(self) -> dict[str, Callable[[], None]]:
        return {
            "/": self._page,
            "/status.json": self._status,
            "/live.mjpg": self._live,
            "/healthz": self._health,
            "/metrics": self._metrics,
        }

    def _refuses(self, path: str, query: str) -> bool:
        """Answer where the request is not to be served."""
        access = self.site.access
        if not access.knows_host(self.headers.get("Host")):
            self._text(HTTPStatus.MISDIRECTED_REQUEST, "this server has another name\n")
        elif "Transfer-Encoding" in self.headers or self.headers.get("Content-Length", "0") != "0":
            self._text(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "no request body is taken\n")
        elif self._shows_token(query) and (path in self._answers() or _SNAPSHOT.fullmatch(path)):
            self._answer(
                HTTPStatus.SEE_OTHER,
                "text/plain; charset=utf-8",
                b"",
                {"Location": path, "Set-Cookie": access.cookie()},
            )
        elif not access.allows(self.headers.get("Authorization"), self.headers.get("Cookie")):
            self._text(HTTPStatus.UNAUTHORIZED, _ASK, {"WWW-Authenticate": "Bearer"})
        else:
            return False
        return True

    def _shows_token(self, query: str) -> bool:
        try:
            given = parse_qs(query, max_num_fields=8).get("token", [])
        except ValueError:
            return False
        return len(given) == 1 and self.site.access.is_token(given[0])

    def _page(self) -> None:
        self._answer(HTTPStatus.OK, "text/html; charset=utf-8", PAGE.encode())

    def _status(self) -> None:
        status = as_json(self.site.record.report(), self.site.snapshots.version)
        self._answer(HTTPStatus.OK, "application/json", json.dumps(status).encode())

    def _health(self) -> None:
        why = self.site.record.report().not_ready
        code = HTTPStatus.SERVICE_UNAVAILABLE if why else HTTPStatus.OK
        self._text(code, f"{why or 'ok'}\n")

    def _metrics(self) -> None:
        try:
            text = self.site.metrics()
        except MissingExtra as exc:
            self._text(HTTPStatus.NOT_IMPLEMENTED, f"{exc}\n")
            return
        self._answer(HTTPStatus.OK, "text/plain; version=0.0.4; charset=utf-8", text)

    def _snapshot(self, number: int) -> None:
        jpeg = self.site.snapshots.jpeg(number, SEND_S)
        if jpeg is None:
            self._text(HTTPStatus.NOT_FOUND, "there is no picture of this event\n")
        else:
            self._answer(HTTPStatus.OK, "image/jpeg", jpeg)

    def _live(self) -> None:
        content_type = f"multipart/x-mixed-replace; boundary={_BOUNDARY.decode()}"
        if self.command == "HEAD":
            self._answer(HTTPStatus.OK, content_type, b"", {})
            return
        with self.site.live.watch() as following:
            if self.site.live.viewers > LIVE_VIEWERS:
                self._text(HTTPStatus.SERVICE_UNAVAILABLE, "too many watch already\n")
                return
            self._head(HTTPStatus.OK, content_type, {})
            self.wfile.write(b"--" + _BOUNDARY + b"\r\n")
            try:
                while True:
                    picture = following(_QUIET_S)
                    if _has_left(self.connection):
                        return
                    if picture:
                        self.wfile.write(_part(picture))
            except EOFError:
                return

    def _text(self, code: HTTPStatus, text: str, headers: dict[str, str] | None = None) -> None:
        self._answer(code, "text/plain; charset=utf-8", text.encode(), headers)

    def _answer(
        self,
        code: HTTPStatus,
        content_type: str,
        content: bytes,
        headers: dict[str, str] | None = None,
    ) -> None:
        self._head(code, content_type, {"Content-Length": str(len(content)), **(headers or {})})
        if self.command != "HEAD":
            self.wfile.write(content)

    def _head(self, code: HTTPStatus, content_type: str, headers: dict[str, str]) -> None:
        self.send_response(code)
        self.send_header("Content-Type", content_type)
        for name, value in (*_HEADERS, *headers.items()):
            self.send_header(name, value)
        self.end_headers()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What the base class says to a request it cannot read, without repeating any of it."""
        self.connection.settimeout(SEND_S)
        self._text(HTTPStatus(code), f"{HTTPStatus(code).phrase}\n", {"Allow": "GET, HEAD"})

    def log_message(self, format: str, *args: Any) -> None:
        """Quietly: a page asks every second, and its address may hold a token."""

    def log_error(self, format: str, *args: Any) -> None:
        log.debug("%s: %s", self.address_string(), format % args)


class _Punctual(io.RawIOBase):
    """Reads a socket up to a moment, however slowly the bytes drip."""

    def __init__(self, connection: socket.socket, limit_s: float) -> None:
        self._connection = connection
        self._until_s = time.monotonic() + limit_s

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._connection.settimeout(max(0.001, self._until_s - time.monotonic()))
        return self._connection.recv_into(buffer)


def _part(picture: LivePicture) -> bytes:
    """One picture and the boundary after it: a browser shows a part when it knows its end."""
    jpeg = picture.jpeg()
    head = f"Content-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
    return head.encode() + jpeg + b"\r\n--" + _BOUNDARY + b"\r\n"


def _has_left(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        return not connection.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    finally:
        connection.settimeout(SEND_S)
