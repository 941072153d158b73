"""Where the status page listens, as one line."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from ..errors import UsageError

LOOPBACK = "127.0.0.1"
_SHAPE = re.compile(r"(?:(?P<host>\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+):)?(?P<port>[0-9]{1,5})")


@dataclass(frozen=True, slots=True)
class Address:
    """What `127.0.0.1:8080`, `[::1]:8080` or `8080` says."""

    host: str
    """A name or an address, IPv6 without brackets; 127.0.0.1 where there is none."""
    port: int
    """0 to 65535; 0 takes any that is free."""

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read an address.

        Raises:
            UsageError: it is none.
        """
        found = _SHAPE.fullmatch(text)
        if not found or int(found["port"]) > 65535:
            raise UsageError(f"an address is HOST:PORT or PORT, not {text!r}")
        host = (found["host"] or LOOPBACK).strip("[]")
        return cls(LOOPBACK if host == "localhost" else host, int(found["port"]))

    @property
    def url(self) -> str:
        """What a browser on the same machine would open."""
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}/"

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can come."""
        return is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Whether a host, IPv6 without brackets, names this machine and no other."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
