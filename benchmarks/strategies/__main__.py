"""`python -m trucksight.benchmarks.strategies`: a table of architectures and strategies.

    python -m trucksight.benchmarks.strategies PHOTOS --weights-folder WEIGHTS --out docs/strategies

Trains every row of a plan, each in a process of its own, and leaves README.md, strategies.json and
strategies.png. Begun again it goes on after the last finished row.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from ...runtime.errors import OutputError, TrucksightError, UsageError
from ...runtime.extras import require
from ...runtime.files import write_atomically
from .plan import DEFAULT_PLAN, read_plan

DOCUMENT, PLOT, PAGE = "strategies.json", "strategies.png", "README.md"
EXIT_INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Hold a plan and leave its page.

    Returns:
        0, also where rows failed, which the page tells; 2 after an error; 130 after Ctrl-C.
    """
    args = _parser().parse_args(argv)
    try:
        require(("tensorflow", "keras", "sklearn", "matplotlib"), "train", "the table")
        require(("ai_edge_litert",), "litert", "the table")
        _run(args)
    except TrucksightError as exc:
        for line in exc.lines:
            print(f"trucksight: {line}", file=sys.stderr)
        return exc.exit_status
    except KeyboardInterrupt:
        print("interrupted; the same command goes on after the last finished row", file=sys.stderr)
        return EXIT_INTERRUPTED
    return 0


def _run(args: argparse.Namespace) -> None:
    from .conduct import Limits, hold
    from .plot import draw_outcome
    from .table import as_markdown
    from .training import Workplace

    if args.minutes is not None and args.minutes < 0:
        raise UsageError(f"--minutes must be 0 or more, not {args.minutes:g}")
    plan = read_plan(args.plan)
    try:
        args.out.mkdir(parents=True, exist_ok=True)
        place = Workplace.of(args.work, args.photos)
    except OSError as exc:
        raise OutputError(f"{exc.filename}: {exc.strerror}") from exc
    limits = Limits(args.minutes, args.again)
    outcome = hold(plan, place, args.weights_folder, limits, _command(args))
    document = json.dumps(outcome.as_json(), indent=1, allow_nan=False)
    write_atomically(args.out / DOCUMENT, document + "\n")
    draw_outcome(outcome, args.out / PLOT)
    write_atomically(args.out / PAGE, as_markdown(outcome, PLOT, DOCUMENT))
    print(args.out / PAGE)


def _command(args: argparse.Namespace) -> str:
    """The command for others: with names in place of this machine's folders."""
    words = ["python -m trucksight.benchmarks.strategies", "PHOTOS"]
    if args.plan != DEFAULT_PLAN:
        words.append(f"--plan {args.plan.name}")
    if args.weights_folder:
        words.append("--weights-folder WEIGHTS")
    return " ".join([*words, f"--out {'OUT' if args.out.is_absolute() else args.out}"])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m trucksight.benchmarks.strategies")
    add = parser.add_argument
    add("photos", nargs="+", type=Path, metavar="PHOTOS", help="data folders, as for trucksight"
        " train; with train/ and val/ in them, val/ is held out")  # fmt: skip
    add("--plan", type=Path, default=DEFAULT_PLAN, metavar="FILE", help="the rows, in TOML; default"
        " the one that ships")  # fmt: skip
    add("--weights-folder", type=Path, metavar="DIR", help="of the weights files that rows name")
    add("--work", type=Path, default=Path("build/strategies"), metavar="DIR", help="of the runs;"
        " default %(default)s")  # fmt: skip
    add("--out", type=Path, required=True, metavar="DIR", help=f"for {PAGE}, {DOCUMENT}, {PLOT}")
    add("--minutes", type=float, metavar="N", help="begin no training after N minutes")
    add("--again", action="store_true", help="train also what was trained before")
    return parser


if __name__ == "__main__":
    sys.exit(main())
