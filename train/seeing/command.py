"""`trucksight inspect model`: a run in, what is inside it out."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import get_args

from ...runtime.extras import require


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.epilog = "exit status: 0 everything stands in FOLDER; 2 bad input, nothing was written"
    add = parser.add_argument
    add("run_path", metavar="RUN", type=Path, help="a run's folder, or a .keras file")
    add("--out", required=True, type=Path, metavar="FOLDER", help="folder to make")
    add("--picture", nargs="+", type=Path, default=[], metavar="FILE", help="show the evidence in"
        " it and its feature maps")  # fmt: skip
    add("--clip", nargs="+", type=Path, default=[], metavar="FILE", help="show the evidence in"
        " every frame, as a video")  # fmt: skip
    add("--boxes", type=Path, metavar="FOLDER|FILE", help="COCO annotations with boxes of the"
        " label: measure how much of the evidence lies in them")  # fmt: skip
    add("--most", type=int, default=300, metavar="N", help="pictures with boxes to measure on;"
        " default %(default)s")  # fmt: skip
    add("--label", metavar="NAME", help="whose evidence is shown; default: what the run looks for")
    add("--layer", metavar="NAME", help="whose maps Grad-CAM weighs; default: the last convolution")
    add("--maps-of", nargs="+", default=[], metavar="NAME", help="layers whose feature maps are"
        " drawn; default: one of each size")  # fmt: skip
    add("--method", choices=("grad-cam", "hires-cam"), default="grad-cam", help="default"
        " %(default)s")  # fmt: skip
    add("--seed", type=int, default=0, help="of draws and bootstrap; default %(default)s")
    add("--overwrite", action="store_true", help="replace FOLDER if it exists")
    add("--json", action="store_true", help="print one JSON document")


def run(args: argparse.Namespace) -> int:
    """Look, write and print."""
    require(["tensorflow", "keras", "sklearn", "matplotlib"], "train", "trucksight inspect model")
    from ...runtime.files import check_writable_target
    from ...runtime.opencv_messages import silence
    from .gradcam import Method
    from .inspecting import Wanted, check_wanted, inspect_model
    from .subject import load_subject
    from .table import print_table, size

    assert args.method in get_args(Method)
    wanted = Wanted(
        pictures=tuple(args.picture),
        clips=tuple(args.clip),
        boxes=args.boxes,
        most_boxed=args.most,
        layer=args.layer,
        maps_of=tuple(args.maps_of),
        method=args.method,
        seed=args.seed,
    )
    check_wanted(wanted)
    check_writable_target(args.out, args.overwrite)
    silence()
    subject = load_subject(args.run_path, args.label)
    found = inspect_model(subject, wanted, args.out, args.overwrite, _say)
    if args.json:
        print(json.dumps({"out": str(args.out), **found.document}, indent=2))
        return 0
    costs = found.costs
    print_table(costs)
    print(
        f"\n{costs.multiply_adds / 1e6:.1f} million multiply-adds and {costs.parameters:,}"
        f" parameters; largest output {size(costs.largest_activation_bytes)}"
    )
    for one in found.document["pictures"]:
        print(f"{one['path']}: {subject.label} {one['score']:.3f}")
    for one in found.document["clips"]:
        print(f"{one['path']}: {one['called']} of {one['frames']} frames called {subject.label}")
    if found.looks:
        print(found.looks.sentence)
    by = f"; evidence from {found.layer} by {args.method}" if found.layer else ""
    print(f"written to {args.out}{by}")
    return 0


def _say(text: str) -> None:
    print(text, file=sys.stderr)
