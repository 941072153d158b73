"""The process that reads a device, so that a driver that hangs or crashes takes only itself down.

Pictures go into slots of memory that both processes map, one copy each; a pipe carries a line of
JSON a picture in one direction and the number of a slot that is free again in the other.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import mmap
import signal
import time
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import PermanentSourceError, SourceError
from ..opencv_messages import silence
from .devices import Device, Taken, open_device

SLOTS = 3
"""One with the reader, one waiting for it, one being written."""
SLOT_BYTES = 4096 * 2304 * 3
"""The largest picture. Memory is taken when it is written to, not when it is mapped."""
_PR_SET_PDEATHSIG = 1


def slot_view(memory: mmap.mmap, slot: int, shape: tuple[int, ...]) -> npt.NDArray[np.uint8]:
    """The picture in a slot, (height, width, 3); no copy."""
    count = int(np.prod(shape))
    return np.frombuffer(memory, np.uint8, count, slot * SLOT_BYTES).reshape(shape)


class _Writer:
    """Puts pictures into free slots and tells the reader."""

    def __init__(self, memory: mmap.mmap, pipe: Connection) -> None:
        self._memory, self._pipe = memory, pipe
        self._free = list(range(SLOTS))

    def tell(self, **message: Any) -> None:
        self._pipe.send_bytes(json.dumps(message).encode())

    def give(self, taken: Taken) -> None:
        while self._pipe.poll():
            self._free.append(self._pipe.recv_bytes()[0])
        image, detail = taken.image_bgr, taken.detail
        if image is not None and image.nbytes > SLOT_BYTES:
            image, detail = None, f"the picture is larger than {SLOT_BYTES} bytes"
        if image is not None and not self._free:
            self.tell(captured_ns=taken.captured_ns, overrun=True)
            return
        slot = None
        if image is not None:
            slot = self._free.pop()
            slot_view(self._memory, slot, image.shape)[:] = image
        shape = None if image is None else image.shape
        times = {"captured_ns": taken.captured_ns, "arrived_ns": taken.arrived_ns}
        self.tell(**times, slot=slot, shape=shape, detail=detail)


def main(arguments: list[str]) -> int:
    """Read the device that the first message names until it ends or nobody listens."""
    memory_fd, pipe_fd = map(int, arguments)
    # Not to outlive the reader, even one that was killed.
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    silence()
    gone = contextlib.suppress(BrokenPipeError, ConnectionResetError, EOFError)
    with gone, Connection(pipe_fd) as pipe:
        _serve(mmap.mmap(memory_fd, SLOTS * SLOT_BYTES), pipe)
    return 0


def _serve(memory: mmap.mmap, pipe: Connection) -> None:
    wanted = json.loads(pipe.recv_bytes())
    writer = _Writer(memory, pipe)
    device: Device | None = None
    try:
        epoch_ns = wanted["epoch_ns"] or time.monotonic_ns()
        writer.tell(epoch_ns=epoch_ns)
        size_wh = tuple(wanted["size_wh"]) if wanted["size_wh"] else None
        device = open_device(wanted["source"], epoch_ns, size_wh)
        writer.tell(fps=device.fps, size_wh=device.size_wh)
        while True:
            try:
                taken = device.read()
            except EOFError:
                writer.tell(end=True)
                return
            writer.give(taken)
    except SourceError as exc:
        writer.tell(error=str(exc), permanent=isinstance(exc, PermanentSourceError))
    except (BrokenPipeError, ConnectionResetError):
        raise
    except Exception as exc:  # nobody reads the stderr of this process
        writer.tell(error=f"the capture process failed: {type(exc).__name__}: {exc}")
    finally:
        if device:
            device.close()
