"""A webhook's server gets every event, signed, however often it fails before it takes one."""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import json
import logging
import time
from collections.abc import Callable, Iterator
from email.message import Message
from pathlib import Path
from typing import Any
from urllib.request import Request

import pytest

from trucksight.runtime.errors import UsageError
from trucksight.runtime.events import Event
from trucksight.runtime.sinks.delivery import Backoff
from trucksight.runtime.sinks.spool import Spool
from trucksight.runtime.sinks.webhook import Webhook, _SameHost

Until = Callable[..., None]
Numbered = Callable[[int], Event]
Waiting = Callable[[], int]
SOON = Backoff(first_s=0.001, cap_s=0.01)
HANG = 0


@pytest.fixture
def hook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Webhook]]:
    monkeypatch.setattr("trucksight.runtime.sinks.webhook.CLOSE_S", 0.2)
    made: list[Webhook] = []

    def make(url: str, **options: Any) -> Webhook:
        spool = Spool(tmp_path / "spool", 1 << 20)
        made.append(Webhook(url, spool, **({"backoff": SOON} | options)))
        return made[-1]

    yield make
    for sink in made:
        sink.close()


def test_an_event_is_posted_as_json(
    server: Any, hook: Callable[..., Webhook], event: Numbered
) -> None:
    sink = hook(f"{server.url}?x=1#part")
    sink.event(event(3))
    sink.close()
    ((method, path, headers, body),) = server.requests
    assert (method, path) == ("POST", "/hook?x=1")
    assert json.loads(body) == event(3).as_json()
    assert headers["content-type"] == "application/json"
    assert len(headers["x-trucksight-delivery"]) == 20
    assert "x-trucksight-signature" not in headers
    assert "authorization" not in headers
    assert (sink.counts.sent, sink.counts.waiting) == (1, 0)


def test_a_secret_signs_the_body(
    server: Any, hook: Callable[..., Webhook], event: Numbered
) -> None:
    sink = hook(server.url, secret="hunter2")
    sink.event(event(1))
    sink.close()
    ((_, _, headers, body),) = server.requests
    expected = hmac.new(b"hunter2", body, hashlib.sha256).hexdigest()
    assert headers["x-trucksight-signature"] == f"sha256={expected}"


def test_user_and_password_become_basic_authentication(
    server: Any, hook: Callable[..., Webhook], event: Numbered
) -> None:
    sink = hook(server.url.replace("://", "://me:hun%40ter2@"))
    sink.event(event(1))
    sink.close()
    ((_, _, headers, _),) = server.requests
    assert base64.b64decode(headers["authorization"].removeprefix("Basic ")) == b"me:hun@ter2"


@pytest.mark.parametrize("status", [500, 503, 408, 429, 304])
def test_a_server_in_trouble_is_asked_again_with_the_same_key(
    server: Any, hook: Callable[..., Webhook], until: Until, status: int, event: Numbered
) -> None:
    server.answers = [status, status]
    sink = hook(server.url)
    sink.event(event(1))
    sink.event(event(2))
    until(lambda: sink.counts.sent == 2)
    asked = [(json.loads(body)["event"], headers) for _, _, headers, body in server.requests]
    assert [number for number, _ in asked] == [1, 1, 1, 2]
    assert len({headers["x-trucksight-delivery"] for _, headers in asked}) == 2
    assert (sink.counts.failed, sink.counts.last_error) == (2, f"answered {status}")


@pytest.mark.parametrize("status", [400, 401, 404, 410, 422])
def test_a_refused_event_is_dropped_and_counted(
    server: Any, hook: Callable[..., Webhook], until: Until, status: int, event: Numbered
) -> None:
    server.answers = [status]
    sink = hook(server.url)
    sink.event(event(1))
    sink.event(event(2))
    until(lambda: sink.counts.sent == 1)
    assert [json.loads(request[3])["event"] for request in server.requests] == [1, 2]
    assert (sink.counts.dropped, sink.counts.last_error) == (1, f"answered {status}")


def test_a_server_that_hangs_blocks_neither_events_nor_close(
    server: Any, hook: Callable[..., Webhook], until: Until, event: Numbered, waiting: Waiting
) -> None:
    server.answers = [HANG]
    sink = hook(server.url)
    began = time.monotonic()
    for number in range(5):
        sink.event(event(number))
    until(lambda: len(server.requests) == 1)
    sink.close()
    assert time.monotonic() - began < 5.0
    assert waiting() == 5


