"""Which network, of which shape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import get_args

from ...runtime.settings.kinds import Number, Switch, Text
from ...runtime.settings.settings import Option
from ..architectures import ARCHITECTURES, ConvStack, Recipe, architecture
from ..architectures.recipe import Activation, Initializer
from ..architectures.reparameterization import FAMILIES, POOL_DENSE
from .kinds import Counts, PictureSize, Side

DEFAULT_MODEL = "mobilenetv2"
LARGEST_SIZE = 1024


@dataclass(frozen=True, kw_only=True)
class ModelOptions:
    """The network; None is the family's own choice."""

    model: str = DEFAULT_MODEL
    """A key of ARCHITECTURES."""
    size: Side | None = None
    """Height and width of a square input, or (width, height); pixels."""
    width: float | None = None
    """Share of the channels."""
    weights: str | None = None
    """Of a pretrained base: `imagenet`, `none` or a file."""
    grey: bool | None = None
    hidden: tuple[int, ...] | None = None
    """Units of the dense layers before the output."""
    activation: Activation | None = None
    initializer: Initializer | None = None
    batch_norm: bool | None = None
    dropout: float | None = None
    """In [0, 1)."""
    l1: float = 0.0
    l2: float = 0.0
    filters: tuple[int, ...] | None = None
    """Of each block of tuned-cnn."""
    kernels: tuple[int, ...] | None = None
    """Side of each block's convolution, pixels."""
    reparameterize: bool = False
    """Train another form of the network, and fold it into this one afterwards; see
    `trucksight.train.architectures.reparameterization`."""
    pool_dense: int = POOL_DENSE
    """Pixels a side of the averages before the dense layers of that form; 1: none."""

    @property
    def size_wh(self) -> tuple[int, int]:
        """(width, height) of the input, pixels."""
        size = self.size or architecture(self.model).size
        return (size, size) if isinstance(size, int) else size

    @property
    def frozen_base(self) -> bool:
        """Whether there is a pretrained base that can stand still."""
        return architecture(self.model).pretrained and self.weights != "none"

    def recipe(self, outputs: int) -> Recipe:
        """What the family builds from; `outputs` is 1 for a sigmoid.

        Raises:
            UsageError: shapes that do not go together.
        """
        return Recipe(
            size_wh=self.size_wh,
            outputs=outputs,
            width=self.width,
            weights=self.weights,
            grey=self.grey,
            dropout=self.dropout,
            l1=self.l1,
            l2=self.l2,
            batch_norm=self.batch_norm,
            activation=self.activation,
            initializer=self.initializer,
            hidden=self.hidden,
            stack=self._stack(),
            pool_dense=self.pool_dense if self.reparameterize else None,
        )

    def _stack(self) -> ConvStack | None:
        if self.filters is None and self.kernels is None:
            return None
        filters = self.filters or tuple(32 * 2**i for i in range(len(self.kernels or ())))
        return replace(ConvStack(), filters=filters, kernels=self.kernels or (3,) * len(filters))


def model_faults(options: ModelOptions) -> Iterator[tuple[str, str]]:
    """Choices that the family does not have."""
    row = architecture(options.model)
    if min(options.size_wh) < row.smallest:
        yield "size", f"{options.model} takes {row.smallest} pixels or more, not {options.size}"
    if options.weights and not row.pretrained:
        yield "weights", f"{options.model} has no base; --weights is for {_with('pretrained')}"
    if options.width and row.width is None:
        yield "width", f"{options.model} has one width only; --width is for {_with('width')}"
    for name in ("filters", "kernels"):
        if getattr(options, name) is not None and not row.stack:
            yield name, f"is for {_with('stack')}"
    if options.reparameterize and options.model not in FAMILIES:
        yield (
            "reparameterize",
            f"{options.model} has one form only; it is for {', '.join(FAMILIES)}",
        )
    if options.reparameterize and options.batch_norm is not None:
        yield "batch_norm", "has its place in the form that --reparameterize folds; leave it out"


def _with(choice: str) -> str:
    return ", ".join(name for name, row in ARCHITECTURES.items() if getattr(row, choice))


_GROUP = "Model"
_SHARE = Number(0, 1)

MODEL_OPTIONS: Mapping[str, Option] = {
    "model": Option(
        _GROUP,
        Text("NAME"),
        "; ".join(f"{name}: {row.help}" for name, row in ARCHITECTURES.items())
        + f"; default {DEFAULT_MODEL}",
    ),
    "size": Option(
        _GROUP, PictureSize(LARGEST_SIZE), "of the input, pixels; default: the model's, mostly 224"
    ),
    "width": Option(
        _GROUP,
        Number(0.05, 3),
        "share of the channels; default: "
        + ", ".join(f"{name} {row.width}" for name, row in ARCHITECTURES.items() if row.width),
    ),
    "weights": Option(
        _GROUP,
        Text("imagenet|none|FILE"),
        "of a pretrained base; default imagenet, which Keras downloads",
    ),
    "grey": Option(_GROUP, Switch(), "turn the picture into grey inside the graph"),
    "hidden": Option(_GROUP, Counts(), "units of the dense layers before the output, or none"),
    "activation": Option(_GROUP, Text("NAME", get_args(Activation)), "of hidden layers"),
    "initializer": Option(
        _GROUP,
        Text("NAME", get_args(Initializer)),
        f"of hidden layers' kernels: {', '.join(get_args(Initializer))}; default: what suits the"
        " activation",
    ),
    "batch_norm": Option(_GROUP, Switch(), "normalise each hidden layer before its activation"),
    "dropout": Option(_GROUP, Number(0, 0.99), "share dropped after each hidden dense layer"),
    "l1": Option(_GROUP, _SHARE, "penalty on the kernels' absolute values; 0"),
    "l2": Option(_GROUP, _SHARE, "penalty on the kernels' squares; 0"),
    "filters": Option(_GROUP, Counts(), "of tuned-cnn's blocks, the first first"),
    "kernels": Option(_GROUP, Counts(), "sides of their convolutions, 3 or 5 each"),
    "reparameterize": Option(
        _GROUP,
        Switch(),
        f"train {', '.join(FAMILIES)} with normalisations and fewer weights, and fold both into the"
        " plain network at the end",
    ),
    "pool_dense": Option(
        _GROUP,
        Number(1, LARGEST_SIZE, whole=True, metavar="N"),
        f"side of the averages before its dense layer, pixels ({POOL_DENSE}); 1: none",
    ),
}
