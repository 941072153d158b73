"""A chief that proposes and a worker that trains, as two processes."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

COMMAND = [sys.executable, "-W", "ignore", "-m", "trucksight.runtime"]
DEADLINE_S = 240


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@contextmanager
def started(identifier: str, port: int, arguments: list[str]) -> Iterator[subprocess.Popen[str]]:
    environment = {
        **os.environ,
        "KERASTUNER_TUNER_ID": identifier,
        "KERASTUNER_ORACLE_IP": "127.0.0.1",
        "KERASTUNER_ORACLE_PORT": str(port),
    }
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_a_worker_trains_what_its_chief_proposes(
    split_data: Path, tmp_path: Path, small: list[str]
) -> None:
    port, out = free_port(), tmp_path / "search"
    arguments = ["tune", str(split_data), *small, "--trials", "2"]
    other = [*arguments[:-2], "--trials", "2", "--dropout", "0.5"]
    with started("chief", port, [*arguments, "--out", str(out)]) as chief:
        with started("stranger", port, other) as stranger:
            _, said = stranger.communicate(timeout=DEADLINE_S)
            assert stranger.returncode == 2, said
            assert "the chief searches on other pictures, with other options" in said
        with started("worker-1", port, arguments) as worker:
            out_of_worker, said = worker.communicate(timeout=DEADLINE_S)
            assert worker.returncode == 0, said
            assert said.count("ROC AUC 0") + said.count("ROC AUC 1") == 2
            assert out_of_worker == ""
        table, said = chief.communicate(timeout=DEADLINE_S)
    assert chief.returncode == 0, said
    trials = json.loads((out / "trials.json").read_text())["trials"]
    assert [one["status"] for one in trials].count("trained") == 2
    assert len(table.splitlines()) == len(trials) + 1
    assert (out / "best.toml").exists()
