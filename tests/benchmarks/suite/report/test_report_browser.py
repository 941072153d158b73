"""A real browser renders the page, on a phone and on a screen."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import cv2
import pytest

from trucksight.benchmarks.suite.report_html import report_html, write_page
from trucksight.benchmarks.suite.results import Results
from trucksight.benchmarks.suite.summary import rows

BROWSER = shutil.which("chromium")
pytestmark = pytest.mark.skipif(
    BROWSER is None, reason="apt-get install chromium to try this in a real browser"
)

MEASURE = """
<script>
const texts = [...document.querySelectorAll("svg text")];
const wide = document.documentElement.clientWidth;
const out = [...document.querySelectorAll("main *")].filter((one) => !one.closest(".scroll")
  && one.getBoundingClientRect().right > wide + 1).map((one) => one.tagName);
parent.postMessage({ wide, out, whole: document.documentElement.scrollWidth,
  svgs: document.querySelectorAll("svg").length,
  smallest: Math.min(...texts.map((one) => one.getBoundingClientRect().height)) }, "*");
</script>
"""
FRAME = """
<!doctype html><iframe src="page.html" width="{}" height="900" style="border: 0"></iframe>
<script>
addEventListener("message",
  (told) => {{ document.body.dataset.seen = JSON.stringify(told.data); }});
</script>
"""
"""A browser's window has a least width, a frame has none."""


def browse(file: Path, *flags: str) -> str:
    assert BROWSER
    done = subprocess.run(
        [
            BROWSER,
            *("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1400,900"),
            *("--virtual-time-budget=4000", "--dump-dom"),
            f"--user-data-dir={file.parent / 'profile'}",
            *flags,
            file.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout, done.stderr
    return done.stdout


def measure(text: str, folder: Path, width: int) -> dict[str, Any]:
    """What the page sees of itself at this width."""
    page, frame = folder / "page.html", folder / "frame.html"
    page.write_text(text.replace("</body>", f"{MEASURE}</body>"), encoding="utf-8")
    frame.write_text(FRAME.format(width), encoding="utf-8")
    seen = re.search(r'data-seen="([^"]*)"', browse(frame))
    assert seen
    told: dict[str, Any] = json.loads(unescape(seen[1]))
    return told


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wider_than_the_window(results: Results, tmp_path: Path, width: int) -> None:
    long = replace(results, bundle="NameWithoutASpace" * 12)
    seen = measure(report_html(long, rows(long)), tmp_path, width)
    assert seen["whole"] <= seen["wide"] <= width < seen["wide"] + 20
    assert (seen["out"], seen["svgs"]) == ([], 6)
    assert seen["smallest"] > 8, "letters of a plot are readable"


def test_light_and_dark(results: Results, tmp_path: Path) -> None:
    grounds = []
    for scheme in ("light", "dark"):
        page = tmp_path / scheme / "page.html"
        write_page(results, rows(results), page)
        picture = page.with_suffix(".png")
        number = {"dark": 0, "light": 1}[scheme]
        browse(page, f"--blink-settings=preferredColorScheme={number}", f"--screenshot={picture}")
        image = cv2.imread(str(picture))
        assert image is not None
        grounds.append(image[4, 4].mean())
    assert grounds[0] > 200 > 60 > grounds[1]
