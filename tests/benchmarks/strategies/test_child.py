"""A child that ends with the process that waits for it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from trucksight.benchmarks.strategies.child import Child

FOREVER = [sys.executable, "-c", "import signal; signal.pause()"]


def test_how_it_ended_and_what_it_used(tmp_path: Path) -> None:
    with Child() as child, (tmp_path / "log").open("wb") as log:
        waited, used = child.run([sys.executable, "-c", "print('said'); raise SystemExit(3)"], log)
    assert os.waitstatus_to_exitcode(waited) == 3
    assert used.ru_maxrss > 0
    assert (tmp_path / "log").read_text() == "said\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_while_the_child_is_made_ends_it(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []

    class Interrupted(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            made.append(self.pid)
            os.kill(os.getpid(), number)

    before = signal.getsignal(number)
    monkeypatch.setattr(subprocess, "Popen", Interrupted)
    with (tmp_path / "log").open("wb") as log, pytest.raises(KeyboardInterrupt), Child() as child:
        child.run(FOREVER, log)
    assert not Path(f"/proc/{made[0]}").exists()
    assert signal.getsignal(number) is before
