"""`trucksight bench`, `bench compare` and `qualify`, as a user calls them, with fresh processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from trucksight.benchmarks.suite.results import Results
from trucksight.runtime.__main__ import main

ROOT = Path(__file__).parents[3]
Out = Callable[[], tuple[str, str]]

pytestmark = pytest.mark.alone


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)


@pytest.fixture
def call(capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Exit status, stdout and stderr."""

    def run(*words: object) -> tuple[int, str, str]:
        status = main([str(word) for word in words])
        out, err = capfd.readouterr()
        return status, out, err

    return run


def test_bench_leaves_table_page_and_every_duration(
    call: Callable[..., tuple[int, str, str]], fake_bundle: Path, data: Path, tmp_path: Path
) -> None:
    files = {kind: tmp_path / f"bench.{kind}" for kind in ("json", "markdown", "html")}
    status, out, err = call(
        *("bench", fake_bundle, "--backend", "fake", "--quick", "--threads", "1", "--rate", "200"),
        *("--data", data, "--quiet"),
        *(word for kind, path in files.items() for word in (f"--{kind}", path)),
    )
    results = Results.read(files["json"])
    (measured,) = results.measured
    assert status == (1 if measured.invalid else 0)
    assert len(measured.processes) == 6 or measured.invalid
    assert "fake" in out
    assert "p50" in out
    assert err.count("left in") == 3
    assert "| " in files["markdown"].read_text()
    assert "<svg" in files["html"].read_text()


def test_a_board_chooses_and_run_follows(
    call: Callable[..., tuple[int, str, str]], fake_bundle: Path, data: Path, tmp_path: Path
) -> None:
    words = ("qualify", fake_bundle, "--backend", "fake", "--threads", "3", "--rate", "50")
    status, out, _ = call(*words, "--data", data, "--json", "--quiet", "--max-ms", "1000")
    document: dict[str, Any] = json.loads(out)
    (candidate,) = document["candidates"]
    assert bool(candidate["set_aside"]) <= bool(document["notes"])
    if "invalid" in str(candidate["why_not"]):
        pytest.skip("the machine is too busy to measure anything; run it alone")
    assert status == 0
    assert candidate["chosen"]
    assert Path(document["kept"]).parent == tmp_path / "state" / "trucksight"
    pictures = ("--source", data / "truck", "--json")
    status, out, err = call("run", "--bundle", fake_bundle, *pictures)
    assert json.loads(out)["threads"] == 3
    assert "as qualified" in err


def test_nothing_is_kept_where_nothing_keeps_within_the_budget(
    call: Callable[..., tuple[int, str, str]], fake_bundle: Path, data: Path, tmp_path: Path
) -> None:
    words = ("qualify", fake_bundle, "--backend", "fake", "--threads", "1", "--rate", "50")
    status, out, err = call(*words, "--data", data, "--quiet", "--max-ms", "0.001")
    assert status == 1
    assert "are allowed" in out or "invalid" in out
    assert "nothing was kept" in err
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("bench", "a", "b"), "one bundle was expected, not 2"),
        (("bench", "nowhere"), "nowhere"),
        (("bench", "compare", "a"), "expected A and B"),
        (("bench", "compare", "a", "b", "--html", "c"), "--html is not for bench compare"),
        (("bench", "compare", "default", "default", "--groups", "3"), "expected 6 or more"),
        (("bench", "default", "--processes", "2"), "expected 3 or more, not 2"),
        (("bench", "default", "--rate", "0"), "expected more than 0"),
        (("bench", "default", "--pictures", "0"), "expected 1 or more"),
        (("bench", "default", "--backend", "tpu"), "no backend tpu; known: litert"),
        (("bench", "default", "--data", "nowhere"), "nowhere is no folder"),
        (("qualify", "default", "--rate", "-1"), "expected more than 0"),
        (("qualify", "default", "--max-ms", "0"), "expected more than 0"),
    ],
)
def test_what_cannot_be_meant_is_one_line_and_status_2(
    words: tuple[str, ...], told: str, call: Callable[..., tuple[int, str, str]]
) -> None:
    status, out, err = call(*words, "--quiet")
    assert (status, out) == (2, "")
    assert err.startswith("trucksight: ")
    assert err.count("\n") == 1
    assert told in err


def test_the_ci_script_compares_with_the_base_commit(
    fake_bundle: Path, data: Path, tmp_path: Path
) -> None:
    """A repository whose bundle has not changed between two commits: not slower."""
    repository = tmp_path / "repository"
    repository.mkdir()
    git = ("git", "-C", str(repository), "-c", "user.name=a", "-c", "user.email=a@example.com")
    fake_bundle.rename(repository / "bundle")
    for words in (("init", "--quiet"), ("add", "."), ("commit", "--quiet", "-m", "base")):
        subprocess.run([*git, *words], check=True)
    environment = {
        **os.environ,
        "TRUCKSIGHT": f"{sys.executable} -m trucksight.runtime",
        "BENCH_OPTIONS": f"--quick --groups 6 --data {data}",
    }
    script = ROOT / "docs" / "ci" / "bench_against_base.sh"
    done = subprocess.run(
        ["sh", str(script), "HEAD", "bundle", "table.md"],
        cwd=repository,
        env=environment,
        capture_output=True,
        text=True,
    )
    table = (repository / "table.md").read_text()
    word = next(one for one in ("slower", "faster", "level", "undecided") if one in table)
    assert done.returncode == (1 if word == "slower" else 0), done.stderr
    assert "end to end" in table
    assert "groups A-B-B-A" in table
    trees = subprocess.run([*git, "worktree", "list"], check=True, capture_output=True, text=True)
    assert trees.stdout.count("\n") == 1
    gone = subprocess.run(["sh", str(script), "HEAD"], capture_output=True, text=True)
    assert gone.returncode == 2
    assert "BASE_COMMIT BUNDLE" in gone.stderr


def test_the_ci_script_does_not_take_a_crash_for_slower(fake_bundle: Path, tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    repository.mkdir()
    git = ("git", "-C", str(repository), "-c", "user.name=a", "-c", "user.email=a@example.com")
    fake_bundle.rename(repository / "bundle")
    (repository / "table.md").write_text("of another day")
    for words in (("init", "--quiet"), ("add", "."), ("commit", "--quiet", "-m", "base")):
        subprocess.run([*git, *words], check=True)
    done = subprocess.run(
        ["sh", str(ROOT / "docs" / "ci" / "bench_against_base.sh"), "HEAD", "bundle", "table.md"],
        cwd=repository,
        env={**os.environ, "TRUCKSIGHT": "false"},
    )
    assert done.returncode == 2
    assert not (repository / "table.md").exists()
