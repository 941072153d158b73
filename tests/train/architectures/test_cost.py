"""Parameters and multiply-adds, against what others have published and counted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from trucksight.train.architectures import ARCHITECTURES, Recipe, build
from trucksight.train.architectures.cost import cost
from trucksight.train.quiet import import_keras


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_row_tells_the_cost_of_its_default_model(name: str, tmp_path: Path) -> None:
    row = ARCHITECTURES[name]
    weights = "none"
    if name == "vgg16":  # without weights it is the paper's network
        base = import_keras().applications.VGG16(include_top=False, weights=None)
        weights = str(tmp_path / "base.weights.h5")
        base.save_weights(weights)
    counted = cost(build(name, Recipe(row.size, 1, weights=weights)).model)
    assert (row.parameters, row.multiply_adds) == (counted.parameters, counted.multiply_adds)


@pytest.mark.parametrize(
    ("name", "side", "classes", "trained", "million_multiply_adds"),
    [
        # LeCun et al. 1998 count 60,000 with a second convolution that is not fully connected.
        ("lenet5", 28, 10, 61_706, None),
        # 784 x 128 + 128 + 128 x 256 + 256 + 256 x 10 + 10; 784 x 128 + 128 x 256 + 256 x 10.
        ("mlp", 28, 10, 136_074, 0.135_680),
        # Krizhevsky et al. 2012: "60 million parameters"; 724 M in Sze et al. 2017
        # (arXiv:1703.09039, table II), which has 227 pixels and so the same 55x55 outputs.
        ("alexnet", 224, 1000, 60_965_224, 724),
        # Simonyan and Zisserman 2014, table 2: 138 and 144 million; torchvision.models: 138357544,
        # 143667240, 15.47 and 19.63 GFLOPS, by which it means multiply-adds.
        ("vgg16", 224, 1000, 138_357_544, 15_470),
        ("vgg19", 224, 1000, 143_667_240, 19_630),
        # He et al. 2015, table 1: 1.8 and 3.6 billion; torchvision.models: 11689512, 21797672.
        ("resnet18", 224, 1000, 11_689_512, 1_810),
        ("resnet34", 224, 1000, 21_797_672, 3_660),
    ],
)
def test_a_classic_has_the_size_of_its_paper(
    name: str, side: int, classes: int, trained: int, million_multiply_adds: float | None
) -> None:
    counted = cost(build(name, Recipe(side, classes)).model)
    assert counted.trainable == trained
    if million_multiply_adds is not None:
        assert counted.multiply_adds / 1e6 == pytest.approx(million_multiply_adds, rel=5e-3)


@pytest.mark.parametrize(
    ("application", "side", "million_parameters", "million_multiply_adds"),
    [
        # Parameters: the table of keras.io/api/applications. Multiply-adds: Sandler et al. 2018
        # (300), Howard et al. 2019 (56 and 219), Tan and Le 2019 (390), He et al. 2015 (3.8e9),
        # torchvision.models (inception_v3 5.71, densenet121 2.83 GFLOPS).
        ("MobileNetV2", 224, 3.5, 300),
        ("MobileNetV3Small", 224, 2.6, 56),
        ("MobileNetV3Large", 224, 5.5, 219),
        ("EfficientNetB0", 224, 5.3, 390),
        ("ResNet50", 224, 25.6, 3_800),
        ("InceptionV3", 299, 23.9, 5_710),
        ("DenseNet121", 224, 8.1, 2_830),
        ("Xception", 299, 22.9, None),
    ],
)
def test_a_network_of_keras_costs_what_is_published(
    application: str, side: int, million_parameters: float, million_multiply_adds: float | None
) -> None:
    counted = cost(_whole(application, side))
    assert counted.parameters / 1e6 == pytest.approx(million_parameters, abs=0.06)
    if million_multiply_adds is not None:
        assert counted.multiply_adds / 1e6 == pytest.approx(million_multiply_adds, rel=0.02)


@pytest.mark.parametrize("application", ["MobileNetV2", "Xception"])
def test_the_profiler_of_tensorflow_counts_two_operations_for_a_multiply_add(
    application: str,
) -> None:
    model = _whole(application, 96)
    counted = cost(model).multiply_adds
    assert 2 * counted == _profiled(model)


def test_a_layer_whose_cost_is_not_known_is_refused() -> None:
    layers = import_keras().layers
    model = import_keras().Sequential([layers.Input((4, 8)), layers.LSTM(2)])
    with pytest.raises(ValueError, match="the multiply-adds of a LSTM are not known"):
        cost(model)


def test_a_layer_that_is_used_twice_is_refused() -> None:
    keras = import_keras()
    inputs = keras.Input((4,))
    layer = keras.layers.Dense(4, name="twice")
    with pytest.raises(ValueError, match="the layer twice is used twice"):
        cost(keras.Model(inputs, layer(layer(inputs))))


def test_other_convolutions_are_counted_too() -> None:
    layers = import_keras().layers
    model = import_keras().Sequential(
        [
            layers.Input((8, 8, 4)),
            layers.Conv2D(6, 3, groups=2),  # 6 x 6 places x 3 x 3 x 2 x 6
            layers.Conv2DTranspose(5, 2, strides=2),  # 6 x 6 places x 2 x 2 x 6 x 5
        ]
    )
    assert cost(model).multiply_adds == 36 * 108 + 36 * 120


def _whole(application: str, side: int) -> Any:
    """With its top, as published."""
    keras = import_keras()
    return getattr(keras.applications, application)(input_shape=(side, side, 3), weights=None)


def _profiled(model: Any) -> int:
    """Operations in convolutions and matrix products, by TensorFlow's own profiler."""
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    function = tf.function(lambda pixels: model(pixels, training=False))
    shape = tf.TensorSpec((1, *model.input_shape[1:]), tf.float32)
    frozen = convert_variables_to_constants_v2(function.get_concrete_function(shape))
    profiler = tf.compat.v1.profiler
    options = profiler.ProfileOptionBuilder(profiler.ProfileOptionBuilder.float_operation())
    with frozen.graph.as_default():
        found = profiler.profile(
            frozen.graph, cmd="op", options=options.with_empty_output().build()
        )
    operations = {}
    while found.children:
        (found,) = found.children
        operations[found.name] = found.float_ops
    return sum(operations.get(kind, 0) for kind in ("Conv2D", "DepthwiseConv2dNative", "MatMul"))


def test_the_guide_tells_the_cost_of_every_family() -> None:
    guide = (Path(__file__).parents[3] / "docs/guides/models.md").read_text()
    for name, row in ARCHITECTURES.items():
        figures = f"{row.size} | {row.parameters:,} | {row.multiply_adds / 1e6:,.1f}"
        assert f"| `{name}` | {row.help} | {figures} | {row.smallest} |" in guide
