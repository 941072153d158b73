"""Working a little ahead in threads, so that decoding overlaps inference."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple, TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")

_LOOK_S = 0.2
"""How often a waiting reader looks whether it was told to stop."""
_JOIN_S = 5.0
"""How long the end waits for the thread; one decode takes far less."""


class _End(NamedTuple):
    """The last thing in the queue."""

    error: BaseException | None


def read_ahead(
    items: Generator[Item, None, None], depth: int, stopped: Callable[[], bool]
) -> Generator[Item, None, None]:
    """Give what `items` gives, in its order, produced in a thread.

    `items` is advanced and closed in that thread only, so what it opens has one owner.

    Args:
        items: raises what goes wrong; the reader gets the exception at its place in the order.
        depth: at most so many items are waiting or being made while the reader works on one.
        stopped: asked before each item; True ends both sides.
    """
    waiting: queue.SimpleQueue[Item | _End] = queue.SimpleQueue()
    room = threading.Semaphore(depth)
    left = False

    def produce() -> None:
        error: BaseException | None = None
        try:
            while room.acquire() and not (left or stopped()):
                waiting.put(next(items))
        except StopIteration:
            pass
        except BaseException as exc:
            error = exc
        finally:
            items.close()
            waiting.put(_End(error))

    thread = threading.Thread(target=produce, name="read-ahead", daemon=True)
    thread.start()
    try:
        while not stopped():
            try:
                item = waiting.get(timeout=_LOOK_S)
            except queue.Empty:
                continue
            if isinstance(item, _End):
                if item.error:
                    raise item.error
                return
            # The place is free as soon as the reader has the item, so that the next one is made
            # while the reader works on this one.
            room.release()
            yield item
            del item
    finally:
        left = True
        room.release()
        thread.join(_JOIN_S)


def side_by_side(
    work: Callable[[Item], Made],
    items: Generator[Item, None, None],
    workers: int,
    stopped: Callable[[], bool],
) -> Generator[Made, None, None]:
    """Give what `work` makes of each item, in the order of the items, made in threads.

    Args:
        work: called by several threads at the same time.
        items: closed at the end. What it raises comes after all that it gave before.
        workers: threads. As many items are being worked on or done while the reader has another,
            and one more while it waits.
        stopped: asked before each item; True ends it.
    """
    begun: deque[Future[Made]] = deque()
    pool = ThreadPoolExecutor(workers, "side-by-side")
    try:
        error: Exception | None = None
        while not stopped():
            try:
                item = next(items)
            except StopIteration:
                break
            except Exception as exc:  # its place is after what was given before it
                error = exc
                break
            begun.append(pool.submit(work, item))
            del item
            if len(begun) > workers:
                yield begun.popleft().result()
        while begun and not stopped():
            yield begun.popleft().result()
        if error:
            raise error
    finally:
        pool.shutdown(cancel_futures=True)
        items.close()
