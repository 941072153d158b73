"""Training on several devices at once: each takes its share of every batch.

TensorFlow's MirroredStrategy keeps a copy of the weights on each device and adds up the gradients.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from ...runtime.errors import UsageError

Array = npt.NDArray[Any]


def spread(keras: Any, model: Any, count: int) -> Any:
    """The model itself, or for several devices a twin of it that lives on all of them.

    The twin begins with the model's weights and is to be compiled in its `scope`.

    Raises:
        UsageError: fewer GPUs than asked for, or without any GPU fewer logical CPUs.
    """
    if count == 1:
        return model
    with _strategy(count).scope():
        twin = keras.models.clone_model(model)
        twin.set_weights(model.get_weights())
    return twin


def scope(model: Any) -> AbstractContextManager[Any]:
    """In which what `spread` gave is compiled and its variables are set."""
    strategy = model.distribute_strategy
    if strategy.num_replicas_in_sync == 1:
        return nullcontext()
    context: AbstractContextManager[Any] = strategy.scope()
    return context


def step(model: Any, inputs: Array, targets: Array, weights: Array | None) -> Mapping[str, Any]:
    """One training step of what `spread` gave; its gradient is that of the whole batch.

    Returns:
        what `prepare` asks for, of the batch.
    """
    strategy = model.distribute_strategy
    count = strategy.num_replicas_in_sync
    # A batch smaller than the number of devices goes whole to each, which comes to the same.
    if count == 1 or len(inputs) < count:
        logs: Mapping[str, Any] = model.train_on_batch(
            inputs, targets, sample_weight=weights, return_dict=True
        )
        return logs
    parts = [np.array_split(one, count) for one in (inputs, targets)]
    parts.append(_shares(len(inputs), count, weights))
    if model.train_function is None:
        # Makes the metrics' variables, which a function on several devices cannot make in passing.
        model.test_on_batch(inputs[:count], targets[:count])
        model.make_train_function()
    model.reset_metrics()
    batch = tuple(_by_device(strategy, part) for part in parts)
    found = model.train_function(iter([batch]))
    return {name: float(value) for name, value in found.items()}


def _shares(size: int, count: int, weights: Array | None) -> list[Array]:
    """(n,) weights of each device's part.

    Keras takes the mean over a part and then over the parts; a picture of a smaller part would
    count for more.
    """
    weights = np.ones(size, np.float32) if weights is None else weights
    return [
        np.asarray(part * np.float32(len(part) * count / size), np.float32)
        for part in np.array_split(weights, count)
    ]


def _by_device(strategy: Any, parts: Sequence[Array]) -> Any:
    import tensorflow as tf

    return strategy.experimental_distribute_values_from_function(
        lambda context: tf.convert_to_tensor(parts[context.replica_id_in_sync_group])
    )


@cache
def _strategy(count: int) -> Any:
    """One for the whole process: a second one would number its exchanges like the first."""
    import tensorflow as tf

    return tf.distribute.MirroredStrategy(_names(count))


def _names(count: int) -> list[str]:
    import tensorflow as tf

    gpus = tf.config.list_logical_devices("GPU")
    devices = gpus or tf.config.list_logical_devices("CPU")
    if len(devices) < count:
        raise UsageError(f"--devices {count}: there are {len(gpus)} GPUs here")
    return [one.name for one in devices[:count]]
