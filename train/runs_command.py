"""`trucksight runs`: the runs of a folder beside each other."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="holds the runs")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(args: argparse.Namespace) -> int:
    """Print the table, the best first; 1 where there is no run."""
    from .runs import as_table, find_runs

    runs, left_out = find_runs(args.folder)
    for line in left_out:
        print(f"left out: {line}", file=sys.stderr)
    if args.json:
        print(json.dumps([one.as_json() for one in runs], indent=2))
    elif runs:
        print("\n".join(as_table(runs)))
        if len({one.holdout for one in runs}) > 1:
            print("not all were held against the same pictures", file=sys.stderr)
    if not runs:
        print(f"no runs in {args.folder}", file=sys.stderr)
        return 1
    return 0
