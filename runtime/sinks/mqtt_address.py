"""The address of an MQTT broker as one line."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from ..errors import UsageError

_PORTS = {"mqtt": 1883, "mqtts": 8883}


@dataclass(frozen=True, slots=True)
class MqttAddress:
    """What `mqtt://user:password@host:1883/prefix` says."""

    host: str
    port: int
    """1 to 65535; without one, 1883 for mqtt and 8883 for mqtts."""
    tls: bool
    prefix: str
    """What every topic begins with, without a slash at either end."""
    user: str | None = field(repr=False)
    password: str | None = field(repr=False)

    @classmethod
    def parse(cls, url: str) -> MqttAddress:
        """Read an address.

        Raises:
            UsageError: it is none; the message does not repeat it, for it may hold a password.
        """
        try:
            parts = urlsplit(url)
            host = (parts.hostname or "").encode("idna").decode()
            port = _PORTS[parts.scheme] if parts.port is None else parts.port
        except (ValueError, KeyError):
            host, port = "", 0
        if not host or not port:
            raise UsageError(
                "a broker is mqtt://host/prefix or mqtts://user:password@host:port/prefix,"
                " with other characters in user and password written as %XX"
            )
        prefix = unquote(parts.path).strip("/")
        if not prefix or any(character in prefix for character in "+#\0") or parts.query:
            raise UsageError(f"a topic prefix has no + and no # and is not empty, not {prefix!r}")
        user, password = (
            None if part is None else unquote(part) for part in (parts.username, parts.password)
        )
        return cls(host, port, parts.scheme == "mqtts", prefix, user, password)