def test_a_server_that_hangs_is_given_up_after_the_time_out(
    server: Any, hook: Callable[..., Webhook], until: Until, event: Numbered
) -> None:
    server.answers = [HANG]
    sink = hook(server.url, timeout_s=0.05)
    sink.event(event(1))
    until(lambda: sink.counts.sent == 1)
    assert sink.counts.last_error == "gave no answer: timed out"


def test_a_server_that_was_away_gets_what_an_earlier_run_left(
    server: Any, hook: Callable[..., Webhook], until: Until, event: Numbered, waiting: Waiting
) -> None:
    nobody = hook("http://127.0.0.1:1/hook")
    for number in range(3):
        nobody.event(event(number))
    until(lambda: nobody.counts.failed)
    nobody.close()
    assert "refused" in str(nobody.counts.last_error)
    assert waiting() == 3
    sink = hook(server.url)
    until(lambda: sink.counts.sent == 3)
    assert [json.loads(request[3])["event"] for request in server.requests] == [0, 1, 2]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_on_the_same_host_gets_the_whole_event(
    server: Any, hook: Callable[..., Webhook], until: Until, status: int, event: Numbered
) -> None:
    server.answers = [(status, "/moved")]
    sink = hook(server.url, secret="hunter2")
    sink.event(event(1))
    until(lambda: sink.counts.sent == 1)
    first, second = server.requests
    assert (second[0], second[1], second[3]) == ("POST", "/moved", first[3])
    for name in ("content-type", "x-trucksight-signature", "x-trucksight-delivery"):
        assert second[2][name] == first[2][name]


def test_a_redirect_to_another_host_gets_nothing(
    server: Any, hook: Callable[..., Webhook], until: Until, event: Numbered
) -> None:
    server.answers = [(307, f"http://localhost:{server.port}/elsewhere")]
    sink = hook(server.url)
    sink.event(event(1))
    until(lambda: sink.counts.sent == 1)
    assert [request[1] for request in server.requests] == ["/hook", "/hook"]
    assert sink.counts.last_error == "answered 307"


def test_a_redirect_never_leaves_https() -> None:
    request, answer = Request("https://host/x", b"{}"), io.BytesIO()
    follow = _SameHost().redirect_request
    assert follow(request, answer, 307, "", Message(), "http://host/x") is None
    assert follow(request, answer, 307, "", Message(), "https://host/y") is not None
    request = Request("http://host/x", b"{}")
    assert follow(request, answer, 301, "", Message(), "https://host/x") is not None


def test_a_redirect_that_would_lose_the_body_is_not_followed(
    server: Any, hook: Callable[..., Webhook], until: Until, event: Numbered
) -> None:
    server.answers = [(303, "/login")]
    sink = hook(server.url)
    sink.event(event(1))
    until(lambda: sink.counts.sent == 1)
    assert [request[:2] for request in server.requests] == [("POST", "/hook")] * 2


@pytest.mark.parametrize(
    "url",
    [
        "ftp://host/x",
        "host/x",
        "http://",
        "http://me:hunter2@",
        "http://me:hunter2/x@host/",
        "http://host:0/x",
        "http://host/hunter2 x",
        "http://host/hunter2\n",
        "http://host/hunter2ü",
        "http://[::1/hunter2",
    ],
)
def test_an_address_that_cannot_be_meant_is_not_repeated(tmp_path: Path, url: str) -> None:
    with pytest.raises(UsageError, match="a webhook is http://host/path") as caught:
        Webhook(url, Spool(tmp_path, 4096))
    assert "hunter2" not in str(caught.value)


def test_an_empty_secret_cannot_be_meant(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="an empty secret signs nothing"):
        Webhook("http://host/", Spool(tmp_path, 4096), secret="")


def test_no_secret_is_seen(
    hook: Callable[..., Webhook], until: Until, caplog: pytest.LogCaptureFixture, event: Numbered
) -> None:
    with caplog.at_level(logging.DEBUG):
        sink = hook("http://me:hunter2@127.0.0.1:1/hunter2?token=hunter2", secret="hunter2")
        sink.event(event(1))
        until(lambda: sink.counts.failed)
        sink.close()
    assert sink.name == "webhook http://127.0.0.1:1"
    for text in (sink.name, repr(sink), caplog.text, str(sink.counts)):
        assert "hunter2" not in text
