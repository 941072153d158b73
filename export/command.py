"""`trucksight export`: from a run to a bundle, through a gate."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ..runtime.errors import OutputError, UsageError
from ..runtime.extras import require

if TYPE_CHECKING:
    from .exporting import Exported, ExportOptions
    from .making import Made

PACKAGES = ("tensorflow", "sklearn", "tf2onnx", "onnx", "onnxruntime", "ai_edge_litert")
REFUSED = 3
"""Exit status: a variant was measured and not let in."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add = parser.add_argument
    add("source", metavar="RUN", type=Path, help="folder that `train` wrote")
    add("--out", metavar="BUNDLE", type=Path, required=True, help="folder, or FILE.zip")
    add("--variants", metavar="NAMES", help="comma-separated, e.g. tflite-int8,onnx-fp32, or all;"
        " default: tflite-int8,tflite-fp32,onnx-fp32; also tflite-fp16, tflite-dynamic,"
        " onnx-fp16, onnx-int8")  # fmt: skip
    add("--name", help="what the bundle is called; default: the name of BUNDLE")
    add("--data", metavar="DIR", type=Path, action="append", help="where the data folder lies now,"
        " if it was moved; once for each that was trained on")  # fmt: skip
    add("--gate-data", metavar="DIR", type=Path, action="append", default=[], help="labelled"
        " pictures that judge beside those that training held out; may be repeated")  # fmt: skip
    add("--max-drop", metavar="X", type=float, default=0.02, help="what a variant may lose against"
        " its float source, in accuracy and in recall (default 0.02)")  # fmt: skip
    add("--accept", metavar="VARIANT", action="append", default=[], help="let a variant in whatever"
        " the gate says; may be repeated; stands in its certificate for ever")  # fmt: skip
    add("--because", metavar="TEXT", help="why; needed with --accept")
    add("--operating-point", metavar="POINT", default="balanced", help="what each variant's"
        " threshold is chosen for: recall=0.95, fpr=0.01, f1, or balanced accuracy (default:"
        " balanced)")  # fmt: skip
    add("--abstain", metavar="SHARE", type=float, default=0.0, help="give no answer in a"
        " band around the threshold with this share of the calibration pictures")  # fmt: skip
    add("--calibration-data", metavar="DIR", type=Path, help="pictures that set the integer ranges;"
        " default: some of the training split")  # fmt: skip
    add("--calibration-pictures", metavar="N", type=int, default=400, help="at most so many of"
        " them (default 400)")  # fmt: skip
    add("--seed", type=int, default=0, help="of draws and resampling (default 0)")
    add("--notes", metavar="FILE.md", type=Path, help="text for the model card: data, licences")
    add("--overwrite", action="store_true", help="replace an existing bundle")
    add("--json", action="store_true", help="print one JSON document on stdout")


def run(args: argparse.Namespace) -> int:
    """Export and print one line a variant.

    Returns:
        0; 3 when a variant was not let in. The others are in the bundle; when there are none,
        nothing was written.
    """
    require(PACKAGES, "export", "trucksight export")
    _check(args)
    from ..train.quiet import import_keras

    import_keras()
    from ..train.run_folder import load_run
    from .exporting import export_run

    options = _options(args)
    done = export_run(
        load_run(args.source, args.data),
        args.out,
        options,
        args.overwrite,
        lambda words: print(words, file=sys.stderr, flush=True),
    )
    print(_json(done) if args.json else _table(done, args.out))
    sys.stdout.flush()
    for name, reason in done.refused.items():
        print(f"{name} refused: {reason}", file=sys.stderr)
    return REFUSED if done.refused else 0


def _check(args: argparse.Namespace) -> None:
    """Refuse before minutes of work what would be refused after them."""
    if not 1 <= args.calibration_pictures <= 10_000:
        raise UsageError(
            f"--calibration-pictures must be 1 to 10000, not {args.calibration_pictures}"
        )
    if args.seed < 0:
        raise UsageError(f"--seed must be 0 or more, not {args.seed}")
    if not 0 < args.max_drop < 1:
        raise UsageError(f"--max-drop must lie between 0 and 1, not {args.max_drop}")
    if not 0 <= args.abstain <= 0.5:
        raise UsageError(f"--abstain must be 0 to 0.5, not {args.abstain}")
    if bool(args.accept) != bool((args.because or "").strip()):
        raise UsageError("--accept VARIANT and --because TEXT need each other")
    if args.out.suffix != ".zip":
        from ..runtime.files import check_writable_target

        check_writable_target(args.out, args.overwrite)
    elif args.out.exists() and not args.overwrite:
        raise OutputError(f"{args.out} exists; choose another or add --overwrite")


def _options(args: argparse.Namespace) -> ExportOptions:
    from ..train.scores.operating_point import OperatingPoint
    from .exporting import ExportOptions
    from .recipes import RECIPES, named_recipes

    names = args.variants.split(",") if args.variants is not None else None
    return ExportOptions(
        recipes=tuple(named_recipes(list(RECIPES) if args.variants == "all" else names)),
        name=args.name or args.out.stem,
        operating_point=OperatingPoint.parse(args.operating_point),
        max_drop=args.max_drop,
        accept={variant: args.because.strip() for variant in args.accept},
        gate_folders=tuple(args.gate_data),
        range_folder=args.calibration_data,
        range_pictures=args.calibration_pictures,
        abstain_share=args.abstain,
        seed=args.seed,
        notes=_read_notes(args.notes),
    )


def _read_notes(file: Path | None) -> str:
    if file is None:
        return ""
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise UsageError(f"cannot read the notes {file}: {exc}") from exc


def _json(done: Exported) -> str:
    refused = {
        one.recipe.name: {"reason": one.gate.reason, "gate": one.gate.as_json()}
        for one in done.made
        if not one.is_let_in
    }
    return json.dumps({"bundle": done.document, "refused": refused})


def _table(done: Exported, out: Path) -> str:
    head = (
        f"{'variant':<15} {'MB':>6} {'accuracy':>9} {'ROC AUC':>8} {'max diff':>9} {'flips':>9}"
        f" {'drop in accuracy':>17} {'in recall':>16}  gate"
    )
    end = f"bundle written to {out}" if done.document else "no variant passed; nothing was written"
    return "\n".join([head, *map(_row, done.made), end])


def _row(one: Made) -> str:
    measured, near, gate = (one.certificate[part] for part in ("measured", "parity", "gate"))
    area = "-" if measured["roc_auc"] is None else f"{measured['roc_auc']:.3f}"
    drops = [
        f"{gate[part]['drop']:+.4f} (< {gate[part]['upper']:.4f})"
        for part in ("accuracy", "recall")
    ]
    verdict = gate["verdict"] + (", accepted" if gate["accepted"] else "")
    return (
        f"{one.recipe.name:<15} {len(one.content) / 1e6:6.2f} {measured['accuracy']:9.3f} {area:>8}"
        f" {near['max']:9.4f} {near['flips']:>4}/{near['n']:<4}"
        f" {drops[0]:>17} {drops[1]:>16}  {verdict}"
    )
