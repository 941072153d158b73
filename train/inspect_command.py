"""`trucksight inspect ...`: a table of actions, each in a module that is imported when called."""

from __future__ import annotations

import argparse
from importlib import import_module
from typing import NamedTuple


class Action(NamedTuple):
    """One row of the table of actions."""

    module: str
    """Has `configure(parser) -> None` and `run(args) -> int`, the exit status."""
    help: str


ACTIONS = {
    "model": Action(
        ".inspect_model_command", "what a model's layers cost, what they see and where it looks"
    ),
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the actions; their modules import what is heavy when they run."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, action in ACTIONS.items():
        child = actions.add_parser(name, help=action.help, description=action.help)
        import_module(action.module, __package__).configure(child)


def run(args: argparse.Namespace) -> int:
    """Run the action."""
    status: int = import_module(ACTIONS[args.action].module, __package__).run(args)
    return status
