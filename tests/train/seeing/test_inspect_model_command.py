"""`trucksight inspect model` on a fitted run and on a bare model file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from trucksight.runtime.__main__ import main

Picture = npt.NDArray[np.uint8]


@pytest.fixture
def red_file(tmp_path: Path, red_model: Callable[..., Any]) -> Path:
    """A .keras file of the nested model that looks for red."""
    red_model(nested=True).save(tmp_path / "red.keras")
    return tmp_path / "red.keras"


@pytest.fixture
def clip(tmp_path: Path, red_square: Callable[..., Picture]) -> Path:
    """Eleven frames in which a red square walks to the right."""
    path = tmp_path / "walk.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 5, (96, 64))
    for number in range(11):
        writer.write(red_square(4 + 6 * number, 20, side=20, size_wh=(96, 64)))
    writer.release()
    return path


def boxes(folder: Path, pictures: dict[str, Picture], box: list[int]) -> Path:
    """A folder with annotations that give every picture the same truck box."""
    (folder / "images").mkdir(parents=True)
    images = []
    for number, (name, picture) in enumerate(pictures.items()):
        cv2.imwrite(str(folder / "images" / name), picture)
        height, width = picture.shape[:2]
        images.append({"id": number, "file_name": name, "width": width, "height": height})
    document = {
        "categories": [{"id": 1, "name": "lorry", "supercategory": "truck"}],
        "images": images,
        "annotations": [{"image_id": one["id"], "category_id": 1, "bbox": box} for one in images],
    }
    (folder / "annotations.json").write_text(json.dumps(document))
    return folder


def test_a_run_is_looked_into(
    run_path: Path, session_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = next((session_data / "val/truck").iterdir())
    out = tmp_path / "seen"
    assert main(["inspect", "model", str(run_path), "--picture", str(picture), "--out", str(out),
                 "--json"]) == 0  # fmt: skip
    printed = capsys.readouterr()
    document = json.loads(printed.out)
    assert {path.name for path in out.iterdir()} == {
        "inspect.json", "layers.txt", "filters.png", f"evidence-{picture.stem}.jpg",
        f"features-{picture.stem}.png",
    }  # fmt: skip
    assert document["layer"] == "conv_3"
    assert document["label"] == "truck"
    assert document["costs"]["layers"][1]["multiply_adds"] == 30 * 30 * 16 * 27
    assert document["pictures"][0]["score"] > 0.5
    assert "--method hires-cam" in printed.err
    assert json.loads((out / "inspect.json").read_text()).items() <= document.items()


def test_a_person_gets_a_table_and_sentences(
    red_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["inspect", "model", str(red_file), "--out", str(tmp_path / "seen")]) == 0
    said = capsys.readouterr().out
    assert "inner/redness" in said
    assert "0.1 million multiply-adds and 57 parameters" in said


def test_the_figure_says_that_it_looks_at_the_red_boxes(
    red_file: Path, red_square: Callable[..., Picture], tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    pictures = {f"{n}.png": red_square(50, 12, 20, (80, 50)) for n in range(5)}
    folder = boxes(tmp_path / "boxed", pictures, [50, 12, 20, 20])
    out = tmp_path / "seen"
    assert main(["inspect", "model", str(red_file), "--boxes", str(folder), "--out", str(out),
                 "--json"]) == 0  # fmt: skip
    looks = json.loads(capsys.readouterr().out)["boxes"]
    assert looks["n"] == 5
    assert looks["mass"]["value"] > 0.85
    assert looks["area"]["value"] == pytest.approx(0.1)
    assert looks["pointing"]["value"] == 1
    assert looks["pointing_at_centre"]["value"] == 0
    assert cv2.imread(str(out / "boxes.jpg")) is not None


def test_the_evidence_walks_through_the_clip(red_file: Path, clip: Path, tmp_path: Path) -> None:
    out = tmp_path / "seen"
    assert main(["inspect", "model", str(red_file), "--clip", str(clip), "--out", str(out)]) == 0
    document = json.loads((out / "inspect.json").read_text())["clips"][0]
    assert (document["frames"], document["called"], document["unreadable"]) == (11, 11, 0)
    video = cv2.VideoCapture(str(out / "evidence-walk.mp4"))
    frames = []
    while (read := video.read())[0]:
        frames.append(read[1].astype(int))
    assert len(frames) == 11
    assert frames[0].shape == (64, 96, 3)
    # Yellow over red: green rises where the square is, and there alone.
    green = [frame[24:38, :, 1].mean(axis=0) for frame in frames]
    assert [int(row.argmax()) // 32 for row in (green[0], green[-1])] == [0, 2]
    assert not list(out.glob(".*"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--picture", "nowhere.jpg"], "no file at nowhere.jpg"),
        (["--layer", "conv_9"], "no layer 'conv_9'"),
        (["--label", "bus"], "there are: no_truck, truck"),
        (["--boxes", "nowhere.json"], "No such file"),
        (["--most", "0"], "--most must be 1 or more"),
    ],
)
def test_what_cannot_be_looked_at_is_one_line_and_leaves_nothing(
    red_file: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    out = tmp_path / "seen"
    assert main(["inspect", "model", str(red_file), "--out", str(out), *arguments]) == 2
    assert message in capsys.readouterr().err
    assert not out.exists()


def test_a_clip_shows_what_the_model_looks_for(
    red_file: Path, clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["inspect", "model", str(red_file), "--clip", str(clip), "--label", "no_truck",
                 "--out", str(tmp_path / "seen")]) == 2  # fmt: skip
    assert "not 'no_truck'" in capsys.readouterr().err


def test_a_model_without_convolutions_is_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from trucksight.train.quiet import import_keras

    keras = import_keras()
    picture = keras.Input((8, 8, 3))
    flat = keras.layers.Flatten()(picture)
    file, out = tmp_path / "plain.keras", tmp_path / "seen"
    keras.Model(picture, keras.layers.Dense(1, "sigmoid")(flat)).save(file)
    assert main(["inspect", "model", str(file), "--out", str(out), "--json"]) == 0
    printed = capsys.readouterr()
    document = json.loads(printed.out)
    assert (document["layer"], document["costs"]["multiply_adds"]) == (None, 192)
    assert "where it looks cannot be shown" in printed.err
    assert {path.name for path in out.iterdir()} == {"inspect.json", "layers.txt"}


def test_a_folder_that_is_there_is_kept(
    red_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "seen"
    out.mkdir()
    (out / "mine.txt").touch()
    assert main(["inspect", "model", str(red_file), "--out", str(out)]) == 2
    assert "add --overwrite" in capsys.readouterr().err
    assert main(["inspect", "model", str(red_file), "--out", str(out), "--overwrite"]) == 0
    assert not (out / "mine.txt").exists()
