"""What `trucksight train` and `trucksight tune` have in common beside the options of a training."""

from __future__ import annotations

import argparse

NEEDED = ("tensorflow", "keras", "sklearn", "matplotlib", "imagehash", "rich")
"""Modules of the extra `train`, which are imported when a training begins."""
FEATURE_CACHE_MB = 2000


def add_feature_cache(parser: argparse.ArgumentParser) -> None:
    """Declare `--feature-cache-mb`."""
    parser.add_argument("--feature-cache-mb", type=int, default=FEATURE_CACHE_MB, metavar="N",
        help="keep features of frozen bases for other trainings, at most N million bytes; default"
        " %(default)s, 0 keeps none")  # fmt: skip


def feature_bytes(args: argparse.Namespace) -> int:
    """What it says, in bytes."""
    megabytes: int = args.feature_cache_mb
    return max(0, megabytes) * 1_000_000
