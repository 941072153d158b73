"""Asking a Python of its own, so that an engine that crashes or hangs ends only that one."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

from ..errors import BackendError

_CODE = "import json, sys; sys.path[:] = json.loads(sys.argv.pop(1)); "
"""A child finds its modules where this process does."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a child left."""

    stdout: str
    status: int | None
    """Its exit status, negative for the signal that ended it; None: it was stopped for time."""
    fault: str | None
    """Why it did not end with status 0, in one line."""


Ask = Callable[..., Answer]
"""Called as `ask(code, *arguments)`: the code sees the arguments in `sys.argv[1:]`."""


def ask_python(code: str, *arguments: str, timeout_s: float = 120.0) -> Answer:
    """Run code in a new Python of the same kind.

    Args:
        code: Python source.
        arguments: its `sys.argv[1:]`.
        timeout_s: the child is killed after it.

    Raises:
        BackendError: no process can be started, which says nothing of an engine.
    """
    command = [sys.executable, "-c", _CODE + code, json.dumps(sys.path), *arguments]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout_s,
        )
    except subprocess.TimeoutExpired:
        return Answer("", None, f"no answer in {timeout_s:g} s")
    except OSError as exc:
        raise BackendError(
            f"engines cannot be tried, {sys.executable!r} does not start: {exc}"
        ) from exc
    return Answer(done.stdout, done.returncode, _fault(done.returncode, done.stderr))


def _fault(status: int, stderr: str) -> str | None:
    if status == 0:
        return None
    if status < 0:
        return f"the process was ended by {_signal_name(-status)}"
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    return lines[-1] if lines else f"exit status {status}"


def _signal_name(number: int) -> str:
    try:
        name = signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
    return f"{name} ({signal.strsignal(number)})"
