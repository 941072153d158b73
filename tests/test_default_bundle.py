"""The bundle that ships is small, whole, and does what its index says on every engine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from trucksight.runtime import Detector, default_bundle_path, load_bundle
from trucksight.runtime.__main__ import main
from trucksight.runtime.backends import BACKENDS, available_backends
from trucksight.runtime.files import sha256_file
from trucksight.runtime.picture import read_picture

BUNDLE = load_bundle(default_bundle_path())
PAIRS = [
    (variant.name, backend)
    for variant in BUNDLE.variants.values()
    for backend, row in BACKENDS.items()
    if variant.format in row.formats
]
TOLERANCE = {"tflite-int8": 0.1, "onnx-fp16": 0.02}
"""How far another processor's arithmetic may move an uncalibrated score."""


def test_it_is_at_most_8_mb_in_all() -> None:
    files = [path for path in BUNDLE.path.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= 8_000_000


def test_every_file_is_the_one_that_was_measured() -> None:
    for variant in BUNDLE.variants.values():
        assert len(BUNDLE.model_bytes(variant)) == variant.size_bytes
    for golden in BUNDLE.index["golden"]:
        assert sha256_file(BUNDLE.path / golden["file"]) == golden["sha256"]


@pytest.mark.parametrize(("variant", "backend"), PAIRS)
def test_every_engine_gives_the_golden_scores(variant: str, backend: str) -> None:
    if backend not in available_backends():
        pytest.skip(f"run: pip install 'trucksight[{BACKENDS[backend].extra}]'")
    with Detector(BUNDLE, variant=variant, backend=backend) as detector:
        for golden in BUNDLE.index["golden"]:
            score = float(detector.scores(read_picture(BUNDLE.path / golden["file"]))[1])
            assert score == pytest.approx(golden["scores"][variant], abs=TOLERANCE[variant])


def test_the_golden_scores_are_spread_so_that_a_wrong_input_shows() -> None:
    for name in BUNDLE.variants:
        scores = [golden["scores"][name] for golden in BUNDLE.index["golden"]]
        assert max(scores) - min(scores) > 0.5


def test_int8_costs_at_most_two_hundredths_of_accuracy() -> None:
    certificate = BUNDLE.variant("tflite-int8").certificate
    drop = certificate["source_measured"]["accuracy"] - certificate["measured"]["accuracy"]
    assert drop <= 0.02


def test_the_model_card_names_sources_and_licences() -> None:
    card = (BUNDLE.path / "MODEL_CARD.md").read_text(encoding="utf-8")
    for words in ("Open Images", "CC BY 4.0", "DbCL 1.0", "Apache-2.0", "Bangladesh"):
        assert words in card


@pytest.mark.parametrize("bundle", [[], ["--bundle", "default"]], ids=["left out", "by its word"])
def test_it_is_meant_where_no_bundle_is_named(
    bundle: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    picture = str(BUNDLE.path / BUNDLE.index["golden"][0]["file"])
    assert main(["predict", *bundle, "--json", picture]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["bundle"] == BUNDLE.name
    assert document["results"][0]["verdict"] == "truck"


def test_run_takes_it_where_no_bundle_is_named(tmp_path: Path) -> None:
    file = tmp_path / "decisions.jsonl"
    golden = str(BUNDLE.path / "golden")
    assert main(["run", "--source", golden, "--decisions", str(file), "--quiet"]) == 0
    verdicts = [json.loads(line)["verdict"] for line in file.read_text().splitlines()]
    assert len(verdicts) == len(BUNDLE.index["golden"])
    assert set(verdicts) == {"truck", "no_truck"}


def test_it_holds_nothing_that_its_index_does_not_name() -> None:
    files = {path.relative_to(BUNDLE.path).as_posix() for path in BUNDLE.path.rglob("*.*")}
    named = {variant.file for variant in BUNDLE.variants.values()}
    named |= {golden["file"] for golden in BUNDLE.index["golden"]}
    assert files == named | {"bundle.json", "MODEL_CARD.md"}
