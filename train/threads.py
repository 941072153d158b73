"""Doing the same to many pictures on all processors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from ..runtime.detector import workers

T = TypeVar("T")
R = TypeVar("R")


def parallel(function: Callable[[T], R], items: Sequence[T]) -> list[R]:
    """`map` over threads, in order; OpenCV and hashing work outside the interpreter lock.

    After an error or Ctrl-C what has not begun is dropped.
    """
    pool = ThreadPoolExecutor(workers())
    try:
        return list(pool.map(function, items))
    finally:
        pool.shutdown(cancel_futures=True)
