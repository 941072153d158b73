"""Long runs: whether the program keeps memory, descriptors or threads, and gets its camera back.

    python -m trucksight.benchmarks.soak [--minutes 60] [--json FILE] [--plot FILE.png]

`trucksight run` is driven as a user starts it and looked at from outside, through /proc:

- `fault`: the fault camera at 60 frames a second, every fault, lost eleven times a minute;
- `scenes`: rendered traffic at 30 frames a second, whose capture process is never replaced;
- `fast`: frames from memory, without the network, as many as it can.

All write decisions and events to files that are rotated, and post events from a spool to a server
that is down a quarter of the time. After a warm-up the memory of each process must not be shown to
grow or shrink (see `slope`), and descriptors, threads and processes must be as many at the end.

`--plant-leak BYTES` has every driven program keep so many bytes a decision: the soak must then
fail. Exit status 0: all held; 1: something did not; 2: the soak could not be run; 130: interrupted.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from ..runtime.errors import TrucksightError
from ..runtime.extras import require
from ..runtime.files import write_atomically
from .soak_checks import Observed, checks, growths
from .soak_peer import Peer
from .soak_programs import PROGRAMS, Running, SoakError, until_first_decisions
from .soak_report import Plan, Soak, document, text
from .soak_watch import Sample


def soak(plan: Plan) -> Soak:
    """Run the programs side by side, and end them whatever happens.

    Raises:
        SoakError: a program could not go on.
    """
    load = os.getloadavg()[0]
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="soak-")))
        peer = stack.enter_context(Peer())
        running = {
            name: stack.enter_context(
                Running(PROGRAMS[name], folder / name, peer.url, plan.keep_bytes)
            )
            for name in plan.names
        }
        for _ in until_first_decisions(list(running.values())):
            time.sleep(plan.period_s)
        samples = _watch(plan, running)
        load_then = os.getloadavg()[0]
        endings = {name: one.finish() for name, one in running.items()}
        judged_s = samples[plan.names[0]][0].at_s + plan.warm_up_s
        observed = [
            Observed(
                name,
                one.program,
                [sample for sample in samples[name] if sample.at_s >= judged_s],
                one.gaps.found if one.gaps else [],
                endings[name],
            )
            for name, one in running.items()
        ]
    early = {
        name: [sample for sample in found if sample.at_s < judged_s]
        for name, found in samples.items()
    }
    return Soak(tuple(observed), early, (load, load_then))


def _watch(plan: Plan, running: dict[str, Running]) -> dict[str, list[Sample]]:
    samples: dict[str, list[Sample]] = {name: [] for name in running}
    begun_s = time.monotonic()
    for number in range(round(plan.seconds / plan.period_s) + 1):
        due_s = begun_s + number * plan.period_s
        time.sleep(max(0.0, due_s - time.monotonic()))
        for name, one in running.items():
            samples[name].append(one.sample())
    return samples


def main(argv: Sequence[str] | None = None) -> int:
    """Run, report and judge; see the top of this module for the exit status."""
    args = _parser().parse_args(argv)
    # SIGTERM unwinds as Ctrl-C does, so that every child is ended.
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        if args.plot:
            require(("matplotlib",), "plot", "--plot")
        names = tuple(name for name in PROGRAMS if name in args.only)
        plan = Plan(args.minutes * 60, names, args.plant_leak)
        return _report(plan, args.json, args.plot)
    except (TrucksightError, SoakError) as exc:
        print(f"soak: {exc}", file=sys.stderr)
        return 1 if isinstance(exc, SoakError) else 2
    except KeyboardInterrupt:
        print("soak: interrupted", file=sys.stderr)
        return 130
    finally:
        signal.signal(signal.SIGTERM, before)


def _report(plan: Plan, json_path: Path | None, plot_path: Path | None) -> int:
    seen = soak(plan)
    try:
        grown = growths(seen.observed)
    except ValueError as exc:
        raise SoakError(f"memory cannot be judged: {exc}") from None
    verdict = checks(seen.observed, grown)
    print(text(plan, seen, grown, verdict))
    if json_path:
        report = json.dumps(document(plan, seen, grown, verdict), indent=2)
        write_atomically(json_path, f"{report}\n".encode())
    if plot_path:
        from .soak_plot import draw

        draw(seen.observed, grown, seen.warm_up, plot_path)
    wrong = [check for check in verdict if not check.passed]
    if wrong:
        first = wrong[0]
        more = f" (and {len(wrong) - 1} more)" if wrong[1:] else ""
        print(
            f"soak: {first.program}: {first.what}: {first.seen}; wanted {first.wanted}{more}",
            file=sys.stderr,
        )
    return 1 if wrong else 0


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m trucksight.benchmarks.soak")
    parser.add_argument("--minutes", type=float, default=60.0, help="warm-up included (60)")
    parser.add_argument("--only", nargs="+", choices=tuple(PROGRAMS), default=tuple(PROGRAMS))
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the whole report")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw memory over time as PNG")
    parser.add_argument(
        "--plant-leak",
        type=int,
        default=0,
        metavar="BYTES",
        help="self-test: what is driven keeps so many bytes a decision, and must be found out",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
