"""Times one contestant; a process of its own, in the contestant's environment.

    python -I stopwatch.py CONTESTANT.py '{"model": ..., "threads": 3, "pictures": [...]}'

A contestant is a script that has either `open_model(model, threads)`, which gives a function from a
picture's path to its score, or `open_loop(model, threads)`, which gives a function from the
generator of paths to an iterator of scores in their order, for those that work ahead. Standard
library only, so that nothing but the contestant is measured. Prints one line of JSON.
"""

from __future__ import annotations

import json
import resource
import runpy
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any


def main() -> None:
    """Let the contestant of the first argument decide on the pictures of the second."""
    order = json.loads(sys.argv[2])
    contestant = runpy.run_path(sys.argv[1])
    loop = contestant.get("open_loop") or _one_by_one(contestant["open_model"])
    print(json.dumps(timed(loop(order["model"], order["threads"]), order["pictures"])))


def timed(loop: Callable[[Iterable[str]], Iterator[float]], pictures: list[str]) -> dict[str, Any]:
    """Run a loop over pictures.

    Returns:
        decisions; seconds from asking for the first picture to the last decision; latencies_ns,
        from asking for each picture to its decision; cpu_s, processor time of all threads in
        between; first_ns, the monotonic clock at the first decision; scores.
    """
    asked_ns: list[int] = []
    decided_ns: list[int] = []
    scores: list[float] = []

    def ask() -> Iterator[str]:
        for picture in pictures:
            asked_ns.append(time.monotonic_ns())
            yield picture

    before_s = _processor_s()
    for score in loop(ask()):
        decided_ns.append(time.monotonic_ns())
        scores.append(score)
    return {
        "decisions": len(scores),
        "seconds": (decided_ns[-1] - asked_ns[0]) / 1e9,
        "latencies_ns": [end - start for start, end in zip(asked_ns, decided_ns)],  # noqa: B905
        "cpu_s": _processor_s() - before_s,
        "first_ns": decided_ns[0],
        "scores": scores,
    }


def _one_by_one(open_model: Callable[[str, int], Callable[[str], float]]) -> Any:
    def open_loop(model: str, threads: int) -> Callable[[Iterable[str]], Iterator[float]]:
        decide = open_model(model, threads)
        return lambda pictures: map(decide, pictures)

    return open_loop


def _processor_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
