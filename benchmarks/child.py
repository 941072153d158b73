"""Run one command and print, as one line of JSON, what it took; a small process of its own.

Linux books the memory of the process that starts a child on the child as well. Started from here,
a child is charged with a few MiB instead of with the whole of pytest.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time


def main() -> None:
    """Take the command from the arguments; what it says on stderr is told only if it fails."""
    begun_ns = time.monotonic_ns()
    done = subprocess.run(sys.argv[1:], capture_output=True, text=True)
    wall_s = (time.monotonic_ns() - begun_ns) / 1e9
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    taken = {
        "begun_ns": begun_ns,
        "wall_s": wall_s,
        "cpu_s": used.ru_utime + used.ru_stime,
        "peak_mib": used.ru_maxrss / 1024,
        "stdout": done.stdout,
    }
    print(json.dumps(taken))
    if done.returncode:
        sys.stderr.write(done.stderr)
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
