"""`trucksight run` on a live source, with peers, as a user calls it."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from trucksight.runtime.__main__ import main

TRUCK = "fault:good*75,end"
"""Five seconds, in which one red truck drives by."""


@pytest.fixture
def run(fake_bundle: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., dict[str, Any]]:
    def call(*options: object) -> dict[str, Any]:
        command = ["run", "--bundle", str(fake_bundle), "--json", "--quiet", *map(str, options)]
        assert main(command) == 0
        document: dict[str, Any] = json.loads(capsys.readouterr().out)
        assert document["captured"] == document["decided"] + sum(document["dropped"].values())
        return document

    return call


class Server:
    """A real web server that keeps what is posted."""

    def __init__(self) -> None:
        self.posts: list[tuple[dict[str, str], bytes]] = []
        posts = self.posts

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                posts.append((dict(self.headers), body))
                self.send_response(204)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Not on the test's stderr."""

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    opened = Server()
    yield opened
    opened.close()


def test_an_event_reaches_the_webhook_signed(
    run: Callable[..., dict[str, Any]], server: Server, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("a long word\n")
    document = run(
        "--source", TRUCK, "--webhook", server.url, "--spool", tmp_path / "spool",
        "--webhook-secret", tmp_path / "secret",
    )  # fmt: skip
    assert document["events"] == 1
    ((headers, body),) = server.posts
    event = json.loads(body)
    assert event["event"] == 1
    assert event["id"].endswith("-1")
    assert (event["bundle"], event["variant"]) == ("fake", "fake")
    assert len(event["variant_sha256"]) == 64
    signature = hmac.new(b"a long word", body, hashlib.sha256).hexdigest()
    assert headers["X-Trucksight-Signature"] == f"sha256={signature}"
    (counts,) = document["deliveries"].values()
    assert (counts["sent"], counts["waiting"], counts["dropped"]) == (1, 0, 0)


def test_without_its_peer_an_event_waits_for_the_next_run(
    run: Callable[..., dict[str, Any]], server: Server, tmp_path: Path
) -> None:
    spool = tmp_path / "spool"
    closed = "http://127.0.0.1:9/hook"
    waiting = run("--source", TRUCK, "--webhook", closed, "--spool", spool)
    (counts,) = waiting["deliveries"].values()
    assert (counts["sent"], counts["waiting"]) == (0, 1)
    later = run("--source", "fault:good*2,end", "--webhook", server.url, "--spool", spool)
    (counts,) = later["deliveries"].values()
    assert (counts["sent"], counts["waiting"]) == (1, 0)
    assert json.loads(server.posts[0][1])["event"] == 1


def test_old_frames_are_dropped_and_counted(run: Callable[..., dict[str, Any]]) -> None:
    document = run("--source", "fault:good*8,late*8,good*8,end", "--max-age-ms", 1000)
    assert document["dropped"]["stale"] >= 4
    assert set(document["verdicts"]) == {"truck", "no_truck", "unknown"}


def test_a_rate_bounds_the_decisions(run: Callable[..., dict[str, Any]]) -> None:
    document = run("--source", "fault:good*30,end", "--rate", 5)
    assert 8 <= document["decided"] <= 12
    assert document["dropped"]["rate"] >= 10


def test_lines_are_rotated(run: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    lines = tmp_path / "decisions.jsonl"
    document = run("--source", "fake:120", "--decisions", lines, "--rotate-mb", 0.01)
    files = sorted(tmp_path.glob("decisions.jsonl*"))
    assert len(files) >= 2
    assert all(file.stat().st_size <= 10_000 for file in files)
    written = [json.loads(line) for file in files for line in file.read_text().splitlines()]
    assert len(written) <= document["decided"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--webhook", "http://x/"], "--webhook: needs --spool DIR"),
        (["--spool", "x"], "--spool: is for --mqtt or --webhook"),
        (["--rotate-mb", "5"], "--rotate-mb: is for --decisions or --events"),
        (["--limit", "nonsense=3"], "--limit: no 'nonsense'; known: black_level"),
        (["--limit", "sharpness=high"], "--limit: expected a number as in sharpness=1, not"),
        (["--limit", "sharpness=7"], "sharpness must be 0 to 2"),
        (["--max-age-ms", "0"], "--max-age-ms: expected a number above 0, not '0'"),
    ],
)
def test_options_that_make_no_sense_are_one_line(
    fake_bundle: Path, capsys: pytest.CaptureFixture[str], options: list[str], says: str
) -> None:
    assert main(["run", "--bundle", str(fake_bundle), "--source", "fake:3", *options]) == 2
    error = capsys.readouterr().err
    assert says in error
    assert len(error.splitlines()) == 1


def test_a_camera_that_cannot_come_is_told_at_once_also_where_it_is_waited_for(
    fake_bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["run", "--bundle", str(fake_bundle), "--source", "picamera2:"]
    assert main([*command, "--wait-for-source"]) == 2
    error = capsys.readouterr().err
    assert "picamera2 is not installed; run: sudo apt install" in error
    assert len(error.splitlines()) == 1


def test_a_step_to_a_larger_picture_is_refused_before_anything_is_decided(
    fake_bundle: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    command = ["run", "--bundle", str(fake_bundle), "--quiet", "--source", "fault:good*9,end"]
    command += ["--step", "size=640x360", "--decisions", str(tmp_path / "decisions")]
    assert main(command) == 2
    (error,) = capsys.readouterr().err.splitlines()
    assert "--step size=640x360: expected a smaller picture than the 320x180" in error
    assert not (tmp_path / "decisions").exists()


def test_a_camera_that_was_waited_for_has_too_large_a_step_left_out(
    run: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    events = tmp_path / "events"
    document = run(
        "--source", "fault:disconnect*15,good*100000", "--wait-for-source", "--max-frames", 20,
        "--step", "size=640x360", "--step", "rate=10", "--events", events,
    )  # fmt: skip
    assert document["notices"] == {"governor": 1}
    (notice,) = [
        line for line in map(json.loads, events.read_text().splitlines()) if "notice" in line
    ]
    assert notice["left_out"] == ["size=640x360"]


@pytest.mark.alone
def test_sigterm_ends_a_live_run_within_two_seconds_with_its_summary(fake_bundle: Path) -> None:
    command = [sys.executable, "-m", "trucksight.runtime", "run", "--bundle", fake_bundle]
    command += ["--source", "fault:good*3,stall*9000", "--json"]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert running.stderr
    first = running.stderr.readline()  # the source is lost, so it is in the middle of a hang
    os.kill(running.pid, signal.SIGTERM)
    out, _ = running.communicate(timeout=4)
    assert "no picture came" in first
    document = json.loads(out)
    assert "stopped by SIGTERM" in document["notes"]
    assert document["captured"] == document["decided"] + sum(document["dropped"].values())
