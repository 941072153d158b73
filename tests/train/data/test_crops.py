"""Windows of annotated photographs get a label only where the boxes leave no doubt."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from trucksight.runtime.errors import DataError
from trucksight.train.data.boxes import Annotated, Box, read_annotations
from trucksight.train.data.crops import SMALLEST_SIDE, label_of, main, windows

WINDOW: Box = (100, 100, 200, 100)
"""20,000 pixels: a truck counts from 400 on, an ambiguous vehicle spoils from 40 on."""
SIZE = (400, 300)


@pytest.mark.parametrize(
    ("trucks", "ambiguous", "expected"),
    [
        ([], [], "no_truck"),
        ([(150, 120, 20, 20)], [], "truck"),
        ([(150, 120, 20, 19)], [], None),
        ([(80, 120, 40, 40)], [], "truck"),
        ([(79, 120, 40, 40)], [], None),
        ([(0, 0, 100, 100)], [], "no_truck"),
        ([(0, 0, 101, 101)], [], None),
        ([(0, 0, 101, 101), (150, 120, 40, 40)], [], "truck"),
        ([], [(150, 120, 8, 5)], None),
        ([], [(150, 120, 8, 4)], "no_truck"),
        ([], [(0, 0, 90, 90)], "no_truck"),
        ([(150, 120, 40, 40)], [(150, 120, 40, 40)], "truck"),
    ],
    ids=[
        "nothing",
        "a truck of 2 %",
        "a smaller truck",
        "half a truck",
        "less than half a truck",
        "a truck that touches",
        "a corner of a truck",
        "one truck of two",
        "an ambiguous one of 0.2 %",
        "a smaller ambiguous one",
        "an ambiguous one outside",
        "a truck and an ambiguous one",
    ],
)
def test_a_window_is_labelled_by_what_it_holds(
    trucks: list[Box], ambiguous: list[Box], expected: str | None
) -> None:
    assert label_of(WINDOW, trucks, ambiguous) == expected


def photograph(trucks: tuple[Box, ...] = (), ambiguous: tuple[Box, ...] = ()) -> Annotated:
    return Annotated(Path("a.jpg"), (1280, 720), "here", "one", trucks, ambiguous)


def test_windows_lie_inside_and_bear_their_label() -> None:
    truck: Box = (20, 30, 240, 160)
    made = list(windows(photograph((truck,)), 60, np.random.default_rng(1)))
    assert {label for _, label in made} == {"truck", "no_truck"}
    for (left, top, width, height), label in made:
        assert 0 <= left <= 1280 - width
        assert 0 <= top <= 720 - height
        assert min(width, height) >= SMALLEST_SIDE
        assert label_of((left, top, width, height), (truck,), ()) == label


def test_a_picture_that_cannot_be_labelled_gives_no_window() -> None:
    everywhere: Box = (0, 0, 1280, 720)
    assert not list(windows(photograph((), (everywhere,)), 5, np.random.default_rng(1)))


@pytest.fixture
def coco(tmp_path: Path) -> Path:
    """Six photographs of two sources: three with a truck, one that is no picture."""
    folder = tmp_path / "coco"
    (folder / "images").mkdir(parents=True)
    images, boxes = [], []
    for number in range(6):
        name = f"photo-{number}.png"
        noise = np.random.default_rng(number).integers(0, 256, (SIZE[1], SIZE[0], 3), np.uint8)
        cv2.imwrite(str(folder / "images" / name), noise)
        image = {"id": number, "file_name": name, "width": SIZE[0], "height": SIZE[1]}
        images.append(image | {"source": "rf" if number < 3 else "oi", "group": f"g{number // 2}"})
        if number % 2 == 0:
            boxes.append({"image_id": number, "category_id": 1, "bbox": [120, 100, 150, 90]})
    (folder / "images/photo-5.png").write_text("this is no picture\n")
    kinds = [{"id": 1, "supercategory": "truck"}, {"id": 2, "supercategory": "ambiguous"}]
    document = {"images": images, "annotations": boxes, "categories": kinds}
    (folder / "annotations.json").write_text(json.dumps(document))
    return folder


def manifest(out: Path) -> list[dict[str, str]]:
    with (out / "manifest.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def contents(out: Path) -> dict[str, bytes]:
    files = (path for path in out.rglob("*") if path.is_file())
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in files}


def crop(coco: Path, out: Path, *options: str) -> int:
    return main([str(coco), "--out", str(out), "--windows", "3", *options])


def test_annotations_become_boxes_by_kind(coco: Path) -> None:
    first, second, *_ = read_annotations(coco)
    assert first == Annotated(
        coco / "images/photo-0.png", SIZE, "rf", "g0", ((120, 100, 150, 90),), ()
    )
    assert second.trucks == ()


def test_the_manifest_names_every_window_with_source_and_group(
    coco: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "data"
    assert crop(coco, out) == 0
    rows = manifest(out)
    listed = {f"{row['label']}/{row['file']}" for row in rows}
    assert listed | {"manifest.csv"} == set(contents(out))
    assert len(listed) == len(rows) > 9
    assert {row["label"] for row in rows} == {"truck", "no_truck"}
    assert {(row["source"], row["group"]) for row in rows} == {
        ("rf", "g0"),
        ("rf", "g1"),
        ("oi", "g1"),
        ("oi", "g2"),
    }
    counted, skipped = capsys.readouterr()
    assert counted == (
        f"{out}: {sum(row['label'] == 'truck' for row in rows)} truck,"
        f" {sum(row['label'] == 'no_truck' for row in rows)} no_truck\n"
    )
    assert skipped.startswith("skipped: ")
    assert "photo-5.png" in skipped


def test_a_written_window_is_part_of_its_photograph(coco: Path, tmp_path: Path) -> None:
    assert crop(coco, tmp_path / "data") == 0
    for row in manifest(tmp_path / "data"):
        window = cv2.imread(str(tmp_path / "data" / row["label"] / row["file"]))
        assert window is not None
        assert min(window.shape[:2]) >= SMALLEST_SIDE
        assert window.shape[0] <= SIZE[1] and window.shape[1] <= SIZE[0]


def test_a_seed_repeats_itself_and_another_differs(coco: Path, tmp_path: Path) -> None:
    for name, seed in (("one", "4"), ("again", "4"), ("other", "5")):
        assert crop(coco, tmp_path / name, "--seed", seed) == 0
    one, again, other = (contents(tmp_path / name) for name in ("one", "again", "other"))
    assert one == again
    assert one != other


def test_leaving_out_a_source_changes_no_window_of_the_others(coco: Path, tmp_path: Path) -> None:
    assert crop(coco, tmp_path / "all") == 0
    assert crop(coco, tmp_path / "some", "--leave-out", "rf") == 0
    kept, every = contents(tmp_path / "some"), contents(tmp_path / "all")
    assert {row["source"] for row in manifest(tmp_path / "some")} == {"oi"}
    assert all(every[name] == data for name, data in kept.items() if name != "manifest.csv")


def test_a_folder_in_use_is_refused_unless_told_to_overwrite(
    coco: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "data"
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    assert crop(coco, out) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert set(contents(out)) == {"mine.txt"}
    assert crop(coco, out, "--overwrite") == 0
    assert "mine.txt" not in contents(out)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"categories": [], "annotations": [{"bbox": [1]}], "images": []}',
        '{"categories": [], "annotations": [], "images": [{"id": 1}]}',
    ],
)
def test_annotations_of_another_shape_are_refused(
    content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "annotations.json").write_text(content)
    with pytest.raises(DataError, match="not COCO as expected"):
        read_annotations(tmp_path)
    assert crop(tmp_path, tmp_path / "data") == 2
    assert capsys.readouterr().err.startswith("trucksight: ")
    assert not (tmp_path / "data").exists()


def test_missing_annotations_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"annotations\.json: No such file"):
        read_annotations(tmp_path)
