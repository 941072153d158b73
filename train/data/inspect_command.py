"""`trucksight inspect data`: what is wrong with labelled pictures, before a training."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ...runtime.extras import require
from ..augmentation.augment import EFFECTS, Augmentation
from .box_options import add_box_options
from .labels import POSITIVE

if TYPE_CHECKING:
    from .dataset import Examined

EXIT_FOUND = 1
PAIRS_FILE = "pairs.jpg"
VARIED_FILE = "varied.jpg"

EPILOG = """
exit status: 0 nothing that must be mended; 1 leaks between given splits, or the same photograph
under two labels; 2 an error
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.epilog = EPILOG
    add = parser.add_argument
    add("data", nargs="+", type=Path, metavar="DATA", help="folder of class folders, with or"
        " without train/, val/ and test/ above them, or of COCO boxes")  # fmt: skip
    add_box_options(parser)
    add("--positive", default=POSITIVE, metavar="NAME", help="name or supercategory of the boxes"
        " that are looked for; default %(default)s")  # fmt: skip
    add("--sheets", type=Path, metavar="FOLDER", help=f"write two contact sheets: {PAIRS_FILE}, the"
        f" suspected pairs side by side, and {VARIED_FILE}, what a training makes of some of the"
        " pictures")  # fmt: skip
    add("--augment", metavar="NAMES", default="all", help="which effects the second sheet shows:"
        f" all, or some of {','.join(EFFECTS)}; default %(default)s")  # fmt: skip
    add("--seed", type=int, default=0, help="of the variations; default %(default)s")
    add("--json", action="store_true", help="print one JSON document")


def run(args: argparse.Namespace) -> int:
    """Check, print and draw; the exit status stands in EPILOG."""
    require(["sklearn", "imagehash"], "train", "trucksight inspect data")
    from ...runtime.opencv_messages import silence
    from .boxes import BoxRule
    from .dataset import examine
    from .findings_text import findings_text

    silence()
    augmentation = Augmentation.from_names(args.augment)
    rule = BoxRule(args.positive, args.truck_share, args.ambiguous_share)
    examined = examine(args.data, rule)
    findings = examined.findings
    if args.json:
        print(json.dumps(findings.as_json(), indent=2))
    else:
        print(findings_text(findings), end="")
    if args.sheets:
        _draw(args.sheets, examined, augmentation, args.seed)
    return EXIT_FOUND if findings.leaks or findings.divided or findings.conflicts else 0


def _draw(folder: Path, examined: Examined, augmentation: Augmentation, seed: int) -> None:
    from ...runtime.files import write_atomically
    from .sheets import pairs_sheet, some_of_each, varied_sheet

    sheets = [(VARIED_FILE, varied_sheet(some_of_each(examined.candidates), augmentation, seed))]
    if examined.findings.alike:
        sheets.append((PAIRS_FILE, pairs_sheet(examined.findings.alike)))
    for name, jpeg in sheets:
        write_atomically(folder / name, jpeg)
        print(f"{folder / name} is written", file=sys.stderr)
