"""The command line: a table of commands, each in a module that is imported when it is called."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NamedTuple

from .errors import TrucksightError

PROGRAM = "trucksight"


class Command(NamedTuple):
    """One row of the table of commands."""

    module: str
    """Has `configure(parser) -> None` and `run(args) -> int`, the exit status."""
    help: str


COMMANDS = {
    "train": Command("trucksight.train.command", "fit a model to folders of labelled pictures"),
    "tune": Command(
        "trucksight.train.search.command",
        "search for the best options of a training",
    ),
    "evaluate": Command(
        "trucksight.train.evaluation.command", "measure a run or a bundle on labelled pictures"
    ),
    "inspect": Command(
        "trucksight.train.inspect_command", "check what a training gets, or look at what it made"
    ),
    "runs": Command("trucksight.train.runs_command", "show the runs of a folder, the best first"),
    "pretrained": Command(
        "trucksight.train.pretrained.command",
        "use an ImageNet network as it is: labels, truck baseline, features",
    ),
    "export": Command("trucksight.export.command", "turn a run into a bundle for the board"),
    "predict": Command("trucksight.runtime.predict_command", "decide on single pictures"),
    "run": Command("trucksight.runtime.run_command", "decide on a camera, a video or a folder"),
    "verify": Command(
        "trucksight.runtime.verify_command", "check that a bundle is what was measured, and runs so"
    ),
    "bench": Command(
        "trucksight.benchmarks.suite.command", "measure a bundle on this machine, or compare two"
    ),
    "qualify": Command(
        "trucksight.benchmarks.suite.qualify_command",
        "let this machine choose the variant, engine and threads that it runs best",
    ),
    "doctor": Command(
        "trucksight.runtime.doctor_command", "tell what would make detection slow or wrong here"
    ),
    "service": Command(
        "trucksight.runtime.service_command", "have systemd start it with the board"
    ),
    "scenes": Command("trucksight.runtime.scenes.cli", "render road pictures and clips"),
    "demo": Command("trucksight.runtime.demo_command", "render a clip and detect trucks in it"),
}


def main(argv: list[str] | None = None) -> int:
    """Run one command.

    Returns:
        0 when it went well, 1 when it ran and found nothing to be proud of (documented by the
        command), 2 for an error of the caller's or of the machine's, 3 for what export measured
        and refused, 130 after Ctrl-C.
    """
    arguments = sys.argv[1:] if argv is None else argv
    args = _parser(arguments).parse_args(arguments)
    try:
        status: int = args.run(args)
        sys.stdout.flush()
        return status
    except TrucksightError as exc:
        for line in exc.lines:
            print(f"{PROGRAM}: {line}", file=sys.stderr)
        return exc.exit_status
    except KeyboardInterrupt:
        print(f"{PROGRAM}: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of our output went away; keep the interpreter's own flush from failing again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141


def _parser(arguments: list[str]) -> argparse.ArgumentParser:
    """The parser; only the called command's module is imported, so `--help` stays instant."""
    parser = argparse.ArgumentParser(
        prog=PROGRAM, description="On-device truck detection: what was measured is what runs."
    )
    parser.add_argument("--version", action=_Version, help="show the version, and end")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    called = next((word for word in arguments if not word.startswith("-")), None)
    for name, command in COMMANDS.items():
        child = commands.add_parser(name, help=command.help, description=command.help)
        if name == called:
            module = import_module(command.module)
            module.configure(child)
            child.set_defaults(run=module.run)
    return parser


class _Version(argparse.Action):
    """Looks the version up only when asked: that loads more than most commands need."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str) -> None:
        super().__init__(option_strings, argparse.SUPPRESS, nargs=0, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        print(f"{PROGRAM} {_version()}")
        parser.exit()


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(PROGRAM)
    except PackageNotFoundError:
        return "(not installed)"


if __name__ == "__main__":
    sys.exit(main())
