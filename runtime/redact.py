"""Addresses without their secrets, for names, logs and messages."""

from __future__ import annotations

import re
from urllib.parse import unquote_plus

HIDDEN = "***"
"""What stands where a secret was."""
_SECRET_WORDS = re.compile(
    r"token|key|secret|pass|pwd|auth|sig|code|credential|session|jwt", re.IGNORECASE
)
_PARAMETER = re.compile(r"(?<=[?&;#])([^=&;#]+)=([^&;#]*)")
_PROPERTY = re.compile(
    r"(\b[\w-]*(?:pw|pass|token|secret|key|user-id|username)[\w-]*\s*=\s*)(?:\"[^\"]*\"|[^\s!]+)",
    re.IGNORECASE,
)
_NESTED = re.compile(r"://[^/?#&;]*@")


def redact(url: str) -> str:
    """Hide what an address says to nobody but its peer.

    Hidden are user and password, and the value of each query or fragment parameter whose name
    looks secret (`token`, `api_key`, `X-Amz-Signature` ...). Where a colon comes early and an `@`
    late, everything between may be a password with a `/` in it, so all of it is hidden.

    Args:
        url: any text; it need not be a valid address.
    """
    scheme, separator, rest = url.partition("://") if "://" in url else ("", "", url)
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if "@" in authority:
        rest = f"{HIDDEN}@{authority.rpartition('@')[2]}{rest[len(authority) :]}"
    elif "@" in rest and (not separator or (":" in authority and authority[0] != "[")):
        rest = f"{HIDDEN}@{rest.rpartition('@')[2]}"
    rest = _NESTED.sub(f"://{HIDDEN}@", rest)
    return scheme + separator + _PARAMETER.sub(_hide_secret, rest)


def redact_source(text: str) -> str:
    """The same for what `--source` says, which need not be an address: `/data/me@home` stays.

    Of a GStreamer pipeline the values of properties such as `user-pw` are hidden, too.
    """
    if not re.match(r"(?i:gst:)|.*:/", text, re.DOTALL):
        return text
    return _PROPERTY.sub(lambda found: f"{found[1]}{HIDDEN}", redact(text))


def _hide_secret(parameter: re.Match[str]) -> str:
    name = parameter[1]
    return f"{name}={HIDDEN}" if _SECRET_WORDS.search(unquote_plus(name)) else parameter[0]
