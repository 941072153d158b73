"""What the two families are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from trucksight.runtime.errors import UsageError
from trucksight.train.architectures import ARCHITECTURES, Recipe, build
from trucksight.train.quiet import import_keras


@pytest.mark.parametrize("name", ARCHITECTURES)
@pytest.mark.parametrize("outputs", [1, 3])
def test_every_family_takes_bytes_and_gives_probabilities(name: str, outputs: int) -> None:
    model = build(name, Recipe(32, outputs, 0.35, "none")).model
    pictures = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3)).astype(np.uint8)
    scores = np.asarray(model(pictures))
    assert model.inputs[0].dtype == "uint8"
    assert scores.shape == (2, outputs)
    assert ((scores >= 0) & (scores <= 1)).all()
    if outputs > 1:
        assert scores.sum(axis=1) == pytest.approx(1, abs=1e-5)


def test_the_truck_cnn_has_3_484_745_parameters_at_224_pixels() -> None:
    assert build("truck-cnn", Recipe(224, 1)).model.count_params() == 3_484_745


def test_head_and_whole_model_share_their_weights() -> None:
    network = build("mobilenetv2", Recipe(32, 1, 0.35, "none"))
    pictures = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3)).astype(np.uint8)
    network.head.set_weights([weight + 0.01 for weight in network.head.get_weights()])
    by_parts = np.asarray(network.head(network.features(pictures)))
    assert by_parts == pytest.approx(np.asarray(network.model(pictures)), abs=1e-5)


@pytest.fixture(scope="module")
def weights_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of a base of width 0.35, every number of which is known to differ from a new one."""
    base = import_keras().applications.MobileNetV2(
        input_shape=(32, 32, 3), alpha=0.35, include_top=False, weights=None
    )
    path = tmp_path_factory.mktemp("weights") / "base.weights.h5"
    base.save_weights(path)
    return path


def test_weights_are_taken_from_a_file(weights_file: Path) -> None:
    models = [build("mobilenetv2", Recipe(32, 1, 0.35, str(weights_file))) for _ in range(2)]
    one, two = (network.features.get_weights() for network in models)
    assert all((a == b).all() for a, b in zip(one, two, strict=True))


def test_weights_of_another_width_say_so(weights_file: Path) -> None:
    with pytest.raises(UsageError, match=r"not hold the weights of MobileNetV2 of width 0\.5"):
        build("mobilenetv2", Recipe(32, 1, 0.5, str(weights_file)))


def test_a_file_that_holds_no_weights_says_so(tmp_path: Path) -> None:
    (tmp_path / "text.weights.h5").write_text("no weights")
    with pytest.raises(UsageError, match="does not hold the weights"):
        build("mobilenetv2", Recipe(32, 1, 0.35, str(tmp_path / "text.weights.h5")))


def test_a_missing_weights_file_says_what_weights_takes() -> None:
    with pytest.raises(UsageError, match="takes imagenet, none or a file"):
        build("mobilenetv2", Recipe(32, 1, 0.35, "nowhere.h5"))


def test_there_are_no_imagenet_weights_of_an_odd_width() -> None:
    with pytest.raises(UsageError, match=r"choose --width from 0\.35"):
        build("mobilenetv2", Recipe(32, 1, 0.42, "imagenet"))


def test_a_failed_download_says_what_else_can_be_done(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(**options: object) -> None:
        print("Downloading data")
        raise Exception("URL fetch failure")

    monkeypatch.setattr(import_keras().applications, "MobileNetV2", fails)
    with pytest.raises(UsageError, match=r"URL fetch failure.*--weights FILE"):
        build("mobilenetv2", Recipe(224, 1, 0.35, "imagenet"))
    assert capsys.readouterr().out == ""


def test_an_unknown_family_names_those_there_are() -> None:
    with pytest.raises(UsageError, match="truck-cnn, mobilenetv2"):
        build("resnet", Recipe(32, 1))
