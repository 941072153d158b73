"""`python -m trucksight.benchmarks.peers`: ours and what people would use instead, in one run."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

from ...runtime import Bundle, load_bundle
from ...runtime.bundle import Variant
from ...runtime.detector import default_threads, resolve_bundle
from ...runtime.doctor.machine import Machine
from ...runtime.errors import TrucksightError, UsageError
from ...runtime.extras import require
from ...runtime.files import write_atomically
from ..paired import run_python
from . import pictures as making
from .contest import Ground, hold
from .entrants import Reads, present
from .outcome import Outcome

_SMALL = 12
"""Pictures that scores are compared on."""


def main(argv: list[str] | None = None) -> int:
    """Hold a contest and show the table.

    Returns:
        0, also where trucksight is not first; 2 after an error.
    """
    args = _parser().parse_args(argv)
    try:
        require(("rich", "packaging"), "bench", "the table of peers")
        _check(args)
        outcome = run(args)
        if args.json:
            document = json.dumps(outcome.as_json(), indent=1, allow_nan=False)
            write_atomically(args.json, document + "\n")
        from .table import as_markdown, show

        if args.markdown:
            write_atomically(args.markdown, as_markdown(outcome))
        show(outcome)
    except TrucksightError as exc:
        for line in exc.lines:
            print(f"peers: {line}", file=sys.stderr)
        return exc.exit_status
    return 0


def run(args: argparse.Namespace) -> Outcome:
    """Make the pictures and hold the contest.

    Raises:
        TrucksightError: the bundle or the pictures are not there.
    """
    bundle = load_bundle(resolve_bundle(args.bundle))
    able, absent = present(args.environments)
    if args.only:
        able = [one for one in able if any(word in one.name for word in args.only)]
    created, load_1min = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), os.getloadavg()[0]
    notes = ["MediaPipe's Python interface has no option for a number of threads"]
    with tempfile.TemporaryDirectory(prefix="trucksight-peers-") as name:
        folder = Path(name)
        keras = args.keras
        if keras is None and any(one.reads == "keras" for one in able):
            keras = _untrained(folder, bundle)
            notes.append(
                "Keras: the architecture of the bundle with weights as they begin; a layer takes as"
                " long with others"
            )
        paths, told = _pictures(args, folder, bundle)
        small = folder / "small"
        small.mkdir()
        ground = Ground(
            bundle=bundle,
            variants=_variants(bundle, args.variants),
            keras=keras,
            threads=args.threads,
            pictures=paths,
            small=making.as_model_input(paths[:_SMALL], small, bundle.contract),
            environments=args.environments,
            compiled=folder / "compiled",
        )
        contestants, trials, failed = hold(able, ground, args.rounds, args.seed, _say)
    return Outcome(
        created=created,
        machine=_machine(),
        load_1min=load_1min,
        threads=args.threads,
        pictures=told,
        contestants=contestants,
        trials=trials,
        absent=[*absent, *failed],
        notes=notes,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="peers", description=__doc__)
    parser.add_argument("--threads", type=int, default=default_threads(), metavar="N")
    parser.add_argument("--rounds", type=int, default=6, metavar="K", help="default 6, at least 5")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="of pictures and orders")
    parser.add_argument("--count", type=int, default=80, metavar="N", help="pictures (default 80)")
    parser.add_argument("--size", default="1280x720", metavar="WxH", help="of rendered pictures")
    parser.add_argument("--source", type=Path, help="a folder of pictures or a video")
    parser.add_argument("--bundle", default="default", help="default: the one that ships")
    parser.add_argument(
        "--variants", default="", metavar="A,B", help="a TFLite and an ONNX one; default: the first"
    )
    parser.add_argument("--keras", type=Path, metavar="FILE", help="of a run; else untrained")
    parser.add_argument(
        "--only", action="append", metavar="WORD", help="contestants with it in their name"
    )
    parser.add_argument(
        "--environments", type=Path, default=Path(".peers"), metavar="DIR", help="of `make peers`"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every duration there")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables there")
    return parser


def _check(args: argparse.Namespace) -> None:
    if args.rounds < 5:
        raise UsageError(f"--rounds must be 5 or more for an interval, not {args.rounds}")
    for option in ("threads", "count"):
        if getattr(args, option) < 1:
            raise UsageError(f"--{option} must be 1 or more, not {getattr(args, option)}")
    if args.keras is not None and not args.keras.is_file():
        raise UsageError(f"--keras {args.keras} is no file; name the model.keras of a run")


def _pictures(args: argparse.Namespace, folder: Path, bundle: Bundle) -> tuple[list[Path], str]:
    """Their paths in the order of the contest, and what they are."""
    from ...runtime.scenes.cli import parse_size

    _say("pictures")
    source: Path | None = args.source
    if source is None:
        size_wh = parse_size(args.size)
        paths = making.render(folder, args.count, args.seed, size_wh, bundle.contract)
        return paths, f"{len(paths)} rendered JPEG files of {args.size}, seed {args.seed}"
    if source.is_dir():
        paths = making.choose(source, args.count, args.seed, bundle.contract)
        return paths, f"{len(paths)} files of {source}, seed {args.seed}"
    if not source.is_file():
        raise UsageError(f"--source {source} does not exist")
    paths = making.take_frames(source, folder, args.count, args.seed, bundle.contract)
    return paths, f"{len(paths)} frames of {source.name} as JPEG files, seed {args.seed}"


def _variants(bundle: Bundle, wanted: str) -> dict[Reads, Variant]:
    """One variant a format: the named, else the first.

    Raises:
        UsageError: the bundle has none of a format.
        UnknownVariant: a name that it does not have.
    """
    named = [bundle.variant(name) for name in wanted.split(",") if name]
    found: dict[Reads, Variant] = {}
    formats: tuple[Reads, ...] = ("tflite", "onnx")
    for format_ in formats:
        fitting = [one for one in [*named, *bundle.variants.values()] if one.format == format_]
        if not fitting:
            raise UsageError(f"{bundle.path} has no {format_} variant; export it with one")
        found[format_] = fitting[0]
    return found


def _untrained(folder: Path, bundle: Bundle) -> Path:
    """A Keras file, made in a process of its own: TensorFlow's threads stay out of this one."""
    _say("Keras model")
    path = folder / "untrained.keras"
    run_python("-m", f"{__package__}.keras_file", str(path), str(bundle.path))
    return path


def _machine() -> str:
    machine = Machine.read()
    parts = (machine.board, machine.processor, machine.cpus and f"{machine.cpus} processors")
    return ", ".join(str(part) for part in parts if part)


def _say(line: str) -> None:
    print(f"peers: {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
