"""`trucksight pretrained`: a network as it comes from ImageNet, without any training."""

from __future__ import annotations

import argparse
import io
import json
import sys
from pathlib import Path

from ...runtime.extras import require


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the three commands and their options."""
    commands = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    labels = commands.add_parser("labels", help="ImageNet's likeliest labels of pictures")
    labels.add_argument("pictures", nargs="+", type=Path, metavar="PICTURE")
    labels.add_argument("--top", type=int, default=5, metavar="N", help="default %(default)s")
    labels.add_argument("--classes", type=Path, metavar="FILE", help="imagenet_class_index.json;"
        " default: Keras downloads it")  # fmt: skip
    base = commands.add_parser("baseline", help="its truck classes as a detector, measured on"
        " class folders")  # fmt: skip
    base.add_argument("--threshold", type=float, default=0.5, help="of the truck classes' summed"
        " probability; default %(default)s")  # fmt: skip
    base.add_argument("--positive", metavar="NAME", help="the class of trucks; default truck")
    features = commands.add_parser("features", help="its features of class folders, as NumPy"
        " arrays")  # fmt: skip
    features.add_argument("--out", type=Path, required=True, metavar="FILE.npz")
    for child in (base, features):
        child.add_argument("data", type=Path, metavar="FOLDER", help="class folders")
        child.add_argument("--split", choices=("train", "val", "test"), help="only these pictures")
    for child in (labels, base, features):
        add = child.add_argument
        add("--model", default="mobilenetv2", metavar="NAME", help="default %(default)s")
        add("--weights", default="imagenet", metavar="imagenet|FILE", help="with the top, for"
            " features without it; default imagenet, which Keras downloads")  # fmt: skip
        add("--width", type=float, help="share of the channels of a MobileNet; default 1.0")
        add("--size", type=int, help="side of the input, pixels; default: as it was trained")
        add("--json", action="store_true", help="print one JSON document")


def run(args: argparse.Namespace) -> int:
    """Do it and print; 0."""
    require(["tensorflow", "keras", "sklearn"], "train", "trucksight pretrained")
    from ...runtime.opencv_messages import silence
    from .network import Asked

    silence()
    asked = Asked(args.model, args.weights, args.width, args.size)
    {"labels": _labels, "baseline": _baseline, "features": _features}[args.what](args, asked)
    return 0


def _labels(args: argparse.Namespace, asked: object) -> None:
    import numpy as np

    from ...runtime.contract import model_input
    from ...runtime.errors import UsageError
    from ...runtime.picture import read_picture
    from .imagenet import CLASSES, class_names
    from .network import Asked, Pretrained, likeliest

    assert isinstance(asked, Asked)
    if not 1 <= args.top <= CLASSES:
        raise UsageError(f"--top must be 1 to {CLASSES}, not {args.top}")
    inputs = [model_input(read_picture(path), asked.contract) for path in args.pictures]
    network = Pretrained(asked, top=True)
    names = class_names(network.keras, args.classes)
    found = likeliest(network(np.concatenate(inputs)), names, args.top)
    if args.json:
        told = [
            {"file": str(path), "labels": [{"label": n, "probability": p} for n, p in rows]}
            for path, rows in zip(args.pictures, found, strict=True)
        ]
        print(json.dumps(told, indent=2))
        return
    for path, rows in zip(args.pictures, found, strict=True):
        print(path)
        for name, probability in rows:
            print(f"  {probability:.4f}  {name}")


def _baseline(args: argparse.Namespace, asked: object) -> None:
    from ...runtime.errors import UsageError
    from .imagenet import TRUCKS
    from .network import Asked, Pretrained, baseline, examples_of

    assert isinstance(asked, Asked)
    if not 0 < args.threshold < 1:
        raise UsageError(f"--threshold must be between 0 and 1, not {args.threshold}")
    examples = examples_of(args.data, args.split)
    network = Pretrained(asked, top=True)
    metrics = baseline(network, examples, args.threshold, args.positive)
    if args.json:
        told = {"model": asked.name, "classes": dict(TRUCKS), **metrics.as_json()}
        print(json.dumps(told, indent=2))
        return
    area = "-" if metrics.roc_auc is None else f"{metrics.roc_auc:.4f}"
    print(f"{asked.name}, ImageNet's {', '.join(TRUCKS.values())}; nothing was trained")
    print(
        f"{metrics.n} pictures: ROC AUC {area}, accuracy {metrics.accuracy:.4f}"
        f" ({metrics.accuracy_low:.3f} to {metrics.accuracy_high:.3f}), precision"
        f" {metrics.precision:.4f}, recall {metrics.recall:.4f} at threshold"
        f" {metrics.threshold:g}"
    )


def _features(args: argparse.Namespace, asked: object) -> None:
    import numpy as np

    from ...runtime.files import write_atomically
    from .network import Asked, Pretrained, examples_of, outputs_of

    assert isinstance(asked, Asked)
    examples = examples_of(args.data, args.split)
    features = outputs_of(Pretrained(asked, top=False), examples)
    content = io.BytesIO()
    np.savez(
        content,
        features=features,
        labels=np.array([one.label for one in examples]),
        files=np.array([str(one.path) for one in examples]),
        sha256=np.array([one.sha256 for one in examples]),
    )
    write_atomically(args.out, content.getvalue())
    shape = {"file": str(args.out), "pictures": len(features), "features": features.shape[1]}
    if args.json:
        print(json.dumps(shape, indent=2))
    else:
        print(f"{args.out}: {len(features)} x {features.shape[1]}", file=sys.stdout)
