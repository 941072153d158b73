"""Who is let in, and what a hostile request gets."""

from __future__ import annotations

import http.client
import socket
from urllib.parse import urlsplit

import pytest

from trucksight.runtime.errors import OutputError, UsageError
from trucksight.runtime.status import StatusServer
from trucksight.runtime.status.address import Address

from .conftest import Feed, Get, Serve

TOKEN = "correct-horse-battery"
PATHS = ["/", "/status.json", "/live.mjpg", "/healthz", "/metrics", "/snapshot/1.jpg", "/x"]


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("127.0.0.1:8080", "127.0.0.1", 8080),
        ("8080", "127.0.0.1", 8080),
        ("localhost:1", "127.0.0.1", 1),
        ("[::1]:80", "::1", 80),
        ("board.local:80", "board.local", 80),
    ],
)
def test_an_address_is_read(text: str, host: str, port: int) -> None:
    assert Address.parse(text) == Address(host, port)


@pytest.mark.parametrize("text", ["", "host", "host:", ":80", "1:99999", "http://a:80", "::1:80"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="HOST:PORT"):
        Address.parse(text)


@pytest.mark.parametrize("address", ["0.0.0.0:0", "[::]:0", "board.local:0", "192.0.2.1:0"])
def test_others_can_come_only_with_a_token(address: str) -> None:
    with pytest.raises(UsageError, match="give a token"):
        StatusServer(address)


@pytest.mark.parametrize("token", ["", "short", "with a space in the middle", "ümläute-ümläute-ü"])
def test_a_poor_token_is_refused(token: str) -> None:
    with pytest.raises(UsageError, match="16 to 256"):
        StatusServer("127.0.0.1:0", token=token)


def test_a_taken_port_is_one_line(serve: Serve) -> None:
    taken = urlsplit(serve().url).netloc
    with pytest.raises(OutputError, match="cannot listen on"):
        StatusServer(taken)


@pytest.mark.parametrize("path", PATHS)
def test_nothing_is_served_without_the_token(serve: Serve, get: Get, path: str) -> None:
    server = serve("0.0.0.0:0", token=TOKEN)
    for headers in (
        {},
        {"Authorization": "Bearer wrong-horse-battery"},
        {"Authorization": "Bearer "},
        {"Authorization": f"Basic {TOKEN}"},
        {"Cookie": "trucksight_status="},
        {"Cookie": f"trucksight_status={TOKEN}"},
    ):
        answer = get(server, path, **headers)
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert get(server, f"{path}?token=wrong-horse-battery").status == 401


def test_the_bearer_of_the_token_is_served(serve: Serve, get: Get) -> None:
    server = serve("0.0.0.0:0", token=TOKEN)
    answer = get(server, "/status.json", Authorization=f"Bearer {TOKEN}")
    assert answer.status == 200
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("path", ["/", "/snapshot/1.jpg"])
def test_a_token_in_the_address_becomes_a_cookie(
    serve: Serve, get: Get, feed: Feed, path: str
) -> None:
    server = serve("0.0.0.0:0", token=TOKEN)
    answer = get(server, f"{path}?token={TOKEN}")
    assert (answer.status, answer.headers["Location"]) == (303, path)
    cookie, *flags = answer.headers["Set-Cookie"].split("; ")
    assert TOKEN not in cookie
    assert {"HttpOnly", "SameSite=Strict"} <= set(flags)
    assert get(server, "/status.json", Cookie=cookie).status == 200
    again = serve("0.0.0.0:0", token=TOKEN)
    assert get(again, "/status.json", Cookie=cookie).status == 200
    other = serve("0.0.0.0:0", token=TOKEN + "2")
    assert get(other, "/status.json", Cookie=cookie).status == 401


def test_the_token_never_sends_a_browser_elsewhere(serve: Serve, get: Get) -> None:
    server = serve("0.0.0.0:0", token=TOKEN)
    for path in ("//evil.example/", "/\\evil.example", "http://evil.example/"):
        answer = get(server, f"{path}?token={TOKEN}")
        assert answer.status == 401
        assert "Location" not in answer.headers


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", ""])
def test_another_name_for_loopback_is_refused(serve: Serve, get: Get, host: str) -> None:
    answer = get(serve(), "/status.json", Host=host)
    assert answer.status == 421
    assert b"evil" not in answer.body


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:9", "127.0.0.1:80", "[::1]:80"])
def test_every_name_of_loopback_will_do(serve: Serve, get: Get, host: str) -> None:
    assert get(serve(), "/status.json", Host=host).status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/snapshot/../../etc/passwd",
        "/snapshot/%2e%2e/%2e%2e/etc/passwd",
        "/snapshot/0.jpg",
        "/snapshot/-1.jpg",
        "/snapshot/1.jpg/",
        "/snapshot/\u0661.jpg".encode().decode("latin-1"),
        "/page.html",
        "/<script>alert(1)</script>",
    ],
)
def test_what_is_not_there_is_not_there(serve: Serve, path: str) -> None:
    server = serve()
    with socket.create_connection(("127.0.0.1", urlsplit(server.url).port or 0), 10) as raw:
        raw.sendall(f"GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode("latin-1"))
        answer = raw.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.0 404")
    assert answer.endswith(b"there is nothing here\n")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "<b>"])
def test_only_get_and_head_are_known(serve: Serve, get: Get, method: str) -> None:
    answer = get(serve(), "/", method)
    assert answer.status in (400, 501)
    assert b"<" not in answer.body


def test_a_request_body_is_refused(serve: Serve, get: Get) -> None:
    assert get(serve(), "/", **{"Content-Length": "5"}).status == 413
    assert get(serve(), "/", **{"Transfer-Encoding": "chunked"}).status == 413


@pytest.mark.parametrize("path", PATHS)
def test_head_has_no_body(serve: Serve, get: Get, path: str) -> None:
    assert get(serve(), path, "HEAD").body == b""


@pytest.mark.parametrize("path", [*PATHS[:2], *PATHS[3:]])
def test_every_answer_is_guarded(serve: Serve, get: Get, path: str) -> None:
    headers = get(serve(), path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "line", [b"\r\n", b"GET\r\n\r\n", b"\x16\x03\x01\r\n\r\n", b"GET / HTTP/9\r\n"]
)
def test_rubbish_gets_an_answer_or_none(serve: Serve, get: Get, line: bytes) -> None:
    server = serve()
    with socket.create_connection(("127.0.0.1", urlsplit(server.url).port or 0), 10) as raw:
        raw.sendall(line)
        raw.shutdown(socket.SHUT_WR)
        raw.makefile("rb").read()
    assert get(server, "/status.json").status == http.client.OK
