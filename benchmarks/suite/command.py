"""`trucksight bench`: a bundle in, a table and a page out; or two bundles compared."""

from __future__ import annotations

import argparse
import contextlib
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ...runtime.extras import require

if TYPE_CHECKING:
    from ...runtime import Bundle
    from .pictures import PictureSet
    from .results import Results
    from .rounds import Amount

COMPARE = "compare"
PICTURES = 125
PACKAGES = ["rich", "matplotlib", "jinja2"]


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.usage = (
        "trucksight bench [BUNDLE] [options]\n       trucksight bench compare A B [options]"
    )
    add = parser.add_argument
    add("bundle", nargs="*", metavar="BUNDLE", help="a bundle's folder or zip; default: the one"
        " that ships. `compare A B` measures two of them in turn instead")  # fmt: skip
    add("--quick", action="store_true", help="fewer pictures: no 99th percentile")
    add_picture_options(parser)
    add("--variant", action="append", default=[], metavar="NAME", help="may be repeated;"
        " default: all")  # fmt: skip
    add("--backend", action="append", default=[], metavar="NAME", help="may be repeated;"
        " default: all that are installed")  # fmt: skip
    add("--threads", type=numbers, default=[], metavar="N,N", help="default: 1 and the default")
    add("--rate", type=float, metavar="HZ", help="of the paced regime; default 30")
    add("--processes", type=int, metavar="N", help="fresh ones a cell; default and least 3")
    add("--patience", type=float, metavar="S", help="seconds for measuring again what the machine"
        " disturbed; default: 30 %% of the first rounds, at least 30")  # fmt: skip
    add("--json", type=Path, metavar="FILE", help="leave every duration there")
    add("--markdown", type=Path, metavar="FILE", help="leave the table there")
    add("--html", type=Path, metavar="FILE", help="leave a page with plots there")
    add("--quiet", action="store_true", help="no progress on stderr")
    group = parser.add_argument_group(
        "compare A B",
        "A and B are BUNDLE#VARIANT,BACKEND,THREADS, measured in turn; or two files of --json",
    )
    group.add_argument("--groups", type=int, default=12, metavar="N", help="of four blocks,"
        " A B B A; default %(default)s, at least 6")  # fmt: skip
    group.add_argument("--other-machine", action="store_true", help="compare files of two machines")
    for side in "ab":
        words = f"the interpreter that measures {side.upper()}; default: this one"
        group.add_argument(f"--python-{side}", metavar="PYTHON", help=words)


def add_picture_options(parser: argparse.ArgumentParser) -> None:
    """Add --data, --pictures and --seed."""
    add = parser.add_argument
    add("--data", type=Path, metavar="FOLDER", help="a folder of pictures per label, or pictures;"
        " default: rendered roads")  # fmt: skip
    add("--pictures", type=int, default=PICTURES, metavar="N", help="of them; default %(default)s")
    add("--seed", type=int, default=0, help="of the pictures and the order; default %(default)s")


def run(args: argparse.Namespace) -> int:
    """Measure and show.

    Returns:
        0; 1 where every cell is invalid, or `compare` found the second bundle slower.
    """
    require(PACKAGES, "bench", "trucksight bench")
    from ...runtime import load_bundle
    from ...runtime.detector import resolve_bundle
    from ...runtime.errors import UsageError
    from ...runtime.opencv_messages import silence

    silence()
    if args.bundle[:1] == [COMPARE]:
        return _compare(args)
    if len(args.bundle) > 1:
        raise UsageError(f"one bundle was expected, not {len(args.bundle)}")
    bundle = load_bundle(resolve_bundle(args.bundle[0] if args.bundle else None))
    results = _measure(bundle, args)
    if args.json:
        _leave(args.json, json.dumps(results.as_json(), separators=(",", ":")))
    _show(results, args)
    return 0 if any(not one.invalid for one in results.measured) else 1


def _measure(bundle: Bundle, args: argparse.Namespace) -> Results:
    from .conduct import measure_all
    from .plan import plan

    amount = amount_of(args)
    cells, absent = plan(bundle, variants=args.variant, backends=args.backend, threads=args.threads)
    with pictures_of(bundle, args) as pictures, progress(args.quiet) as tell:
        return measure_all(bundle, cells, absent, pictures, amount, tell)


