"""Everything that `trucksight run` can be told, by options and by a TOML file."""

from .resolve import add_settings, print_config, resolve
from .settings import OPTIONS, Settings

__all__ = ["OPTIONS", "Settings", "add_settings", "print_config", "resolve"]
