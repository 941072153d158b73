"""The command `trucksight scenes`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import cv2
import pytest

from trucksight.runtime.errors import UsageError
from trucksight.runtime.scenes.cli import configure, run


def call(*words: str) -> int:
    parser = argparse.ArgumentParser()
    configure(parser)
    return run(parser.parse_args(["--size", "128x72", *words]))


def test_json_is_one_document_that_says_what_was_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, clip, sheet = tmp_path / "set", tmp_path / "c.mp4", tmp_path / "s.png"
    words = ["--out", str(out), "--count", "3", "--clip", str(clip), "--seconds", "1", "--json"]
    assert call(*words, "--sheet", str(sheet)) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["pictures"]["count"] == 3 == len(list(out.glob("*/*.jpg")))
    assert report["clip"]["frames"] == 15
    assert Path(report["clip"]["truth"]).is_file()
    assert cv2.imread(report["sheet"]) is not None


def test_without_json_it_prints_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("--out", str(tmp_path / "set"), "--count", "2") == 0
    assert capsys.readouterr().out.count("\n") == 1


def test_nothing_to_write_and_a_size_that_is_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--out"):
        call()
    with pytest.raises(UsageError, match="640x360"):
        call("--out", str(tmp_path / "set"), "--size", "big")


def test_seed_and_count_out_of_range_are_errors_of_ours(tmp_path: Path) -> None:
    from trucksight.runtime.errors import TrucksightError

    with pytest.raises(TrucksightError, match="at least 1"):
        call("--out", str(tmp_path / "set"), "--count", "0")
