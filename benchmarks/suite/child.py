"""One fresh process that measures one way to run a bundle, and prints what it found as JSON.

    python -m trucksight.benchmarks.suite.child STARTED_NS < TASK.json

The task comes as JSON on stdin, see `Task`; STARTED_NS is what the monotonic clock said when this
process was started. The functions called are those that `trucksight run` calls, in its order.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .decisions import Decisions
from .energy_spent import Energy

if TYPE_CHECKING:
    from .results import Regime

PROTOCOL = 2
"""Of tasks and answers; two of the same can be compared."""
LATEST_S = 5.0
"""How far behind its times the paced regime may fall before it is given up: it never catches up."""


@dataclass(frozen=True, slots=True)
class Task:
    """What to measure."""

    bundle: str
    variant: str
    backend: str
    threads: int
    regime: Regime
    pictures: list[str]
    """Paths of encoded pictures, used again and again in this order."""
    count: int
    """Of measured pictures, unknown ones too; the warm-up comes before them."""
    warm_up_least: int
    warm_up_most: int
    rate_hz: float
    """Of the paced regime."""
    protocol: int = PROTOCOL


def measure(task: Task, started_ns: int) -> dict[str, Any]:
    """Do the task, from importing what it needs to the last picture."""
    import cv2

    from trucksight.runtime import Detector
    from trucksight.runtime.golden import replay
    from trucksight.runtime.opencv_messages import silence

    from .conditions import read_conditions
    from .results import PARTS, Process

    silence()
    cv2.setNumThreads(1)
    marks = [started_ns, time.monotonic_ns()]
    detector = Detector(
        task.bundle,
        variant=task.variant,
        backend=task.backend,
        threads=task.threads,
        verify=False,
    )
    with detector:
        marks.append(time.monotonic_ns())
        replay(detector)
        marks.append(time.monotonic_ns())
        decisions = Decisions(detector, task.pictures)
        decisions.first()
        marks.append(time.monotonic_ns())
        step = _stepper(decisions, task)
        warm_up_ns, steady = _warm_up(step, task)
        decisions.clear()
        with Energy() as energy:
            before = read_conditions()
            cpu_s = time.process_time()
            for _ in range(task.count):
                step()
            cpu_s = time.process_time() - cpu_s
            after = read_conditions()
        done = Process(
            regime=task.regime,
            stages_ns=decisions.stages_ns,
            end_to_end_ns=decisions.end_to_end_ns,
            unknown_ns=decisions.unknown_ns,
            warm_up_ns=warm_up_ns,
            steady=steady,
            cold_ns={
                part: end - start for part, (start, end) in zip(PARTS, pairwise(marks), strict=True)
            },
            first_decision_ns=marks[-1] - started_ns,
            peak_mib=_peak_mib(),
            cpu_ms=cpu_s / task.count * 1e3,
            verdicts=decisions.verdicts,
            before=before,
            after=after,
            energy_j=energy.spent_j,
            energy_source=energy.source,
        )
        return {"protocol": PROTOCOL, "engine": detector.engine, "process": asdict(done)}


def _stepper(decisions: Decisions, task: Task) -> Callable[[], int | None]:
    """Decides on the next picture when it is time, and gives what `Decisions.decide` does."""
    if task.regime == "back-to-back":
        return lambda: decisions.decide(decisions.read())
    period_ns = round(1e9 / task.rate_hz)
    due_ns = time.perf_counter_ns()

    def step() -> int | None:
        nonlocal due_ns
        encoded = decisions.read()
        due_ns += period_ns
        wait_ns = due_ns - time.perf_counter_ns()
        if wait_ns > 0:
            time.sleep(wait_ns / 1e9)
        elif wait_ns < -LATEST_S * 1e9:
            raise TooSlow(f"it cannot keep up with {task.rate_hz:g} pictures a second")
        return decisions.decide(encoded, due_ns)

    return step


class TooSlow(Exception):
    """The paced regime has no end at this rate."""


def _warm_up(step: Callable[[], int | None], task: Task) -> tuple[list[int], bool]:
    """Go on until the durations have settled, or the most pictures are reached."""
    from .steady import WarmUp

    warm_up = WarmUp(task.warm_up_least, task.warm_up_most)
    for _ in range(task.warm_up_most):
        duration_ns = step()
        if duration_ns is not None and warm_up.feed(duration_ns):
            break
    return list(warm_up.durations_ns), warm_up.steady


def _peak_mib() -> float:
    """The largest resident memory of this program; unlike getrusage's, not of who started it."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    """Read a task, print the answer or, as JSON too, why there is none.

    Returns:
        0, or 3 where the engine does not do it.
    """
    # Native libraries announce themselves on stdout; the answer goes where nothing else does.
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    task = Task(**json.load(sys.stdin))
    if task.protocol != PROTOCOL:
        print(json.dumps({"protocol": PROTOCOL}), file=answer)
        return 3
    from trucksight.runtime.errors import TrucksightError

    try:
        found = measure(task, int(sys.argv[1]))
    except (TrucksightError, TooSlow) as exc:
        print(json.dumps({"protocol": PROTOCOL, "refused": str(exc)}), file=answer, flush=True)
        return 3
    print(json.dumps(found), file=answer, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
