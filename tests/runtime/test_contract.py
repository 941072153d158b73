"""The one function that turns a picture into a model's input."""

import hashlib

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from trucksight.runtime import InputContract, model_input
from trucksight.runtime.contract import Fit, Resampling
from trucksight.runtime.errors import BundleError, FrameError


def noise(height: int, width: int) -> npt.NDArray[np.uint8]:
    return np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)


@pytest.mark.parametrize("resampling", ["halving-bilinear", "bilinear", "area", "nearest"])
@pytest.mark.parametrize("fit", ["stretch", "letterbox", "centre"])
@pytest.mark.parametrize("size", [(1, 1), (17, 500), (224, 224), (360, 640), (1080, 1921)])
def test_every_contract_gives_its_shape_for_every_size(
    resampling: Resampling, fit: Fit, size: tuple[int, int]
) -> None:
    contract = InputContract(224, 160, resampling, fit)
    pixels = model_input(noise(*size), contract)
    assert pixels.shape == (1, 160, 224, 3)
    assert pixels.dtype == np.uint8
    assert pixels.flags.c_contiguous


def test_colour_order_becomes_rgb() -> None:
    blue = np.zeros((50, 50, 3), np.uint8)
    blue[..., 0] = 255
    assert model_input(blue, InputContract())[0, 100, 100].tolist() == [0, 0, 255]


def test_the_frame_is_not_changed_nor_shared() -> None:
    frame = noise(224, 224)
    before = frame.copy()
    model_input(frame, InputContract())[:] = 0
    assert np.array_equal(frame, before)


def test_halving_averages_what_plain_bilinear_skips() -> None:
    stripes = np.zeros((896, 896, 3), np.uint8)
    stripes[:, ::4] = 255
    halved = model_input(stripes, InputContract(resampling="halving-bilinear"))
    skipped = model_input(stripes, InputContract(resampling="bilinear"))
    assert halved.min() == halved.max() == 64
    assert set(np.unique(skipped)) != {64}


def test_halving_is_plain_bilinear_below_twice_the_size() -> None:
    frame = noise(300, 400)
    halved = model_input(frame, InputContract(resampling="halving-bilinear"))
    assert np.array_equal(halved, model_input(frame, InputContract(resampling="bilinear")))


def test_halving_is_an_exact_average_at_powers_of_two() -> None:
    frame = noise(448, 448)
    halved = model_input(frame, InputContract())[0]
    area = cv2.cvtColor(cv2.resize(frame, (224, 224), interpolation=cv2.INTER_AREA), 4)
    assert np.array_equal(halved, area)


@pytest.mark.parametrize(
    ("resampling", "digest"),
    [
        ("halving-bilinear", "9486132f8655791ca6961639e4ba2830a5769d4829193adf5ad9ba7834eda0d8"),
        ("bilinear", "bc2896d4011b321cdefad08f33a2e0fb7dc074bfc9647c6e7b0df499559965b5"),
    ],
)
def test_bilinear_gives_the_bytes_that_every_processor_gave(
    resampling: Resampling, digest: str
) -> None:
    """The digests came out on x86-64 and on arm64 (emulated Cortex-A76) alike."""
    found = hashlib.sha256()
    for size in ((17, 500), (224, 224), (300, 400), (480, 640), (1080, 1921)):
        found.update(model_input(noise(*size), InputContract(224, 160, resampling)).tobytes())
    assert found.hexdigest() == digest


def test_letterbox_keeps_the_aspect_and_pads_with_grey() -> None:
    white = np.full((100, 200, 3), 255, np.uint8)
    pixels = model_input(white, InputContract(fit="letterbox"))[0]
    assert (pixels[:56] == 127).all()
    assert (pixels[56:168] == 255).all()
    assert (pixels[168:] == 127).all()


def test_centre_cuts_the_longer_side() -> None:
    frame = np.zeros((100, 300, 3), np.uint8)
    frame[:, 100:200] = 255
    assert (model_input(frame, InputContract(fit="centre")) == 255).all()


@pytest.mark.parametrize(
    "frame",
    [
        np.zeros((10, 10), np.uint8),
        np.zeros((10, 10, 4), np.uint8),
        np.zeros((10, 10, 3), np.uint16),
        np.zeros((0, 10, 3), np.uint8),
        [[1, 2, 3]],
    ],
    ids=["grey", "alpha", "16 bit", "empty", "a list"],
)
def test_what_is_not_a_colour_picture_is_refused(frame: npt.NDArray[np.uint8]) -> None:
    with pytest.raises(FrameError, match="a frame must"):
        model_input(frame, InputContract())


def test_a_contract_survives_its_own_json() -> None:
    contract = InputContract(96, 64, "area", "centre")
    assert InputContract.from_json(contract.as_json()) == contract


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"width": 0}, "width must be"),
        ({"height": "224"}, "height must be"),
        ({"resampling": "lanczos"}, "resampling must be one of"),
        ({"fit": "squash"}, "fit must be one of"),
        ({"color": "BGR"}, "color must be one of RGB"),
        ({"dtype": "float32"}, "uint8"),
        ({"layout": "NCHW"}, "NHWC"),
    ],
)
def test_a_contract_that_is_not_understood_is_refused(
    change: dict[str, object], match: str
) -> None:
    with pytest.raises(BundleError, match=match):
        InputContract.from_json(InputContract().as_json() | change)


def test_a_contract_with_a_field_missing_is_refused() -> None:
    document = InputContract().as_json()
    del document["fit"]
    with pytest.raises(BundleError, match="lacks 'fit'"):
        InputContract.from_json(document)
