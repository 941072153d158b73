"""What shapes a model, whatever its family."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from ...runtime.errors import UsageError

Activation = Literal["relu", "elu", "selu", "tanh", "sigmoid"]
Initializer = Literal[
    "he_normal",
    "he_uniform",
    "glorot_normal",
    "glorot_uniform",
    "lecun_normal",
    "lecun_uniform",
]
KERNELS = (3, 5)
"""Sides that a convolution of a `ConvStack` can have, pixels."""
FEWEST_FILTERS, MOST_FILTERS = 16, 512
MOST_BLOCKS = 8


@dataclass(frozen=True, slots=True)
class ConvStack:
    """What `tuned-cnn` is made of: blocks of a convolution and a max-pooling, then dense layers.

    Raises:
        UsageError: a choice outside the ranges that a search may take.
    """

    filters: tuple[int, ...] = (32, 64, 128, 256)
    """Of each block's convolution, the first block first; 16 to 512 each, up to eight blocks."""
    kernels: tuple[int, ...] = (3, 3, 3, 3)
    """Side of each block's convolution, pixels; 3 or 5."""
    activation: Activation = "relu"
    dropout: float = 0.25
    """Share dropped after each block and each dense layer, in [0, 1)."""
    dense: tuple[int, ...] = (128,)
    """Units of the dense layers before the output."""
    batch_norm: bool = False
    """Normalise between each convolution or dense layer and its activation."""

    def __post_init__(self) -> None:
        if not 1 <= len(self.filters) <= MOST_BLOCKS:
            raise UsageError(f"a stack has 1 to {MOST_BLOCKS} blocks, not {len(self.filters)}")
        if len(self.kernels) != len(self.filters):
            raise UsageError(
                f"a stack of {len(self.filters)} blocks needs as many kernel sizes, not"
                f" {len(self.kernels)}"
            )
        for filters in self.filters:
            if not FEWEST_FILTERS <= filters <= MOST_FILTERS:
                raise UsageError(
                    f"a block has {FEWEST_FILTERS} to {MOST_FILTERS} filters, not {filters!r}"
                )
        for kernel in self.kernels:
            if kernel not in KERNELS:
                raise UsageError(f"a kernel is {' or '.join(map(str, KERNELS))}, not {kernel!r}")
        check_hidden(self.activation, self.dropout, self.dense)


@dataclass(frozen=True, slots=True)
class Recipe:
    """What shapes a model; None is the family's own choice.

    Activation, initialisation, penalties, dropout and batch normalisation are those of every hidden
    layer; of a pretrained network they shape the head only.

    Raises:
        UsageError: a value that no family can take.
    """

    size_wh: int | tuple[int, int]
    """(width, height) of the input, or one side of a square; pixels."""
    outputs: int
    """1 for a sigmoid (two classes), K for a softmax over K classes."""
    width: float | None = None
    """Share of the channels; None too where the family has no such choice."""
    weights: str | None = None
    """`imagenet`, `none` or a file; None is `none`."""
    grey: bool | None = None
    """Turn the picture into grey inside the graph."""
    dropout: float | None = None
    """Share dropped after each hidden dense layer, in [0, 1); without one, before the output."""
    l1: float = 0.0
    """Penalty on the sum of the absolute weights of kernels."""
    l2: float = 0.0
    """Penalty on the sum of the squared weights of kernels."""
    batch_norm: bool | None = None
    """Normalise between each hidden layer and its activation."""
    activation: Activation | None = None
    initializer: Initializer | None = None
    """Of the kernels of hidden layers; None: what suits the activation."""
    hidden: tuple[int, ...] | None = None
    """Units of the dense layers before the output; () leaves them out."""
    stack: ConvStack | None = None
    """Of `tuned-cnn`; a field above that is set goes before the stack's."""
    pool_dense: int | None = None
    """Train in the form of `reparameterization`, with averages of so many pixels a side before the
    dense layers; None: in the form that is deployed."""

    def __post_init__(self) -> None:
        check_hidden(self.activation, self.dropout, self.hidden)
        if self.initializer not in (None, *get_args(Initializer)):
            raise UsageError(
                f"no initializer {self.initializer!r}; known: {', '.join(get_args(Initializer))}"
            )
        if self.l1 < 0 or self.l2 < 0:
            raise UsageError(f"l1 and l2 must be 0 or more, not {self.l1} and {self.l2}")
        if self.outputs < 1:
            raise UsageError(f"a model has 1 output or more, not {self.outputs}")
        if self.pool_dense is not None and self.pool_dense < 1:
            raise UsageError(f"averages are of 1 pixel or more a side, not {self.pool_dense}")

    @property
    def shape(self) -> tuple[int, int, int]:
        """(height, width, 3) of the input, pixels."""
        wide, high = (self.size_wh, self.size_wh) if isinstance(self.size_wh, int) else self.size_wh
        return (high, wide, 3)


def check_hidden(
    activation: Activation | None, dropout: float | None, hidden: Sequence[int] | None
) -> None:
    """Refuse what cannot shape hidden layers.

    Raises:
        UsageError: an unknown activation, a dropout outside [0, 1), a layer without units.
    """
    if activation not in (None, *get_args(Activation)):
        raise UsageError(f"no activation {activation!r}; known: {', '.join(get_args(Activation))}")
    if dropout is not None and not 0 <= dropout < 1:
        raise UsageError(f"dropout must be 0 or more and under 1, not {dropout}")
    if any(units < 1 for units in hidden or ()):
        raise UsageError(f"a dense layer has 1 unit or more, not {tuple(hidden or ())}")
