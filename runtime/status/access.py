"""Who may look: a token for what others can reach, the right name for what they cannot."""

from __future__ import annotations

import hmac
import re
from hashlib import sha256
from http.cookies import CookieError, SimpleCookie

from ..errors import UsageError
from .address import Address, is_loopback

COOKIE = "trucksight_status"
_TOKEN = re.compile(r"[\x21-\x7e]{16,256}")
_HOST = re.compile(r"(?P<host>\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::[0-9]{1,5})?")


class Access:
    """The rule of one server."""

    def __init__(self, address: Address, token: str | None) -> None:
        """Set the rule.

        Raises:
            UsageError: a token that cannot be one, or none where others can come.
        """
        if token is not None and not _TOKEN.fullmatch(token):
            raise UsageError("a token is 16 to 256 printable ASCII characters without a space")
        if token is None and not address.is_loopback:
            raise UsageError(
                f"{address.host} can be reached from other machines: give a token, or listen on"
                " 127.0.0.1"
            )
        self._token = None if token is None else token.encode()
        self._only_loopback = address.is_loopback

    def knows_host(self, host: str | None) -> bool:
        """Whether a Host header names this server.

        A page from elsewhere can have its own name point to 127.0.0.1 and then read what listens
        there (DNS rebinding); its name is still in the header. Where a token is asked for anyway
        and other machines come, the names are theirs to choose.
        """
        found = _HOST.fullmatch(host or "")
        if not found:
            return False
        return not self._only_loopback or is_loopback(found["host"].strip("[]").lower())

    def allows(self, authorization: str | None, cookies: str | None) -> bool:
        """Whether a request's headers hold the token, or the cookie that stands for it."""
        if self._token is None:
            return True
        scheme, _, given = (authorization or "").partition(" ")
        if scheme.lower() == "bearer" and self.is_token(given.strip()):
            return True
        return hmac.compare_digest(_cookie(cookies).encode(), self._cookie_value().encode())

    def is_token(self, given: str) -> bool:
        """Whether this is the token; never where none is asked for."""
        given_bytes = given.encode(errors="surrogateescape")
        return self._token is not None and hmac.compare_digest(given_bytes, self._token)

    def cookie(self) -> str:
        """The Set-Cookie header for a browser that showed the token."""
        return f"{COOKIE}={self._cookie_value()}; Path=/; HttpOnly; SameSite=Strict"

    def _cookie_value(self) -> str:
        """Made from the token, so that it outlives a restart and does not give the token away."""
        return hmac.new(self._token or b"", b"trucksight status cookie", sha256).hexdigest()


def _cookie(header: str | None) -> str:
    try:
        morsel = SimpleCookie(header or "").get(COOKIE)
    except CookieError:
        return ""
    return morsel.value if morsel else ""
