"""Options for data folders whose labels come from boxes, the same for every command."""

from __future__ import annotations

import argparse

from .boxes import AMBIGUOUS_SHARE, TRUCK_SHARE


def add_box_options(parser: argparse.ArgumentParser) -> None:
    """Add `--truck-share` and `--ambiguous-share`; `BoxRule` checks them."""
    parser.add_argument("--truck-share", type=float, default=TRUCK_SHARE, metavar="SHARE",
        help="of a COCO picture that one box of the looked-for class must cover to label it so;"
        " smaller ones leave it out; default %(default)s")  # fmt: skip
    parser.add_argument("--ambiguous-share", type=float, default=AMBIGUOUS_SHARE, metavar="SHARE",
        help="of a COCO picture from which on an ambiguous vehicle leaves it out;"
        " default %(default)s")  # fmt: skip
