"""Pretrained networks: what Keras computes with the same weights, and weights that do not fit."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt
import pytest
from keras.src.legacy.saving import legacy_h5_format
from keras.src.utils import file_utils

from trucksight.runtime.errors import UsageError
from trucksight.train.architectures import ARCHITECTURES, Recipe, build
from trucksight.train.architectures.pixels import TORCH_DEVIATION, TORCH_MEAN
from trucksight.train.quiet import import_keras

Noise = Callable[[int, int, int], npt.NDArray[np.uint8]]
APPLICATIONS = {
    "mobilenetv2": ("mobilenet_v2", "MobileNetV2"),
    "mobilenetv3small": ("mobilenet_v3", "MobileNetV3Small"),
    "mobilenetv3large": ("mobilenet_v3", "MobileNetV3Large"),
    "efficientnetb0": ("efficientnet", "EfficientNetB0"),
    "efficientnetv2b0": ("efficientnet_v2", "EfficientNetV2B0"),
    "resnet50": ("resnet", "ResNet50"),
    "vgg16": ("vgg16", "VGG16"),
    "inceptionv3": ("inception_v3", "InceptionV3"),
    "densenet121": ("densenet", "DenseNet121"),
    "xception": ("xception", "Xception"),
}
"""Module and class of `keras.applications`; the module has the network's own preprocessing."""
TRAINED_ON_BGR = ("resnet50", "vgg16")


def _base(name: str, side: int = 32, **options: Any) -> Any:
    """Keras' own network, of random weights and with the pooling that our head follows."""
    keras = import_keras()
    keras.utils.set_random_seed(0)
    application = getattr(keras.applications, APPLICATIONS[name][1])
    shape = (side, side, 3)
    return application(input_shape=shape, include_top=False, weights=None, pooling="avg", **options)


def test_every_pretrained_family_is_compared_with_keras() -> None:
    assert APPLICATIONS.keys() == {name for name, row in ARCHITECTURES.items() if row.pretrained}


@pytest.mark.parametrize("name", APPLICATIONS)
def test_features_are_those_of_keras_with_its_own_preprocessing(
    name: str, tmp_path: Path, noise: Noise
) -> None:
    side = ARCHITECTURES[name].smallest
    keras_own = _base(name, side)
    keras_own.save_weights(tmp_path / "base.weights.h5")
    width = None if ARCHITECTURES[name].width is None else 1.0
    ours = build(name, Recipe(side, 1, width, str(tmp_path / "base.weights.h5")))
    pictures = noise(2, side, side)
    module = import_module(f"keras.applications.{APPLICATIONS[name][0]}")
    scaled = module.preprocess_input(pictures.astype(np.float32))
    expected = np.asarray(keras_own(scaled, training=False))
    found = np.asarray(ours.features(pictures, training=False))
    spread = float(np.ptp(expected))
    assert spread > 0
    assert np.abs(found - expected).max() < 1e-3 * spread


