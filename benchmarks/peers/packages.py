"""Prints, as JSON, the packages of the environment it runs in; a process of its own.

    python -I packages.py

By normalised name: `bytes` of the installed files, compiled Python left out, because it comes and
goes; `requires` as in its metadata. A package that is installed editable has its files elsewhere
and counts nothing here. `markers` is what the environment says to requirements with a condition.
"""

from __future__ import annotations

import json
import platform
import re
import sys
from importlib.metadata import distributions
from pathlib import Path


def main() -> None:
    """Print every distribution that can be imported here."""
    packages = {}
    for one in distributions():
        kept = (path for path in one.files or () if path.suffix != ".pyc")
        paths = [Path(str(one.locate_file(path))) for path in kept]
        packages[re.sub(r"[-_.]+", "-", one.metadata["Name"]).lower()] = {
            "version": one.version,
            "requires": one.requires or [],
            "bytes": sum(path.stat().st_size for path in paths if path.is_file()),
        }
    markers = {
        "python_version": ".".join(map(str, sys.version_info[:2])),
        "python_full_version": platform.python_version(),
        "platform_python_implementation": platform.python_implementation(),
        "sys_platform": sys.platform,
        "platform_system": platform.system(),
        "platform_machine": platform.machine(),
    }
    print(json.dumps({"packages": packages, "markers": markers}))


if __name__ == "__main__":
    main()
