"""`trucksight run` operated as a service: a file of settings, SIGHUP, SIGTERM, kill -9."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from trucksight.runtime.__main__ import main
from trucksight.runtime.signals import Requests

DEADLINE_S = 20.0


class Run:
    """A real run, and what it has written so far."""

    def __init__(self, folder: Path, *options: object) -> None:
        self._folder = folder
        command = [sys.executable, "-m", "trucksight.runtime", "run", "--json", *map(str, options)]
        command += ["--decisions", str(folder / "decisions"), "--events", str(folder / "events")]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def lines(self, name: str) -> list[dict[str, Any]]:
        path = self._folder / name
        text = path.read_text() if path.exists() else ""
        whole = text[: text.rfind("\n") + 1]
        return [json.loads(line) for line in whole.splitlines()]

    def until(self, condition: Callable[[], object]) -> None:
        end = time.monotonic() + DEADLINE_S
        while not condition():
            assert self.process.poll() is None, self.process.communicate()[1]
            assert time.monotonic() < end, "it did not happen in time"
            threading.Event().wait(0.01)

    def decides(self, more: int = 3) -> None:
        """Wait for some more decisions."""
        before = len(self.lines("decisions"))
        self.until(lambda: len(self.lines("decisions")) >= before + more)

    def reload(self) -> dict[str, Any]:
        """Send SIGHUP; the notice that answers it."""
        before = len(self.lines("events"))
        self.process.send_signal(signal.SIGHUP)
        self.until(lambda: len(self.lines("events")) > before)
        return self.lines("events")[-1]

    def stop(self) -> dict[str, Any]:
        """Send SIGTERM; the summary."""
        self.process.send_signal(signal.SIGTERM)
        out, _ = self.process.communicate(timeout=DEADLINE_S)
        assert self.process.returncode == 0
        document: dict[str, Any] = json.loads(out)
        assert document["captured"] == document["decided"] + sum(document["dropped"].values())
        return document


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Run]]:
    started: list[Run] = []

    def call(*options: object) -> Run:
        started.append(Run(tmp_path, *options))
        started[-1].decides()
        return started[-1]

    yield call
    for run in started:
        if run.process.poll() is None:
            run.process.kill()
            run.process.communicate()


def test_a_reload_takes_over_settings_and_bundle(
    start: Callable[..., Run],
    fake_bundle: Path,
    tmp_path: Path,
    edit_bundle: Callable[..., None],
) -> None:
    config = tmp_path / "truck.toml"
    text = f'source = "fault:good*100000"\nbundle = "{fake_bundle}"\nquiet = true\n'
    config.write_text(text)
    run = start("--config", config)

    config.write_text(text + "rate = 2\n")
    edit_bundle(fake_bundle, rename)
    notice = run.reload()
    assert notice["notice"] == "reload"
    assert notice["taken_over"] is True
    assert notice["text"].startswith("taken over: renamed, fake, ")
    run.decides()
    document = run.stop()
    assert document["bundle"] == "renamed"
    assert document["dropped"]["rate"] > 0
    assert document["notices"] == {"reload": 1}


def rename(index: dict[str, Any]) -> None:
    index["name"] = "renamed"


def test_a_damaged_bundle_is_refused_and_the_old_one_goes_on(
    start: Callable[..., Run], fake_bundle: Path, tmp_path: Path
) -> None:
    config = tmp_path / "truck.toml"
    config.write_text(f'source = "fault:good*100000"\nbundle = "{fake_bundle}"\nquiet = true\n')
    run = start("--config", config)
    model = next((fake_bundle / "variants").iterdir())
    model.write_bytes(model.read_bytes()[:-1] + b"?")
    notice = run.reload()
    assert notice["taken_over"] is False
    assert notice["text"].startswith("refused, the old one goes on: ")
    assert model.name in notice["text"]
    run.decides()
    assert run.stop()["notices"] == {"reload": 1}


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("rate = -1", "truck.toml:4: rate: expected a number above 0, not -1"),
        ("wait-for-source = true", "--wait-for-source: changing it needs a restart"),
        ("rate = ", "truck.toml: not TOML"),
    ],
)
def test_settings_that_cannot_be_taken_over_are_refused_as_a_whole(
    start: Callable[..., Run], fake_bundle: Path, tmp_path: Path, line: str, says: str
) -> None:
    config = tmp_path / "truck.toml"
    text = f'source = "fault:good*100000"\nbundle = "{fake_bundle}"\nquiet = true\n'
    config.write_text(text)
    run = start("--config", config)
    config.write_text(text + line + "\n")
    notice = run.reload()
    assert notice["taken_over"] is False
    assert says in notice["text"]
    run.decides()
    assert "rate" not in run.stop()["dropped"]


def test_without_a_file_of_settings_a_closed_terminal_ends_the_run(
    start: Callable[..., Run], fake_bundle: Path
) -> None:
    run = start("--bundle", fake_bundle, "--source", "fault:good*100000", "--quiet")
    run.process.send_signal(signal.SIGHUP)
    out, _ = run.process.communicate(timeout=DEADLINE_S)
    assert "stopped by SIGHUP" in json.loads(out)["notes"]


def test_an_early_reload_is_done_when_there_is_something_to_reload() -> None:
    requests = Requests(reloads=True)
    told: list[str] = []
    requests.reload()
    requests.ready(lambda: None, lambda: told.append("reload"))
    requests.reload()
    assert told == ["reload", "reload"]


@pytest.mark.alone
def test_sigterm_ends_within_two_seconds_whoever_hangs(
    start: Callable[..., Run], fake_bundle: Path, tmp_path: Path
) -> None:
    pytest.importorskip("paho.mqtt.client", reason="pip install 'trucksight[mqtt]' to try this")
    with contextlib.ExitStack() as stack:
        mute = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        port = mute.getsockname()[1]
        run = start(
            *("--bundle", fake_bundle, "--source", "fault:good*45,stall*100000"),
            *("--mqtt", f"mqtt://127.0.0.1:{port}/gate", "--spool", tmp_path / "spool"),
            *("--webhook", f"http://127.0.0.1:{port}/hook", "--http", "127.0.0.1:0"),
            *("--video", tmp_path / "video.avi", "--leave-s", "0.1"),
        )
        run.until(lambda: run.lines("events"))
        began = time.monotonic()
        document = run.stop()
        took_s = time.monotonic() - began
    assert took_s < 2.0
    assert "stopped by SIGTERM" in document["notes"]
    assert (tmp_path / "video.avi").exists()
    assert len(list((tmp_path / "spool" / "webhook").iterdir())) >= 1


def test_a_killed_run_loses_at_most_the_last_line_and_leaves_no_process(
    start: Callable[..., Run], fake_bundle: Path, tmp_path: Path
) -> None:
    run = start("--bundle", fake_bundle, "--source", "fault:good*100000", "--quiet")
    run.decides(10)
    threads = Path(f"/proc/{run.process.pid}/task").glob("*/children")
    children = [int(child) for thread in threads for child in thread.read_text().split()]
    assert children
    run.process.kill()
    run.process.communicate()
    whole, _, last = (tmp_path / "decisions").read_text().rpartition("\n")
    numbers = [json.loads(line)["sequence"] for line in whole.splitlines()]
    assert numbers == sorted(set(numbers))
    assert len(last) < 1000
    end = time.monotonic() + DEADLINE_S
    while any(alive(child) for child in children):
        assert time.monotonic() < end, "the capture process outlived the run"
        threading.Event().wait(0.01)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_print_config_prints_what_config_reads(
    fake_bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", "--print-config"]) == 0
    assert "# max-age-ms =" in capsys.readouterr().out
    words = ["--bundle", str(fake_bundle), "--source", "fake:3", "--json", "--quiet"]
    assert main(["run", *words, "--print-config"]) == 0
    (tmp_path / "truck.toml").write_text(capsys.readouterr().out)
    assert main(["run", "--config", str(tmp_path / "truck.toml")]) == 0
    assert json.loads(capsys.readouterr().out)["decided"] == 3


def test_all_faults_are_printed_one_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "truck.toml"
    config.write_text('source = "fake:3"\nrate = 0\nsise = "3x3"\n')
    assert main(["run", "--config", str(config), "--threads", "0"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        f"trucksight: {config}:2: rate: expected a number above 0, not 0",
        f"trucksight: {config}:3: sise: there is no such setting; did you mean size?",
        "trucksight: --threads: expected a whole number of 1 or more, 256 at most, not '0'",
    ]
