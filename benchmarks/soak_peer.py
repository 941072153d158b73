"""A server for webhooks that is down a quarter of the time, so that events wait in the spool."""

from __future__ import annotations

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from ..runtime.closing import Closing

DOWN_S, PERIOD_S = 3.0, 12.0


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        down = time.monotonic() % PERIOD_S < DOWN_S
        self.send_response(503 if down else 204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


class Peer(Closing):
    """Use it as a context manager."""

    def __init__(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/events"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Serve no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
