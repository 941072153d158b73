"""A real camera's MJPEG over HTTP, from the standard library and OpenCV, for the tests.

python mjpeg_server.py PORT    # serves http://127.0.0.1:PORT/live.mjpg until killed
"""

from __future__ import annotations

import itertools
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import cv2
import numpy as np

FPS = 15


def picture(number: int) -> bytes:
    """A JPEG of 320x180, red on the left and blue on the right, above a strip of noise."""
    image = np.zeros((180, 320, 3), np.uint8)
    image[:, :160, 2] = image[:, 160:, 0] = 255
    image[120:] = np.random.default_rng(number).integers(0, 256, (60, 320, 1), np.uint8)
    return cv2.imencode(".jpg", image)[1].tobytes()


class Camera(BaseHTTPRequestHandler):
    """Gives every viewer a stream that does not end."""

    def do_GET(self) -> None:
        """Answer with one part after another."""
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=picture")
        self.end_headers()
        for number in itertools.count():
            jpeg = picture(number)
            head = f"--picture\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
            self.wfile.write(head.encode() + jpeg + b"\r\n")
            time.sleep(1 / FPS)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Camera).serve_forever()
