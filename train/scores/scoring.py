"""Pictures to scores through a Keras model, with the preprocessing of the board."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ...runtime.contract import InputContract, model_input
from ...runtime.errors import DataError, PictureError
from ...runtime.files import sha256_bytes
from ...runtime.picture import decode_named, read_bytes
from ..data.kept_pixels import Rows
from ..data.picture_room import IN_MEMORY, picture_room
from ..run_folder import Example, Model
from ..threads import parallel

A_TASK = 16
"""Pictures that a thread decodes before it asks for more work."""
BATCH = 64
"""Pictures held in memory at a time."""
AT_ONCE = 4
"""Pictures given to the model at a time: what lies between its layers then stays in the processor's
cache. With a thread a processor, MobileNetV2 took 10 ms a picture on two cores and 6 on four;
batches of 64 one after the other took 23 and 14."""


def keras_scores(
    model: Model, examples: Sequence[Example], contract: InputContract
) -> npt.NDArray[np.float32]:
    """Score examples, decoding in parallel; memory for one batch only.

    Returns:
        (n, labels): probabilities in the model's output order; a sigmoid's one output becomes
        the two columns (negative, positive).

    Raises:
        DataError: a picture is gone, unreadable or changed since it was hashed.
    """
    parts = [
        pixel_scores(model, load_pixels(examples[start : start + BATCH], contract))
        for start in range(0, len(examples), BATCH)
    ]
    return np.concatenate(parts)


def pixel_scores(model: Model, pixels: npt.NDArray[np.uint8] | Rows) -> npt.NDArray[np.float32]:
    """Score pictures that are loaded already; see `keras_scores`.

    Args:
        pixels: (n, height, width, 3), RGB, 0..255, n at least 1.
    """
    return label_columns(predict(model, pixels))


def predict(model: Model, inputs: npt.NDArray[Any] | Rows) -> npt.NDArray[np.float32]:
    """The model's own outputs for any number of inputs, in small batches side by side."""

    def score(start: int) -> npt.NDArray[np.float32]:
        return np.asarray(model.predict_on_batch(inputs[start : start + AT_ONCE]), np.float32)

    first = score(0)  # alone: it compiles the model
    return np.concatenate([first, *parallel(score, range(AT_ONCE, len(inputs), AT_ONCE))])


def label_columns(outputs: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """(n, 1) of a sigmoid as (n, 2); a softmax's columns stay."""
    if outputs.shape[1] > 1:
        return outputs
    columns: npt.NDArray[np.float32] = np.hstack([1 - outputs, outputs])
    return columns


def load_pixels(
    examples: Sequence[Example], contract: InputContract, in_memory: int = IN_MEMORY
) -> npt.NDArray[np.uint8]:
    """Decode examples in parallel and bring each to the model's input.

    Args:
        examples: what to decode.
        contract: the model's input.
        in_memory: bytes from which on the pixels lie on the disk, see `picture_room`.

    Returns:
        (n, height, width, 3), RGB, 0..255; the same bytes wherever they lie.

    Raises:
        DataError: a picture is gone, unreadable or changed since it was hashed.
        OutputError: there is no room on the disk.
    """
    pixels = picture_room((len(examples), contract.height, contract.width, 3), in_memory)

    def load(start: int) -> None:
        for index in range(start, min(start + A_TASK, len(examples))):
            pixels[index] = _read(examples[index], contract)

    parallel(load, range(0, len(examples), A_TASK))
    return pixels


def _read(example: Example, contract: InputContract) -> npt.NDArray[np.uint8]:
    try:
        data = read_bytes(example.path)
        if sha256_bytes(data) != example.sha256:
            raise DataError(f"{example.path} has changed since it was split; train again")
        pixels: npt.NDArray[np.uint8] = model_input(decode_named(example.path, data), contract)[0]
    except PictureError as exc:
        raise DataError(f"{exc}; it was readable before") from exc
    return pixels
