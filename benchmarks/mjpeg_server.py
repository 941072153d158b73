"""A network camera: prepared JPEGs as a stream over HTTP, at a steady rate; a process of its own.

    python -m trucksight.benchmarks.mjpeg_server FOLDER --fps 15

Prints its address once it listens, and ends when its standard input does. What it sends is ready,
so it costs next to nothing; pictures that a client is too slow for are lost, as with a camera.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

BOUNDARY = "frame"


class _Camera(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, pictures: list[bytes], fps: float) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.pictures, self.fps = pictures, fps


class _Handler(BaseHTTPRequestHandler):
    server: _Camera

    def do_GET(self) -> None:
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.send_response(200)
        self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={BOUNDARY}")
        self.end_headers()
        begun_s, period_s = time.monotonic(), 1 / self.server.fps
        with contextlib.suppress(ConnectionError):
            for number, jpeg in enumerate(itertools.cycle(self.server.pictures)):
                time.sleep(max(0.0, begun_s + number * period_s - time.monotonic()))
                # The next boundary goes with the picture it ends: nobody waits for it.
                start = f"--{BOUNDARY}\r\n" if number == 0 else ""
                head = f"{start}Content-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
                self.wfile.write(head.encode() + jpeg + f"\r\n--{BOUNDARY}\r\n".encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


def main() -> None:
    """Serve until standard input ends."""
    parser = argparse.ArgumentParser(prog="mjpeg_server")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--fps", type=float, default=15.0)
    args = parser.parse_args()
    pictures = [path.read_bytes() for path in sorted(args.folder.glob("*.jpg"))]
    if not pictures:
        sys.exit(f"{args.folder} has no *.jpg")
    server = _Camera(pictures, args.fps)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_address[1]}/stream.mjpg", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
