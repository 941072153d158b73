"""What this machine is, and why the detector would be slow or wrong on it."""

from .facts import Facts, gather
from .findings import CHECKS, Finding, Severity, examine
from .machine import Machine

__all__ = ["CHECKS", "Facts", "Finding", "Machine", "Severity", "examine", "gather"]
