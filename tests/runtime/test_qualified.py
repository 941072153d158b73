"""What was chosen for this board is used on it, and on nothing else."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from trucksight.runtime import load_bundle
from trucksight.runtime.__main__ import main
from trucksight.runtime.errors import OutputError
from trucksight.runtime.qualified import (
    MOST_KEPT,
    Place,
    Qualified,
    as_qualified,
    holds,
    keep,
    kept,
    state_folder,
)
from trucksight.runtime.settings import Settings


@pytest.fixture
def choice(fake_bundle: Path) -> Qualified:
    bundle = load_bundle(fake_bundle)
    return Qualified(
        bundle=bundle.name,
        bundle_sha256=bundle.sha256,
        variant=next(iter(bundle.variants)),
        backend="fake",
        threads=2,
        because="the fastest of one",
        created="2026-11-21T12:00:00+00:00",
        place=Place.here(),
    )


def test_what_is_kept_is_read_again(choice: Qualified, tmp_path: Path) -> None:
    path = keep(choice, tmp_path / "state")
    assert path.parent == tmp_path / "state"
    assert kept(choice.bundle_sha256, tmp_path / "state") == choice
    assert kept("0" * 64, tmp_path / "state") is None


def test_the_newest_choices_are_kept_and_no_more(choice: Qualified, tmp_path: Path) -> None:
    for number in range(MOST_KEPT + 3):
        path = keep(replace(choice, bundle_sha256=f"{number:064x}"[::-1]), tmp_path)
        os.utime(path, ns=(number, number))
    assert len(list(tmp_path.glob("qualified-*.json"))) == MOST_KEPT
    assert kept(f"{0:064x}"[::-1], tmp_path) is None
    assert kept(f"{MOST_KEPT + 2:064x}"[::-1], tmp_path) is not None


def test_a_folder_that_cannot_be_written_is_told(choice: Qualified, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write"):
        keep(choice, tmp_path / "file")


DAMAGE: dict[str, Callable[[dict[str, Any]], object]] = {
    "another schema": lambda document: document.update(schema="other"),
    "another version": lambda document: document.update(schema_version=0),
    "a key less": lambda document: document.pop("threads"),
    "a key more": lambda document: document.update(more=1),
    "no threads": lambda document: document.update(threads=0),
    "threads in words": lambda document: document.update(threads="two"),
    "no place": lambda document: document.update(place=None),
    "another bundle's": lambda document: document.update(bundle_sha256="0" * 64),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_choice_is_none_and_the_log_says_so(
    damage: str, choice: Qualified, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = keep(choice, tmp_path)
    document = json.loads(path.read_text())
    DAMAGE[damage](document)
    path.write_text(json.dumps(document))
    assert kept(choice.bundle_sha256, tmp_path) is None
    assert "is not used" in caplog.text
    path.write_text("{")
    assert kept(choice.bundle_sha256, tmp_path) is None


ELSEWHERE: dict[str, tuple[Callable[[Place], Place], str]] = {
    "board": (lambda place: replace(place, board="another board"), "on another board"),
    "processors": (lambda place: replace(place, cpus=99), "with 99 processors"),
    "version": (
        lambda place: replace(place, versions={**place.versions, "numpy": "1.0"}),
        "with numpy 1.0, here it is",
    ),
    "package": (
        lambda place: replace(place, versions={**place.versions, "onnxruntime-gpu": "1.0"}),
        "onnxruntime-gpu 1.0, here it is absent",
    ),
}


@pytest.mark.parametrize("what", ELSEWHERE)
def test_a_choice_of_elsewhere_does_not_hold_and_the_log_says_why(
    what: str, choice: Qualified, caplog: pytest.LogCaptureFixture
) -> None:
    change, words = ELSEWHERE[what]
    assert holds(choice)
    assert not holds(replace(choice, place=change(choice.place)))
    assert words in caplog.text
    assert "trucksight qualify" in caplog.text


def test_a_choice_fills_what_settings_leave_open(
    choice: Qualified, fake_bundle: Path, tmp_path: Path
) -> None:
    keep(choice, tmp_path)
    settings = Settings(bundle=str(fake_bundle))
    taken = as_qualified(settings, tmp_path)
    assert (taken.variant, taken.backend, taken.threads) == (choice.variant, "fake", 2)
    steps = ("rate=5", "variant=other")
    for said in ({"variant": "other"}, {"backend": "litert"}, {"threads": 1}, {"step": steps}):
        own = replace(settings, **said)  # type: ignore[arg-type]
        assert as_qualified(own, tmp_path) is own
    assert as_qualified(settings, tmp_path / "empty") is settings


def test_a_run_goes_on_where_no_choice_can_be_looked_for(
    fake_bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nowhere() -> Path:
        raise RuntimeError("Could not determine home directory.")

    settings = Settings(bundle=str(fake_bundle))
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", "x" * 300)
    assert as_qualified(settings) is settings
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setattr(Path, "home", nowhere)
    assert as_qualified(settings) is settings
    with pytest.raises(OutputError, match="XDG_STATE_HOME"):
        state_folder()


def test_run_uses_it(
    choice: Qualified,
    fake_bundle: Path,
    clip: Callable[..., Path],
    capfd: pytest.CaptureFixture[str],
) -> None:
    words = ["run", "--bundle", str(fake_bundle), "--source", str(clip([30] * 5)), "--json"]
    keep(replace(choice, threads=7))
    assert main(words) == 0
    out, err = capfd.readouterr()
    assert json.loads(out)["threads"] == 7
    assert "as qualified" in err
    assert main([*words, "--threads", "1"]) == 0
    assert json.loads(capfd.readouterr().out)["threads"] == 1


def test_systemds_state_folder_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert state_folder() == tmp_path / "trucksight"
    monkeypatch.setenv("STATE_DIRECTORY", f"{tmp_path}/a:{tmp_path}/b")
    assert state_folder() == tmp_path / "a"
    monkeypatch.delenv("STATE_DIRECTORY")
    monkeypatch.delenv("XDG_STATE_HOME")
    assert state_folder() == Path.home() / ".local/state/trucksight"
