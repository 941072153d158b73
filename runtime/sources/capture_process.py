"""The reader's end of a capture process: what it sends, and how it is stopped."""

from __future__ import annotations

import contextlib
import json
import mmap
import os
import subprocess
import sys
import threading
import time
from multiprocessing import Pipe
from typing import Any

import numpy as np
import numpy.typing as npt

from .capture_child import SLOT_BYTES, SLOTS, slot_view
from .devices import Size


class Lost(Exception):
    """Why the process has to be started again."""

    def __init__(self, why: str, permanent: bool = False) -> None:
        super().__init__(why)
        self.permanent = permanent
        """Whether that will not help; see `PermanentSourceError`."""


class CaptureProcess:
    """Reads one device; `ask` it, then take its messages and give its slots back."""

    def __init__(self) -> None:
        """Start it.

        Raises:
            OSError: no process or memory can be had.
        """
        self.gave = False
        """Whether a picture has come from it."""
        self._sending = threading.Lock()
        """Slots come back from the reader's thread, and the pipe is closed by another."""
        memory_fd = os.memfd_create("trucksight-frames")
        self._pipe, theirs = Pipe()
        try:
            os.ftruncate(memory_fd, SLOTS * SLOT_BYTES)
            self._memory = mmap.mmap(memory_fd, SLOTS * SLOT_BYTES)
            # Modules are looked for where the parent looks, and not in the working directory.
            code = f"import sys; sys.path[:] = {sys.path!r}; from {__package__}.capture_child"
            code += " import main; sys.exit(main(sys.argv[1:]))"
            self._process = subprocess.Popen(
                [sys.executable, "-c", code, str(memory_fd), str(theirs.fileno())],
                pass_fds=(memory_fd, theirs.fileno()),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for the parent, which stops it
            )
        finally:
            os.close(memory_fd)
            theirs.close()

    def ask(self, text: str, epoch_ns: int | None, size_wh: Size | None) -> None:
        """Have it open a device, see `devices.open_device`; without an epoch it begins now."""
        wanted = {"source": text, "epoch_ns": epoch_ns, "size_wh": size_wh}
        # By the pipe, not as an argument: every user of the machine reads those.
        self._send(json.dumps(wanted).encode())

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    def message(self, deadline_s: float) -> dict[str, Any] | None:
        """The next one, or None when none came by a time of the monotonic clock.

        Raises:
            Lost: the process has ended.
        """
        try:
            if not self._pipe.poll(max(0.0, deadline_s - time.monotonic())):
                return None
            found: dict[str, Any] = json.loads(self._pipe.recv_bytes())
            return found
        except (EOFError, OSError):
            raise Lost(f"the capture process ended ({self._ending()})") from None

    def picture(self, slot: int, shape: tuple[int, ...]) -> npt.NDArray[np.uint8]:
        """What lies in a slot until it is freed, (height, width, 3); no copy."""
        return slot_view(self._memory, slot, shape)

    def free(self, slot: int) -> None:
        """Let a slot be written to again."""
        self._send(bytes([slot]))

    def kill(self) -> None:
        """End it at once; what waits in the kernel for its device may end it later."""
        self._process.kill()
        self._ending()
        with self._sending:
            self._pipe.close()

    def _send(self, message: bytes) -> None:
        """To one that has ended nothing is sent; who waits for its pictures learns of that."""
        with self._sending, contextlib.suppress(OSError):
            self._pipe.send_bytes(message)

    def _ending(self) -> str:
        try:
            return f"status {self._process.wait(2)}"
        except subprocess.TimeoutExpired:
            return "it hangs in a driver"
