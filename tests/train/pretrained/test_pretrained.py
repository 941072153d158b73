"""Networks as they come from ImageNet; here with random weights in files."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from trucksight.runtime.__main__ import main
from trucksight.runtime.contract import model_input
from trucksight.runtime.errors import UsageError
from trucksight.runtime.picture import read_picture
from trucksight.train.pretrained.imagenet import CLASSES, TRUCKS, class_names
from trucksight.train.pretrained.network import Asked, likeliest, truck_probability

SMALL = ["--model", "mobilenetv2", "--width", "0.35", "--size", "32", "--weights"]


@pytest.fixture(scope="module")
def networks(keras: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """MobileNetV2 of width 0.35 with its top and without, and the file of each."""
    keras.utils.set_random_seed(1)
    folder = tmp_path_factory.mktemp("weights")
    made: dict[str, Any] = {}
    for name, choices in (("top", {}), ("base", {"include_top": False, "pooling": "avg"})):
        model = keras.applications.MobileNetV2(
            input_shape=(32, 32, 3), alpha=0.35, weights=None, **choices
        )
        made[name], made[f"{name} file"] = model, str(folder / f"{name}.weights.h5")
        model.save_weights(made[f"{name} file"])
    return made


@pytest.fixture(scope="module")
def classes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of made-up classes."""
    file = tmp_path_factory.mktemp("classes") / "index.json"
    index = {str(number): [f"n{number:08}", f"thing_{number}"] for number in range(CLASSES)}
    file.write_text(json.dumps(index))
    return file


def test_labels_are_those_of_keras(
    networks: dict[str, Any], classes: Path, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = data / "truck/000.png"
    weights = networks["top file"]
    options = ["--top", "3", "--classes", str(classes), "--json"]
    assert main(["pretrained", "labels", str(picture), *SMALL, weights, *options]) == 0
    (told,) = json.loads(capsys.readouterr().out)
    pixels = model_input(read_picture(picture), Asked(size=32).contract).astype(np.float32)
    scores = networks["top"].predict_on_batch(pixels / 127.5 - 1)[0]
    best = np.argsort(-scores)[:3]
    assert [one["label"] for one in told["labels"]] == [f"thing_{index}" for index in best]
    assert [one["probability"] for one in told["labels"]] == pytest.approx(scores[best], rel=1e-3)


def test_the_baseline_measures_the_truck_classes(
    networks: dict[str, Any], data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["pretrained", "baseline", str(data), *SMALL, networks["top file"], "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["n"], told["labels"], told["threshold"]) == (40, ["no_truck", "truck"], 0.5)
    assert told["classes"]["867"] == "trailer truck"
    assert told["recall"] == 0.0  # random weights give a thousand classes a thousandth each
    assert 0 <= told["roc_auc"] <= 1


def test_features_are_those_of_the_network_without_its_top(
    networks: dict[str, Any], data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (data / "truck/broken.png").write_text("no picture")
    out = tmp_path / "features.npz"
    arguments = [str(data), *SMALL, networks["base file"], "--out", str(out)]
    assert main(["pretrained", "features", *arguments]) == 0
    printed = capsys.readouterr()
    assert printed.out == f"{out}: 40 x 1280\n"
    assert "broken.png is left out" in printed.err
    with np.load(out) as found:
        assert sorted(set(found["labels"])) == ["no_truck", "truck"]
        number = found["files"].tolist().index(str(data.resolve() / "truck/003.png"))
        picture = cv2.imread(str(data / "truck/003.png"))
        assert picture is not None
        pixels = model_input(picture, Asked(size=32).contract).astype(np.float32)  # type: ignore[arg-type]
        expected = networks["base"].predict_on_batch(pixels / 127.5 - 1)[0]
        assert found["features"][number] == pytest.approx(expected, rel=1e-3, abs=1e-4)


def test_weights_of_another_shape_are_refused(
    networks: dict[str, Any], data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["pretrained", "baseline", str(data), *SMALL, networks["base file"]]) == 2
    told = capsys.readouterr().err
    assert "the weights of MobileNetV2 with its top could not be had" in told
    assert told.count("\n") == 1
    assert main(["pretrained", "baseline", str(data), *SMALL, "nowhere.h5"]) == 2
    assert "no weights file at nowhere.h5" in capsys.readouterr().err


def test_the_trucks_are_summed() -> None:
    probabilities = np.zeros((2, CLASSES), np.float32)
    probabilities[0, list(TRUCKS)] = 0.1
    probabilities[1, 656] = 1  # minivan
    assert truck_probability(probabilities) == pytest.approx([0.6, 0.0])


def test_the_likeliest_come_first() -> None:
    rows = likeliest(np.array([[0.1, 0.7, 0.2]], np.float32), ["a", "b", "c"], 2)
    assert [name for name, _ in rows[0]] == ["b", "c"]


def test_a_file_of_class_names_of_another_shape_is_refused(keras: Any, tmp_path: Path) -> None:
    file = tmp_path / "index.json"
    for content in ("{", "[]", '{"0": ["n01440764", "tench"]}'):
        file.write_text(content)
        with pytest.raises(UsageError, match="is not ImageNet's class index"):
            class_names(keras, file)
    with pytest.raises(UsageError, match="No such file"):
        class_names(keras, tmp_path / "nowhere.json")


@pytest.mark.parametrize(
    ("choices", "told"),
    [
        ({"name": "lenet"}, "no network 'lenet'; known: mobilenetv2"),
        ({"name": "vgg16", "width": 0.5}, "vgg16 has one width only"),
        ({"size": 8}, "--size must be 32 to 1024, not 8"),
    ],
)
def test_what_there_is_not_is_refused(choices: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageError, match=re.escape(told)):
        Asked(**choices)
