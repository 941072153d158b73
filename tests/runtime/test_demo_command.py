"""`trucksight demo` renders a clip, finds the truck in it and leaves what it names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import pytest

from trucksight.runtime import default_bundle_path
from trucksight.runtime.__main__ import main
from trucksight.runtime.demo import FILES
from trucksight.runtime.passages import read_truth

FRAMES = 90


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a demo of 6 seconds with one truck, and `result.json` beside it."""
    pytest.importorskip("matplotlib", reason="run: pip install 'trucksight[demo]'")
    out = tmp_path_factory.mktemp("demos") / "demo"
    with pytest.MonkeyPatch.context() as patch:
        printed: list[str] = []
        patch.setattr("builtins.print", lambda *words, file=None, **_: file or printed.extend(words))
        assert main(["demo", "--out", str(out), "--seconds", "6", "--passages", "1", "--json"]) == 0
    (document,) = printed
    (out.parent / "result.json").write_text(document)
    return out
