"""`trucksight inspect`: look at what goes into a training, or came out of it."""

from __future__ import annotations

import argparse
from importlib import import_module
from typing import NamedTuple


class Action(NamedTuple):
    """One row of the table of actions."""

    module: str
    """Has `configure(parser) -> None` and `run(args) -> int`; imports what is heavy in `run`."""
    help: str


ACTIONS = {
    "data": Action(
        "trucksight.train.data.inspect_command",
        "check labelled pictures; show suspects and variations",
    ),
    "model": Action(
        "trucksight.train.seeing.command",
        "what a model's layers cost, what they see and where it looks",
    ),
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the actions, each with its options."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, action in ACTIONS.items():
        module = import_module(action.module)
        child = actions.add_parser(name, help=action.help, description=action.help)
        module.configure(child)
        child.set_defaults(inspect=module.run)


def run(args: argparse.Namespace) -> int:
    """Run the action; its module says what the exit status means."""
    status: int = args.inspect(args)
    return status
