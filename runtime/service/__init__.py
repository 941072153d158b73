"""The detector as a service of systemd: the unit that starts it, and what it tells back."""

from .notify import Notifier
from .unit import Unit, program_command, unit_text

__all__ = ["Notifier", "Unit", "program_command", "unit_text"]
