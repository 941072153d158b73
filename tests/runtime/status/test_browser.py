"""A real browser runs the page."""

from __future__ import annotations

import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from trucksight.runtime.decision import Reason
from trucksight.runtime.status import StatusServer

from .conftest import Clock, Feed, Serve

BROWSER = shutil.which("chromium")
pytestmark = pytest.mark.skipif(
    BROWSER is None, reason="apt-get install chromium to try this in a real browser"
)


def dom(url: str, folder: Path) -> str:
    assert BROWSER
    flags = "--headless=new --no-sandbox --disable-gpu --window-size=390,844"
    done = subprocess.run(
        [
            BROWSER,
            *flags.split(),
            f"--user-data-dir={folder / 'profile'}",
            f"--screenshot={folder / 'page.png'}",
            "--virtual-time-budget=4000",
            "--dump-dom",
            url,
        ],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (folder / "page.png").stat().st_size > 5000, done.stderr
    return done.stdout


def text_of(page: str, name: str) -> str:
    found = re.search(rf'id="{name}"[^>]*>([^<]*)<', page)
    assert found, page
    return found[1]


@contextmanager
def going_on(server: StatusServer, feed: Feed, clock: Clock) -> Iterator[None]:
    """One decision after the other: a browser's virtual time stands still while a picture loads."""
    ended = threading.Event()

    def run() -> None:
        while not ended.wait(0.02):
            clock.wait(0.2)
            feed(server, "T")

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def test_the_page_shows_a_truck(serve: Serve, feed: Feed, clock: Clock, tmp_path: Path) -> None:
    server = serve(token="correct-horse-battery")
    feed(server, "T")
    with going_on(server, feed, clock):
        page = dom(f"{server.url}?token=correct-horse-battery", tmp_path)
    assert text_of(page, "word") == "TRUCK"
    assert text_of(page, "probability") == "probability 0.90"
    assert 'id="alarm" role="alert" hidden' in page


def test_the_page_says_that_the_detector_is_silent_and_escapes(
    serve: Serve, feed: Feed, clock: Clock, tmp_path: Path
) -> None:
    server = serve()
    feed(server, "U", reason=Reason.UNREADABLE, detail="<img src=x onerror=alert(1)>")
    clock.wait(61)
    page = dom(server.url, tmp_path)
    assert text_of(page, "word") == "SILENT"
    assert text_of(page, "alarm") == "The detector is silent: no decision for 61 s."
    assert "&lt;img src=x" in page and "<img src=x" not in page