def _compare(args: argparse.Namespace) -> int:
    from ...runtime.errors import UsageError
    from .compare import LEAST_GROUPS, Side, compare
    from .results import Results
    from .stored import side_by_side
    from .verdict import exit_status

    if len(args.bundle) != 3:
        raise UsageError("bench compare: expected A and B, each BUNDLE#VARIANT,BACKEND,THREADS")
    for name in ("html", "rate", "processes", "patience"):
        if getattr(args, name) is not None:
            raise UsageError(f"--{name} is not for bench compare")
    stored = [Path(one) for one in args.bundle[1:] if one.endswith(".json")]
    if len(stored) == 2:
        first, second = map(Results.read, stored)
        print(side_by_side(first, second, args.other_machine).as_text())
        return 0
    if args.groups < LEAST_GROUPS:
        raise UsageError(f"--groups: expected {LEAST_GROUPS} or more, not {args.groups}")
    a = Side.parse(args.bundle[1], args.python_a)
    b = Side.parse(args.bundle[2], args.python_b)
    with pictures_of(a.bundle, args) as pictures, progress(args.quiet) as tell:
        compared = compare(a, b, pictures, amount_of(args), args.groups, tell)
    if args.json:
        _leave(args.json, json.dumps(asdict(compared), indent=2) + "\n")
    if args.markdown:
        _leave(args.markdown, compared.as_markdown())
    print(compared.as_text())
    return exit_status(compared.verdict.word)


def amount_of(args: argparse.Namespace) -> Amount:
    """How much the options ask for.

    Raises:
        UsageError: fewer than three processes, a rate that is not positive, or a patience that is
            negative or longer than a day.
    """
    from ...runtime.errors import UsageError
    from .rounds import QUICK, Amount

    amount = QUICK if args.quick else Amount()
    if args.processes is not None:
        if args.processes < 3:
            raise UsageError(f"--processes: expected 3 or more, not {args.processes}")
        amount = replace(amount, processes=args.processes)
    if args.rate is not None:
        if not 0 < args.rate <= 1000:
            raise UsageError(f"--rate: expected more than 0, 1000 at most, not {args.rate:g}")
        amount = replace(amount, rate_hz=args.rate)
    if args.patience is not None:
        if not 0 <= args.patience <= 86_400:
            raise UsageError(f"--patience: expected 0 to 86400 seconds, not {args.patience:g}")
        amount = amount.patient(args.patience)
    return amount


@contextlib.contextmanager
def pictures_of(bundle: Bundle, args: argparse.Namespace) -> Iterator[PictureSet]:
    """The pictures that the options ask for; rendered ones are gone afterwards."""
    from ...runtime.errors import UsageError
    from .pictures import own_pictures, rendered_pictures

    if args.pictures < 1 or args.seed < 0:
        raise UsageError("--pictures: expected 1 or more, and --seed 0 or more")
    if args.data:
        yield own_pictures(args.data, args.pictures, args.seed)
        return
    with tempfile.TemporaryDirectory(prefix="trucksight-bench-") as folder:
        yield rendered_pictures(Path(folder), args.pictures, args.seed, bundle.positive)


@contextlib.contextmanager
def progress(quiet: bool) -> Iterator[Callable[[str, int, int], None]]:
    """Tells on stderr how far a measurement is, where that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (BarColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True, disable=quiet) as bar:
        task = bar.add_task("the pictures", total=None)
        yield lambda what, done, of: bar.update(task, description=what, completed=done, total=of)


def _show(results: Results, args: argparse.Namespace) -> None:
    from .report_html import write_page
    from .report_markdown import report_markdown
    from .report_text import report_text
    from .summary import rows

    ranked = rows(results)
    if args.markdown:
        _leave(args.markdown, report_markdown(results, ranked))
    if args.html:
        write_page(results, ranked, args.html)
        print(f"left in {args.html}", file=sys.stderr)
    width = shutil.get_terminal_size((120, 24)).columns
    print(report_text(results, ranked, width, sys.stdout.isatty()), end="")


def _leave(path: Path, text: str) -> None:
    from ...runtime.files import write_atomically

    write_atomically(path, text)
    print(f"left in {path}", file=sys.stderr)


def numbers(text: str) -> list[int]:
    """The type of an option that takes numbers with commas between them."""
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected numbers as in 1,2,4, not {text!r}") from None
