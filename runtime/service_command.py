"""`trucksight service`: have systemd start the detector with the board and keep it running."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .service.unit import Unit


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    text = "write the unit file of a service that runs `trucksight run --config FILE`"
    install = actions.add_parser("install", help=text, description=text)
    install.add_argument("--print", action="store_true", help="write it to stdout and nowhere else")
    install.add_argument(
        "--config",
        type=Path,
        default=Path("/etc/trucksight/trucksight.toml"),
        metavar="FILE",
        help="configuration of the run (/etc/trucksight/trucksight.toml)",
    )
    install.add_argument("--user", default="trucksight", help="who runs it (trucksight)")
    install.add_argument("--name", default="trucksight", help="name of the service (trucksight)")
    install.add_argument("--force", action="store_true", help="replace a unit file that differs")


def run(args: argparse.Namespace) -> int:
    """Print the unit file, or install it and say what comes next.

    Returns:
        0.

    Raises:
        UsageError: not root, no systemd, no configuration, or a name a unit cannot hold.
        OutputError: a file is in the way or cannot be written.
    """
    from .service.unit import Unit, program_command, unit_text

    unit = Unit(program_command(), args.config.absolute(), args.user, args.name)
    text = unit_text(unit)
    if args.print:
        print(text, end="")
        return 0
    return _install(unit, text, args.force)


def _install(unit: Unit, text: str, force: bool) -> int:
    from .errors import OutputError
    from .service.install import difference, install, next_commands, this_host
    from .service.unit import homes_note

    try:
        path = install(unit, text, this_host(), force)
    except OutputError:
        print(difference(unit, text), end="", file=sys.stderr)
        raise
    print(f"{path} is in place; next, as root:")
    for command in next_commands(unit):
        print(f"  {command}")
    note = homes_note(unit)
    if note:
        print(note)
    return 0
