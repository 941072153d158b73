"""The last layer, which two classes and many classes differ in."""

from __future__ import annotations

from typing import Any


def output_layer(keras: Any, outputs: int, penalty: Any = None) -> Any:
    """A sigmoid for one output, a softmax for more; always float32, as the engines expect."""
    return keras.layers.Dense(
        outputs,
        activation="sigmoid" if outputs == 1 else "softmax",
        kernel_initializer="glorot_normal",
        kernel_regularizer=penalty,
        dtype="float32",
        name="probability",
    )