@pytest.mark.parametrize("name", APPLICATIONS)
def test_imagenet_weights_are_read_from_the_file_that_keras_keeps(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, asked = _base(name, ARCHITECTURES[name].smallest), []
    with h5py.File(tmp_path / "kept.h5", "w") as file:  # ImageNet's are of Keras 2
        legacy_h5_format.save_weights_to_hdf5_group(file, kept)

    def get_file(fname: str, *more: Any, **options: Any) -> str:
        asked.append(fname)
        return str(tmp_path / "kept.h5")

    monkeypatch.setattr(file_utils, "get_file", get_file)
    width = None if ARCHITECTURES[name].width is None else 1.0
    network = build(name, Recipe(ARCHITECTURES[name].smallest, 1, width, "imagenet"))
    (file_name,) = asked
    assert file_name.endswith(".h5")
    assert "top" in file_name  # it has none: no_top, notop
    kernels = [
        [layer for layer in layers if layer.weights and not hasattr(layer, "adapt")]
        for layers in (kept.layers, network.base)
    ]
    for place, (theirs, ours) in enumerate(zip(*kernels, strict=True)):
        expected = theirs.get_weights()
        if place == 0 and name in TRAINED_ON_BGR:
            expected[0] = expected[0][:, :, ::-1]
        for one, other in zip(expected, ours.get_weights(), strict=True):
            assert (one == other).all(), ours.name


def test_efficientnet_divides_by_the_deviation_that_keras_stores_as_variance(
    tmp_path: Path, noise: Noise
) -> None:
    base = _base("efficientnetb0")
    normalization = next(layer for layer in base.layers if hasattr(layer, "adapt"))
    _, _, *count = normalization.get_weights()
    normalization.set_weights([np.array(TORCH_MEAN), np.array(TORCH_DEVIATION), *count])
    base.save_weights(tmp_path / "base.weights.h5")
    model = build("efficientnetb0", Recipe(32, 1, weights=str(tmp_path / "base.weights.h5"))).model
    ours = next(layer for layer in model.layers if hasattr(layer, "adapt"))
    pictures = noise(1, 32, 32)
    # Cloned, as an export does: a normalisation would be left behind.
    scaling = import_keras().models.clone_model(import_keras().Model(model.input, ours.output))
    scaled = scaling(pictures)
    expected = (pictures / 255 - TORCH_MEAN) / TORCH_DEVIATION
    assert np.asarray(scaled) == pytest.approx(expected, abs=1e-4)


def test_head_and_whole_model_share_their_weights(noise: Noise) -> None:
    network = build("mobilenetv2", Recipe(32, 1, 0.35, "none"))
    pictures = noise(2, 32, 32)
    network.head.set_weights([weight + 0.01 for weight in network.head.get_weights()])
    by_parts = network.head(network.features(pictures, training=False))
    assert np.asarray(by_parts) == pytest.approx(
        np.asarray(network.model(pictures, training=False)), abs=1e-5
    )


@pytest.fixture(scope="module")
def weights_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of a base of width 0.35, every number of which is known to differ from a new one."""
    path = tmp_path_factory.mktemp("weights") / "base.weights.h5"
    _base("mobilenetv2", alpha=0.35).save_weights(path)
    return path


def test_weights_are_taken_from_a_file(weights_file: Path) -> None:
    models = [build("mobilenetv2", Recipe(32, 1, 0.35, str(weights_file))) for _ in range(2)]
    one, two = (network.features.get_weights() for network in models)
    assert all((a == b).all() for a, b in zip(one, two, strict=True))


def test_weights_of_another_input_size_are_taken(weights_file: Path) -> None:
    network = build("mobilenetv2", Recipe((64, 48), 1, 0.35, str(weights_file)))
    assert network.model.input_shape == (None, 48, 64, 3)


def test_a_whole_model_in_the_older_format_is_taken(tmp_path: Path) -> None:
    base = _base("mobilenetv2", alpha=0.35)
    base.save(tmp_path / "base.h5")
    network = build("mobilenetv2", Recipe(32, 1, 0.35, str(tmp_path / "base.h5")))
    kernels = [layer.get_weights() for layer in (base.layers[1], network.base[0])]
    assert (kernels[0][0] == kernels[1][0]).all()


def test_weights_of_another_width_say_so(weights_file: Path) -> None:
    with pytest.raises(UsageError, match=r"not hold the weights of MobileNetV2 of width 0\.5"):
        build("mobilenetv2", Recipe(32, 1, 0.5, str(weights_file)))


def test_weights_of_another_family_say_so(weights_file: Path) -> None:
    with pytest.raises(UsageError, match=r"weights of VGG16 without its top \(it holds"):
        build("vgg16", Recipe(32, 1, weights=str(weights_file)))


@pytest.mark.parametrize("suffix", [".weights.h5", ".h5"])
def test_weights_with_a_top_say_so(tmp_path: Path, suffix: str) -> None:
    whole = import_keras().applications.MobileNetV2(
        input_shape=(32, 32, 3), alpha=0.35, weights=None, classes=10
    )
    file = tmp_path / f"whole{suffix}"
    whole.save_weights(file) if suffix == ".weights.h5" else whole.save(file)
    with pytest.raises(UsageError, match=r"without its top; .* \(it holds 423,018 numbers, not"):
        build("mobilenetv2", Recipe(32, 1, 0.35, str(file)))


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


@pytest.mark.parametrize(
    ("name", "title"),
    [("mobilenetv2", "MobileNetV2 of width 0.35"), ("resnet50", "ResNet50")],
)
def test_a_failed_download_says_what_else_can_be_done(
    name: str, title: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(**options: object) -> None:
        print("Downloading data")
        raise Exception("URL fetch failure")

    monkeypatch.setattr(import_keras().applications, APPLICATIONS[name][1], fails)
    expected = rf"weights of {title} could not be had \(URL fetch failure\).*--weights FILE"
    with pytest.raises(UsageError, match=expected):
        build(name, Recipe(224, 1, weights="imagenet"))
    assert capsys.readouterr().out == ""
