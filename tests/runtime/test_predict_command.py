"""`trucksight predict`, as a user calls it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from trucksight.runtime import Detector
from trucksight.runtime.__main__ import main
from trucksight.runtime.picture import read_picture

Paint = Callable[..., npt.NDArray[np.uint8]]


@pytest.fixture
def predict(fake_bundle: Path, capfd: pytest.CaptureFixture[str]) -> Callable[..., dict[str, Any]]:
    """Runs `predict --json`; gives what it printed."""

    def run(*arguments: Path | str) -> dict[str, Any]:
        words = ["predict", "--bundle", fake_bundle, "--json", *arguments]
        assert main([str(word) for word in words]) == 0
        out, err = capfd.readouterr()
        assert err == ""
        document: dict[str, Any] = json.loads(out)
        return document

    return run


def test_json_names_bundle_variant_backend_and_one_result_a_picture(
    predict: Callable[..., dict[str, Any]], picture_folder: Path
) -> None:
    document = predict(picture_folder / "a.png", picture_folder / "b.png")
    assert (document["bundle"], document["variant"], document["backend"]) == ("fake",) * 3
    truck, road = document["results"]
    assert truck["path"] == str(picture_folder / "a.png")
    assert (truck["verdict"], truck["label"], truck["reason"]) == ("truck", "truck", None)
    assert (road["verdict"], road["label"]) == ("no_truck", "no_truck")
    assert truck["probability"] == pytest.approx(230 / 255)


def test_a_folder_gives_its_pictures_sorted(
    predict: Callable[..., dict[str, Any]], picture_folder: Path
) -> None:
    results = predict(picture_folder)["results"]
    assert [Path(result["path"]).name for result in results] == ["a.png", "b.png", "c.png", "d.jpg"]


def test_a_text_named_jpg_is_unknown_and_no_error(
    predict: Callable[..., dict[str, Any]], picture_folder: Path
) -> None:
    (result,) = predict(picture_folder / "d.jpg")["results"]
    assert (result["verdict"], result["reason"], result["probability"]) == (
        "unknown",
        "unreadable",
        None,
    )
    assert result["detail"]


def test_a_truncated_jpeg_is_unknown(
    predict: Callable[..., dict[str, Any]], tmp_path: Path, paint: Paint
) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (120, 160, 3), np.uint8)
    data = cv2.imencode(".jpg", noise)[1].tobytes()
    (tmp_path / "cut.jpg").write_bytes(data[: len(data) // 2])
    (result,) = predict(tmp_path / "cut.jpg")["results"]
    assert (result["verdict"], result["reason"]) == ("unknown", "unreadable")
    assert "cut off" in result["detail"]


@pytest.mark.parametrize("kind", ["grey", "alpha", "16 bit"])
def test_pictures_of_other_kinds_mean_the_same(
    predict: Callable[..., dict[str, Any]], tmp_path: Path, paint: Paint, kind: str
) -> None:
    colour = paint(230)
    made = {
        # Diagonal stripes, as much of them bright as dark.
        "grey": (205 + 50 * (np.indices((90, 160)).sum(axis=0) // 10 % 2)).astype(np.uint8),
        "alpha": np.dstack([colour, np.full((90, 160), 40, np.uint8)]),
        "16 bit": colour.astype(np.uint16) * 257,
    }
    cv2.imwrite(str(tmp_path / "picture.png"), made[kind])
    (result,) = predict(tmp_path / "picture.png")["results"]
    assert result["probability"] == pytest.approx(230 / 255, abs=1e-6)


def test_a_black_picture_is_unknown(predict: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "night.png"), np.zeros((90, 160, 3), np.uint8))
    (result,) = predict(tmp_path / "night.png")["results"]
    assert (result["verdict"], result["reason"], result["label"]) == ("unknown", "black", None)


def test_plain_output_is_one_aligned_line_a_picture(
    fake_bundle: Path, picture_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["predict", "--bundle", str(fake_bundle), str(picture_folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4
    start = len(str(picture_folder / "a.png")) + 2
    verdicts = [line[start:].split()[0] for line in lines]
    assert verdicts == ["truck", "no_truck", "truck", "unknown"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nowhere.jpg"], "nowhere.jpg does not exist"),
        (["{folder}/a.png", "nowhere.jpg"], "nowhere.jpg does not exist"),
        (["--bundle", "nowhere", "{folder}/a.png"], "no bundle at nowhere"),
        (["--variant", "huge", "{folder}/a.png"], "no variant 'huge'"),
        (["--backend", "abacus", "{folder}/a.png"], "no backend 'abacus'"),
        (["--threads", "0", "{folder}/a.png"], "threads must be 1 or more"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_status_2(
    fake_bundle: Path,
    picture_folder: Path,
    capfd: pytest.CaptureFixture[str],
    arguments: list[str],
    says: str,
) -> None:
    words = [word.format(folder=picture_folder) for word in arguments]
    assert main(["predict", "--bundle", str(fake_bundle), *words]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert says in err
    assert err.count("\n") == 1


def test_a_bundle_with_a_file_missing_is_status_2(
    fake_bundle: Path, picture_folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (fake_bundle / "variants/fake.txt").unlink()
    assert main(["predict", "--bundle", str(fake_bundle), str(picture_folder)]) == 2
    assert "fake.txt is missing" in capfd.readouterr().err


def test_a_bundle_whose_model_was_changed_is_status_2(
    fake_bundle: Path, picture_folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    model = fake_bundle / "variants/fake.txt"
    model.write_bytes(model.read_bytes()[::-1])
    assert main(["predict", "--bundle", str(fake_bundle), str(picture_folder)]) == 2
    assert "is not the file that was measured" in capfd.readouterr().err


def test_predict_run_and_the_detector_agree_to_the_last_digit(
    predict: Callable[..., dict[str, Any]], fake_bundle: Path, tmp_path: Path
) -> None:
    picture = tmp_path / "picture.png"
    cv2.imwrite(str(picture), np.random.default_rng(5).integers(0, 255, (135, 241, 3), np.uint8))
    (result,) = predict(picture)["results"]
    lines = tmp_path / "decisions.jsonl"
    words = ["run", "--bundle", fake_bundle, "--source", picture, "--decisions", lines, "--quiet"]
    assert main([str(word) for word in words]) == 0
    with Detector(fake_bundle) as detector:
        probability = detector.decide(read_picture(picture)).probability
    assert result["probability"] == json.loads(lines.read_text())["probability"] == probability
