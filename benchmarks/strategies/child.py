"""A process that ends with the one that waits for it."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
from collections.abc import Sequence
from typing import BinaryIO


class Child:
    """Runs one process that does not outlive this one: SIGTERM and Ctrl-C end it first.

    An exception raised from a handler could come between the fork and its result, when nobody
    knows the child yet; so the handler notes the signal, and who waits raises it.
    """

    _ENDS = (signal.SIGINT, signal.SIGTERM)

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._asked = False

    def __enter__(self) -> Child:
        self._before = {one: signal.signal(one, self._end) for one in self._ENDS}
        return self

    def __exit__(self, *_: object) -> None:
        for one, handler in self._before.items():
            signal.signal(one, handler)

    def run(self, command: Sequence[str], output: BinaryIO) -> tuple[int, resource.struct_rusage]:
        """Run it to its end: how it ended, as `os.wait4` says it, and what it used.

        Raises:
            KeyboardInterrupt: a signal asked for the end.
        """
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C is for this process, which ends the child
        )
        if self._asked:
            self._kill()
        _, waited, used = os.wait4(self._process.pid, 0)
        self._process.returncode = os.waitstatus_to_exitcode(waited)
        if self._asked:
            raise KeyboardInterrupt
        return waited, used

    def _end(self, *_: object) -> None:
        self._asked = True
        self._kill()

    def _kill(self) -> None:
        # Popen.kill would collect a child that has just ended, and os.wait4 find none.
        if self._process and self._process.returncode is None:
            os.kill(self._process.pid, signal.SIGKILL)
