"""Each event as an HTTP POST of JSON, kept on disk until the server has taken it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
from email.message import Message
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from ..decision import Decision, Frame
from ..errors import UsageError
from ..events import Event
from ..notice import Notice
from .delivery import Backoff, Delivery, DeliveryCounts, DeliveryError, RefusedError
from .spool import Spool

CLOSE_S = 5.0
"""How long `close` goes on sending what waits, seconds."""
TRY_AGAIN = (408, 429)
"""The answers of 400 to 499 that do not refuse a message for ever."""


class Webhook:
    """Posts events in order, one at a time; decisions are not sent.

    A request has the headers `X-Trucksight-Delivery`, the same in every attempt at one event, and
    with a secret `X-Trucksight-Signature: sha256=` and the hexadecimal HMAC-SHA256 of the body.
    Any status of 200 to 299 takes the event. One of 400 to 499 other than 408 and 429 refuses it
    for ever: it is dropped and counted. All else is tried again.
    """

    def __init__(
        self,
        url: str,
        spool: Spool,
        *,
        secret: str | None = None,
        timeout_s: float = 10.0,
        backoff: Backoff | None = None,
    ) -> None:
        """Take what an earlier run left in the spool and begin to send; needs no server yet.

        Args:
            url: `http://` or `https://`; `user:password@` becomes basic authentication.
            spool: closed with the sink.
            secret: signs each body.
            timeout_s: of connecting and of each read, seconds.
            backoff: between attempts; None takes the defaults.

        Raises:
            UsageError: an address or secret that cannot be meant.
        """
        parts = check_url(url)
        if secret == "":
            raise UsageError("an empty secret signs nothing; leave it out or name one")
        # A webhook's path is often its password, so only the host is shown.
        self.name = f"webhook {parts.scheme}://{_host(parts)}"
        self._url = parts._replace(netloc=_host(parts), fragment="").geturl()
        self._authorization = _basic(parts)
        self._secret = None if secret is None else secret.encode()
        self._timeout_s = timeout_s
        self._opener = build_opener(_SameHost)
        self._spool = spool
        self._delivery = Delivery(self.name, spool, self._post, backoff=backoff)

    @property
    def counts(self) -> DeliveryCounts:
        """What became of the events."""
        return self._delivery.counts

    def frame(self, frame: Frame, decision: Decision, event: Event | None) -> None:
        """See `Sink.frame`; only events are sent."""

    def event(self, event: Event) -> None:
        """See `Sink.event`; returns when the event is on the disk."""
        self._delivery.put(json.dumps(event.as_json(), allow_nan=False).encode())

    def notice(self, notice: Notice) -> None:
        """See `Sink.notice`; posted as events are."""
        self._delivery.put(json.dumps(notice.as_json(), allow_nan=False).encode())

    def close(self) -> None:
        """See `Sink.close`; what could not be sent within `CLOSE_S` waits for the next run."""
        self._delivery.close(CLOSE_S)
        self._spool.close()

    def _post(self, key: str, body: bytes) -> None:
        request = Request(self._url, body, self._headers(key, body), method="POST")
        try:
            self._opener.open(request, timeout=self._timeout_s).close()
        except HTTPError as exc:
            exc.close()
            refused = 400 <= exc.code < 500 and exc.code not in TRY_AGAIN
            raise (RefusedError if refused else DeliveryError)(f"answered {exc.code}") from None
        except URLError as exc:
            raise DeliveryError(f"cannot be reached: {exc.reason}") from None
        except (OSError, http.client.HTTPException) as exc:
            raise DeliveryError(f"gave no answer: {exc or type(exc).__name__}") from None

    def _headers(self, key: str, body: bytes) -> dict[str, str]:
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "trucksight",
            "X-Trucksight-Delivery": key,
        }
        if self._authorization:
            headers["Authorization"] = self._authorization
        if self._secret:
            digest = hmac.new(self._secret, body, hashlib.sha256).hexdigest()
            headers["X-Trucksight-Signature"] = f"sha256={digest}"
        return headers


class _SameHost(HTTPRedirectHandler):
    """Posts again where the same host says; another host gets neither body nor password."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> Request | None:
        """See the base class; None lets the answer be an error."""
        old, new = urlsplit(req.full_url), urlsplit(newurl)
        secure = new.scheme == "https" or new.scheme == old.scheme
        # After 303 the server wants a GET, which would lose the event.
        if code == 303 or new.hostname != old.hostname or not secure:
            return None
        return Request(newurl, req.data, req.headers, method="POST")

    http_error_308 = HTTPRedirectHandler.http_error_302  # which Python 3.10 does not know


def check_url(url: str) -> SplitResult:
    """The parts of an address; what is wrong with it is said without repeating its password.

    Raises:
        UsageError: it is none.
    """
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        valid = False
    if not valid or not url.isascii() or not url.isprintable() or " " in url:
        raise UsageError(
            "a webhook is http://host/path or https://user:password@host:port/path,"
            " with other characters written as %XX"
        )
    return parts


def _host(parts: SplitResult) -> str:
    return parts.netloc.rpartition("@")[2]


def _basic(parts: SplitResult) -> str | None:
    """The header for `user:password@`, if there is one."""
    if parts.username is None:
        return None
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"
