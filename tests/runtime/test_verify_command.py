"""`trucksight verify` tells whether what was measured is what runs here."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from trucksight.runtime.__main__ import main
from trucksight.runtime.backends.absence import Absence


def test_a_whole_bundle_holds(fake_bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(fake_bundle)]) == 0
    out = capsys.readouterr().out
    assert "ok      fake            fake" in out
    assert "2 pictures, largest difference 0.0000 (tolerance 0.01)" in out
    assert out.strip().endswith("what was measured is what runs")


def test_a_zip_holds_too(
    make_bundle: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", str(make_bundle(name="fake.zip")), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["holds"] is True
    assert [one["ok"] for one in document["findings"]] == [True, True]


def test_every_fault_is_told_not_only_the_first(
    fake_bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (fake_bundle / "MODEL_CARD.md").write_text("# Another model\n")
    model = fake_bundle / "variants/fake.txt"
    model.write_bytes(model.read_bytes().replace(b"red", b"RED"))
    assert main(["verify", str(fake_bundle)]) == 2
    out = capsys.readouterr().out
    assert "MODEL_CARD.md" in out
    assert "variants/fake.txt is not the file that was measured" in out
    assert out.strip().endswith("not verified")


def test_a_stray_file_is_a_note(fake_bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (fake_bundle / "notes.txt").write_text("hello")
    assert main(["verify", str(fake_bundle)]) == 0
    assert "notes.txt" in capsys.readouterr().out


def test_an_absent_engine_is_listed_with_its_cure(
    make_bundle: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def tflite(index: dict[str, Any]) -> None:
        index["variants"]["fake"]["format"] = "tflite"

    gap = Absence("not installed here", "pip install it")
    monkeypatch.setattr("trucksight.runtime.verify_command.absence", lambda name: gap)
    assert main(["verify", str(make_bundle(tflite))]) == 2
    assert "litert is not installed here; run: pip install it" in capsys.readouterr().out


def test_an_edited_index_is_one_line(fake_bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    index = fake_bundle / "bundle.json"
    index.write_bytes(index.read_bytes().replace(b'"threshold": 0.5', b'"threshold": 0.4'))
    assert main(["verify", str(fake_bundle)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.strip().splitlines()) == 1
    assert "bundle.json" in err
