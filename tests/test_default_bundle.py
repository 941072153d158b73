"""The bundle that ships is small, whole, and does what its index says on every engine."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from trucksight.runtime import Detector, default_bundle_path, load_bundle
from trucksight.runtime.__main__ import main
from trucksight.runtime.backends import BACKENDS, absence, unreadable
from trucksight.runtime.contract import InputContract, model_input
from trucksight.runtime.errors import GoldenError

Pixels = npt.NDArray[np.uint8]
BUNDLE = load_bundle(default_bundle_path())
PAIRS = [
    (variant.name, backend)
    for variant in BUNDLE.variants.values()
    for backend, row in BACKENDS.items()
    if variant.format in row.formats
]


def test_it_is_at_most_8_mb_in_all() -> None:
    files = [path for path in BUNDLE.path.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= 8_000_000


def test_every_file_is_the_one_that_was_measured() -> None:
    BUNDLE.check_files()
    for variant in BUNDLE.variants.values():
        assert len(BUNDLE.model_bytes(variant)) == variant.size_bytes


@pytest.mark.parametrize(("variant", "backend"), PAIRS)
def test_every_engine_gives_the_golden_scores(variant: str, backend: str) -> None:
    gap = absence(backend)
    if gap:
        pytest.skip(gap.told_of(backend))
    fault = unreadable(backend, partial(BUNDLE.model_bytes, BUNDLE.variant(variant)))
    if fault:
        pytest.skip(fault)
    with Detector(BUNDLE, variant=variant, backend=backend) as detector:
        assert detector.verified is not None
        assert detector.verified.largest_difference <= detector.variant.golden_tolerance


def swapped(frame: Pixels, contract: InputContract) -> Pixels:
    return model_input(frame[..., ::-1], contract)


def as_bilinear(frame: Pixels, contract: InputContract) -> Pixels:
    return model_input(frame, replace(contract, resampling="bilinear"))


def as_area(frame: Pixels, contract: InputContract) -> Pixels:
    return model_input(frame, replace(contract, resampling="area"))


def scaled(frame: Pixels, contract: InputContract) -> Pixels:
    return (model_input(frame, contract) / 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (swapped, "red and blue are swapped"),
        (as_bilinear, "another resampling .bilinear"),
        (as_area, "another resampling .area"),
        (scaled, "normalisation is inside the model"),
    ],
)
def test_another_way_to_the_models_input_is_caught(
    fault: Callable[[Pixels, InputContract], Pixels],
    words: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("trucksight.runtime.detector.model_input", fault)
    with pytest.raises(GoldenError, match=words):
        Detector(BUNDLE)


def test_the_golden_scores_are_spread_so_that_a_wrong_input_shows() -> None:
    for name in BUNDLE.variants:
        scores = [golden.scores[name] for golden in BUNDLE.golden]
        assert max(scores) - min(scores) > 0.5
        assert len({golden.verdicts[name] for golden in BUNDLE.golden}) == 2


def test_every_variant_passed_its_gate_on_enough_pictures() -> None:
    for variant in BUNDLE.variants.values():
        gate = variant.certificate["gate"]
        assert (gate["verdict"], gate["accepted"]) == ("passed", None)
        assert gate["recall"]["n"] >= 133


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
    picture = str(BUNDLE.path / BUNDLE.golden[0].file)
    assert main(["predict", *bundle, "--json", picture]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["bundle"] == BUNDLE.name
    expected = BUNDLE.golden[0].verdicts[document["variant"]]
    assert document["results"][0]["verdict"] == expected.value


def test_run_takes_it_where_no_bundle_is_named(tmp_path: Path) -> None:
    file = tmp_path / "decisions.jsonl"
    golden = str(BUNDLE.path / "golden")
    assert main(["run", "--source", golden, "--decisions", str(file), "--quiet"]) == 0
    verdicts = [json.loads(line)["verdict"] for line in file.read_text().splitlines()]
    assert len(verdicts) == len(BUNDLE.golden)
    assert set(verdicts) == {"truck", "no_truck"}


def test_it_holds_nothing_that_its_index_does_not_name() -> None:
    assert BUNDLE.unlisted() == []
