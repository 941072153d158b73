"""What a service tells systemd: the protocol of the manual page sd_notify(3).

A message is one datagram of lines `NAME=value` to the socket named by `NOTIFY_SOCKET`.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Mapping

_MOST_STATUS = 400
"""So many characters of a status are sent: one line of `systemctl status`."""


class Notifier:
    """Sends to systemd; never waits and never raises, for systemd must not stop a decision."""

    def __init__(
        self,
        address: str,
        watchdog_s: float | None = None,
        clock_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        """Take an address; nothing is sent yet.

        Args:
            address: a path, or `@name` of the abstract name space.
            watchdog_s: systemd restarts the service when it heard nothing for so long; None: it
                never does.
            clock_ns: CLOCK_MONOTONIC, which is the clock that systemd compares with.
        """
        self.watchdog_s = watchdog_s
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._clock_ns = clock_ns
        self._socket: socket.socket | None = None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Notifier | None:
        """What systemd asked this process for, or None where no systemd started it.

        Args:
            environ: None takes that of the process.
        """
        given = os.environ if environ is None else environ
        address = given.get("NOTIFY_SOCKET", "")
        if not (address.startswith(("/", "@")) and len(address) > 1):
            return None
        return cls(address, _watchdog_s(given))

    def send(self, *lines: str) -> bool:
        """Send one message.

        Returns:
            False where systemd did not take it: it is busy, or gone.
        """
        try:
            if self._socket is None:
                self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
                self._socket.setblocking(False)
            self._socket.sendto("\n".join(lines).encode(), self._address)
        except OSError:
            return False
        return True

    def starting(self, status: str, at_most_s: float) -> bool:
        """Say what is done before it is ready, and that it may take so long from now."""
        return self.send(f"EXTEND_TIMEOUT_USEC={round(at_most_s * 1e6)}", status_line(status))

    def ready(self, status: str) -> bool:
        """It does its work, for the first time or again after `reloading`."""
        return self.send("READY=1", status_line(status))

    def reloading(self) -> bool:
        """A new configuration is being read; `ready` has to follow, also where it is refused."""
        return self.send("RELOADING=1", f"MONOTONIC_USEC={self._clock_ns() // 1000}")

    def alive(self) -> bool:
        """Begin the span of the watchdog anew."""
        return self.send("WATCHDOG=1")

    def status(self, status: str) -> bool:
        """Show one line in `systemctl status`."""
        return self.send(status_line(status))

    def stopping(self) -> bool:
        """It is about to end."""
        return self.send("STOPPING=1", status_line("stopping"))

    def close(self) -> None:
        """Release the socket; a later message opens it again."""
        if self._socket:
            self._socket.close()
            self._socket = None


def status_line(text: str) -> str:
    """A status as systemd takes it: one line of valid text, of bounded length."""
    line = " ".join(text.split()).encode(errors="replace").decode()
    return f"STATUS={line[:_MOST_STATUS]}"


def _watchdog_s(environ: Mapping[str, str]) -> float | None:
    """See sd_watchdog_enabled(3): children inherit what is asked of one process alone."""
    try:
        span_s = int(environ["WATCHDOG_USEC"]) / 1e6
        asked = int(environ.get("WATCHDOG_PID", os.getpid())) == os.getpid()
    except (KeyError, ValueError):
        return None
    return span_s if asked and span_s > 0 else None
