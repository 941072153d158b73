"""`trucksight qualify`: let this board measure which of a bundle's variants it runs best."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...runtime.extras import require

if TYPE_CHECKING:
    from .qualify import Candidate
    from .results import Absent, Results

LEAST_PAIRED = 40
"""Decisions of each of three processes; together they bound a 95th percentile."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    from .command import add_picture_options, numbers

    add = parser.add_argument
    add("bundle", nargs="?", default="default", metavar="BUNDLE", help="a bundle's folder or zip;"
        " default: the one that ships")  # fmt: skip
    add("--rate", type=float, default=15.0, metavar="HZ", help="pictures a second that have to be"
        " decided on; default %(default)s")  # fmt: skip
    add("--max-ms", type=float, metavar="MS", help="for 95 %% of them, from when one is due to its"
        " decision; default: the time between two")  # fmt: skip
    add("--threads", type=numbers, default=[], metavar="N,N", help="default: 1, 2, 4, ... and all")
    add("--backend", action="append", default=[], metavar="NAME", help="may be repeated;"
        " default: all that are installed")  # fmt: skip
    add_picture_options(parser)
    add("--keep-in", type=Path, metavar="FOLDER", help="where the choice is kept, for instance"
        " /var/lib/trucksight for the service; default: where run looks")  # fmt: skip
    add("--dry-run", action="store_true", help="measure and tell, keep nothing")
    add("--json", action="store_true", help="one JSON document on stdout")
    add("--quiet", action="store_true", help="no progress on stderr")


def run(args: argparse.Namespace) -> int:
    """Measure, choose, keep.

    Returns:
        0; 1 where nothing keeps within the budget, and an older choice stays as it is.
    """
    require(["rich"], "bench", "trucksight qualify")
    from ...runtime import load_bundle
    from ...runtime.detector import resolve_bundle
    from ...runtime.errors import UsageError
    from ...runtime.opencv_messages import silence
    from ...runtime.qualified import Place, Qualified, keep
    from .command import pictures_of, progress
    from .conduct import measure_all
    from .plan import all_threads, plan
    from .qualify import Budget, because, choose
    from .rounds import Amount

    if not 0 < args.rate <= 1000:
        raise UsageError(f"--rate: expected more than 0, 1000 at most, not {args.rate:g}")
    if args.max_ms is not None and args.max_ms <= 0:
        raise UsageError(f"--max-ms: expected more than 0, not {args.max_ms:g}")
    silence()
    bundle = load_bundle(resolve_bundle(args.bundle))
    budget = Budget(args.rate, args.max_ms)
    amount = Amount(
        count=LEAST_PAIRED,
        paced_count=LEAST_PAIRED,
        warm_up_least=10,
        warm_up_most=40,
        rate_hz=args.rate,
        regimes=("paced",),
    )
    cells, absent = plan(bundle, backends=args.backend, threads=args.threads or all_threads())
    with pictures_of(bundle, args) as pictures, progress(args.quiet) as tell:
        results = measure_all(bundle, cells, absent, pictures, amount, tell)
    candidates = choose(results.measured, budget)
    chosen = candidates[0] if candidates and candidates[0].is_chosen else None
    kept = None
    if chosen:
        cell = chosen.measured.cell
        choice = Qualified(
            bundle=bundle.name,
            bundle_sha256=bundle.sha256,
            variant=cell.variant,
            backend=cell.backend,
            threads=cell.threads,
            because=because(chosen, budget),
            created=results.created,
            place=Place.here(),
        )
        kept = None if args.dry_run else keep(choice, args.keep_in)
    if args.json:
        print(json.dumps(_document(candidates, results, kept), indent=2))
    else:
        show(candidates, results.absent, kept, because(chosen, budget) if chosen else None)
        for note in results.notes:
            print(note, file=sys.stderr)
    return 0 if chosen else 1


def unjudged(candidates: list[Candidate]) -> int:
    """How many passed their gate and were disturbed while they were measured."""
    return sum(bool(one.measured.invalid) and one.measured.gate == "passed" for one in candidates)


def _document(candidates: list[Candidate], results: Results, kept: Path | None) -> dict[str, Any]:
    return {
        "candidates": [
            {
                "variant": one.measured.cell.variant,
                "backend": one.measured.cell.backend,
                "threads": one.measured.cell.threads,
                "engine": one.measured.engine,
                "median_ms": one.median and round(one.median.value_ms, 3),
                "p95_ms": one.p95 and round(one.p95.value_ms, 3),
                "set_aside": len(one.measured.set_aside),
                "chosen": one.is_chosen,
                "why_not": one.why_not,
            }
            for one in candidates
        ],
        "unjudged": unjudged(candidates),
        "absent": [{"what": one.what, "why": one.why, "cure": one.cure} for one in results.absent],
        "notes": results.notes,
        "kept": str(kept) if kept else None,
    }


def show(
    candidates: list[Candidate], absent: list[Absent], kept: Path | None, because: str | None
) -> None:
    """Print what became of every way to run the bundle; `because` is of the chosen one."""
    width = max((len(str(one.measured.cell)) for one in candidates), default=0)
    for one in candidates:
        words = f"chosen: {because}" if one.is_chosen else one.why_not
        print(f"{one.measured.cell!s:<{width}}  {words}")
    for gone in absent:
        print(f"not measured: {gone.what}: {gone.why}" + (f"; {gone.cure}" if gone.cure else ""))
    if because and unjudged(candidates):
        print(
            f"{unjudged(candidates)} of {len(candidates)} could not be judged, and may be faster:"
            " measure again when the machine has nothing else to do",
            file=sys.stderr,
        )
    if kept:
        print(f"kept in {kept}; trucksight run uses it where nothing else is asked for")
    elif because is None:
        busy = candidates and all(one.measured.invalid for one in candidates)
        why = "the machine was too disturbed to tell" if busy else "nothing keeps within the budget"
        print(f"{why}; nothing was kept", file=sys.stderr)
