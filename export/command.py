"""`trucksight export`: from a run to a bundle."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from ..runtime.errors import OutputError, UsageError
from ..runtime.extras import require

PACKAGES = ("tensorflow", "sklearn", "tf2onnx", "onnx", "onnxruntime", "ai_edge_litert")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("source", metavar="RUN", type=Path, help="folder that `train` wrote")
    parser.add_argument(
        "--out", metavar="BUNDLE", type=Path, required=True, help="folder, or FILE.zip"
    )
    parser.add_argument(
        "--variants",
        metavar="NAMES",
        help="comma-separated, e.g. tflite-int8,onnx-fp32; default: tflite-int8,tflite-fp32,"
        "onnx-fp32; also tflite-fp16, tflite-dynamic, onnx-fp16, onnx-int8",
    )
    parser.add_argument("--name", help="what the bundle is called; default: the name of BUNDLE")
    parser.add_argument(
        "--data",
        metavar="DIR",
        type=Path,
        action="append",
        help="where the data folder lies now, if it was moved; once for each that was trained on",
    )
    parser.add_argument(
        "--calibration-pictures",
        metavar="N",
        type=int,
        default=200,
        help="pictures of the training split that set the integer ranges (default 200)",
    )
    parser.add_argument("--seed", type=int, default=0, help="of the calibration draw (default 0)")
    parser.add_argument(
        "--notes", metavar="FILE.md", type=Path, help="text for the model card: data, licences"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace an existing bundle")
    parser.add_argument("--json", action="store_true", help="print bundle.json on stdout")


def run(args: argparse.Namespace) -> int:
    """Export, then print one line a variant."""
    require(PACKAGES, "export", "trucksight export")
    out: Path = args.out
    if not 1 <= args.calibration_pictures <= 10_000:
        raise UsageError(
            f"--calibration-pictures must be 1 to 10000, not {args.calibration_pictures}"
        )
    if args.seed < 0:
        raise UsageError(f"--seed must be 0 or more, not {args.seed}")
    _check_target(out, args.overwrite)

    from ..train.quiet import import_keras

    import_keras()
    from ..train.run_folder import load_run
    from .bundle_writer import ExportOptions, export_run
    from .recipes import named_recipes

    options = ExportOptions(
        recipes=tuple(
            named_recipes(args.variants.split(",") if args.variants is not None else None)
        ),
        name=args.name or out.stem,
        calibration_pictures=args.calibration_pictures,
        seed=args.seed,
        notes=_read_notes(args.notes),
    )
    document = export_run(
        load_run(args.source, args.data),
        out,
        options,
        args.overwrite,
        lambda words: print(words, file=sys.stderr, flush=True),
    )
    print(json.dumps(document) if args.json else _table(document, out))
    return 0


def _check_target(out: Path, overwrite: bool) -> None:
    """Refuse before minutes of work what would be refused after them."""
    from ..runtime.files import check_writable_target

    if out.suffix != ".zip":
        check_writable_target(out, overwrite)
    elif out.exists() and not overwrite:
        raise OutputError(f"{out} exists; choose another or add --overwrite")


def _read_notes(file: Path | None) -> str:
    if file is None:
        return ""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise UsageError(f"cannot read the notes {file}: {exc}") from exc


def _table(document: dict[str, Any], out: Path) -> str:
    rows = [f"{'variant':<15} {'MB':>6} {'accuracy':>9} {'max diff':>9} {'flips':>9}"]
    for name, entry in document["variants"].items():
        measured, near = entry["certificate"]["measured"], entry["certificate"]["parity"]
        rows.append(
            f"{name:<15} {entry['size_bytes'] / 1e6:6.2f} {measured['accuracy']:9.3f}"
            f" {near['max']:9.4f} {near['flips']:>4}/{near['n']}"
        )
    return "\n".join([*rows, f"bundle written to {out}"])
