"""What the README shows is what happens."""

from __future__ import annotations

import re
from pathlib import Path

import cv2
import pytest

from trucksight.runtime.__main__ import COMMANDS
from trucksight.runtime.scenes import render_picture

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_python_of_the_readme_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("ai_edge_litert", reason="run: pip install 'trucksight[litert]'")
    (snippet,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    cv2.imwrite(str(tmp_path / "photo.jpg"), render_picture(1, 1, truck=True).image_bgr)
    monkeypatch.chdir(tmp_path)
    exec(compile(snippet, "README.md", "exec"), {})
    verdict, probability, reason = capsys.readouterr().out.split()
    assert verdict in {"truck", "no_truck"}
    assert 0 <= float(probability) <= 1
    assert reason == "None"


def test_every_command_stands_in_the_readme() -> None:
    for command in COMMANDS:
        assert f"`trucksight {command}" in README


def test_every_link_to_a_file_leads_somewhere() -> None:
    links = re.findall(r"\]\((?!http)([^)]+)\)", README)
    assert links
    assert all((ROOT / link).exists() for link in links), links


def test_every_make_target_that_is_named_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in set(re.findall(r"^    make ([\w-]+)", README, re.MULTILINE)):
        assert f"\n{target}:" in makefile
