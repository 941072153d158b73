"""Hidden layers in one style: activation, initialisation, penalties, dropout, normalisation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .output import output_layer
from .recipe import Activation, Recipe

SUITING = {
    "relu": "he_normal",
    "elu": "he_normal",
    "selu": "lecun_normal",
    "tanh": "glorot_uniform",
    "sigmoid": "glorot_uniform",
}
"""Initialiser by activation: He et al. 2015 (arXiv:1502.01852), Klambauer et al. 2017
(arXiv:1706.02515) and Glorot and Bengio 2010."""


@dataclass(frozen=True, slots=True)
class Style:
    """How a family's hidden layers are, where a recipe leaves it open."""

    hidden: tuple[int, ...] = ()
    """Units of the dense layers before the output."""
    activation: Activation = "relu"
    dropout: float = 0.0
    """After each of these dense layers."""
    batch_norm: bool = False
    norm_momentum: float = 0.99
    """Of the mean and variance that a normalisation keeps for inference; Keras' own."""


class Hidden:
    """Adds layers to a functional model in one style."""

    def __init__(self, keras: Any, recipe: Recipe, style: Style) -> None:
        """Take the recipe's choices and, where it has none, the style's."""
        self._keras = keras
        self._outputs = recipe.outputs
        self.units = style.hidden if recipe.hidden is None else recipe.hidden
        self.activation = recipe.activation or style.activation
        self.dropout = style.dropout if recipe.dropout is None else recipe.dropout
        self.batch_norm = style.batch_norm if recipe.batch_norm is None else recipe.batch_norm
        self._initializer = recipe.initializer or SUITING[self.activation]
        self._l1, self._l2 = recipe.l1, recipe.l2
        self._norm_momentum = style.norm_momentum

    def conv(self, x: Any, filters: int, side: int, name: str, **options: Any) -> Any:
        """A convolution, normalised where the style says so, and its activation.

        Args:
            x: (n, height, width, channels).
            filters: how many.
            side: of the kernel, pixels.
            name: of the layer.
            options: of `Conv2D`; `activation=None` leaves the activation out.
        """
        return self._activated(self._keras.layers.Conv2D, x, filters, name, options, (side,))

    def linear_conv(self, x: Any, filters: int, side: int, name: str) -> Any:
        """A convolution alone, without the bias that a normalisation takes away again."""
        return self._keras.layers.Conv2D(
            filters,
            side,
            use_bias=False,
            kernel_initializer=self._initializer,
            kernel_regularizer=self._penalty(),
            name=name,
        )(x)

    def normalized(self, x: Any, name: str, activation: str | None, **options: Any) -> Any:
        """A batch normalisation, and the activation that follows it.

        Args:
            x: of any shape, channels last.
            name: of the layer before.
            activation: None leaves it out.
            options: of `BatchNormalization`.
        """
        layers = self._keras.layers
        x = layers.BatchNormalization(momentum=self._norm_momentum, name=f"{name}_norm", **options)(
            x
        )
        return layers.Activation(activation, name=f"{name}_{activation}")(x) if activation else x

    def dense(self, x: Any, units: int, name: str) -> Any:
        """A dense layer, normalised where the style says so, and its activation."""
        return self._activated(self._keras.layers.Dense, x, units, name, {}, ())

    def flattened(self, x: Any) -> Any:
        """(n, height, width, channels) as (n, features).

        A map of one pixel is averaged: its flattening would vanish from the TFLite file, and
        tf2onnx loses the bias of a dense layer that is given four axes.
        """
        layers = self._keras.layers
        one_pixel = tuple(x.shape[1:3]) == (1, 1)
        return (layers.GlobalAveragePooling2D if one_pixel else layers.Flatten)(name="flatten")(x)

    def dropped(self, x: Any, name: str) -> Any:
        """Dropout, where there is any; alpha dropout for SELU, which keeps mean and variance."""
        if not self.dropout:
            return x
        layers = self._keras.layers
        kind = layers.AlphaDropout if self.activation == "selu" else layers.Dropout
        return kind(self.dropout, name=name)(x)

    def top(self, x: Any) -> Any:
        """The dense layers and the output.

        Args:
            x: (n, features).

        Returns:
            (n, outputs): probabilities.
        """
        for number, units in enumerate(self.units, start=1):
            suffix = "" if len(self.units) == 1 else f"_{number}"
            x = self.dropped(self.dense(x, units, f"hidden{suffix}"), f"dropout{suffix}")
        if not self.units:
            x = self.dropped(x, "dropout")
        return output_layer(self._keras, self._outputs, self._penalty())(x)

    def _activated(
        self, kind: Any, x: Any, units: int, name: str, options: dict[str, Any], sides: Any
    ) -> Any:
        options = {"activation": self.activation, **options}
        activation = options.pop("activation")
        x = kind(
            units,
            *sides,
            activation=None if self.batch_norm else activation,
            use_bias=not self.batch_norm,
            kernel_initializer=self._initializer,
            kernel_regularizer=self._penalty(),
            name=name,
            **options,
        )(x)
        return self.normalized(x, name, activation) if self.batch_norm else x

    def _penalty(self) -> Any:
        if not (self._l1 or self._l2):
            return None
        return self._keras.regularizers.L1L2(self._l1, self._l2)
