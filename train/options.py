"""What a training is asked for, checked once."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from ..runtime.errors import UsageError
from .architectures import ARCHITECTURES, Architecture, architecture
from .boxes import AMBIGUOUS_SHARE, TRUCK_SHARE, BoxRule
from .labels import POSITIVE

DEFAULT_MODEL = "mobilenetv2"
DEFAULT_WIDTH = 0.35
LARGEST_SIZE = 1024


@dataclass(frozen=True, slots=True)
class TrainOptions:
    """Choices of one training; None means the family's default, filled in by `resolved`.

    Raises:
        UsageError: a value that cannot be meant.
    """

    model: str = DEFAULT_MODEL
    """A key of ARCHITECTURES."""
    size: int = 224
    """Height and width of the input, pixels."""
    width: float | None = None
    """Share of the base's channels."""
    weights: str | None = None
    """Of the base: `imagenet`, `none` or a file."""
    epochs: int | None = None
    """At most."""
    learning_rate: float | None = None
    """Of Adam."""
    batch_size: int = 32
    seed: int = 0
    positive: str | None = None
    """The class that is looked for."""
    augment: bool | None = None
    """Vary the training pictures; by default where no base is frozen. Fine-tuning always does."""
    fine_tune: float = 0.0
    """Share of the base's layers, from the top, that are trained after the head; 0 is off."""
    fine_tune_epochs: int = 8
    fine_tune_rate: float = 5e-5
    """Of Adam at the start; falls to 0 along a half cosine."""
    allow_leaks: bool = False
    """Train although given splits share pictures or groups."""
    truck_share: float = TRUCK_SHARE
    """See `BoxRule`."""
    ambiguous_share: float = AMBIGUOUS_SHARE
    """See `BoxRule`."""

    def __post_init__(self) -> None:
        row = architecture(self.model)
        _between("--size", self.size, row.smallest, LARGEST_SIZE)
        _between("--batch-size", self.batch_size, 1, 4096)
        _between("--seed", self.seed, 0, 2**31 - 1)
        _between("--fine-tune", self.fine_tune, 0, 1)
        _between("--fine-tune-epochs", self.fine_tune_epochs, 1, 10_000)
        _between("--fine-tune-rate", self.fine_tune_rate, 1e-9, 1)
        if self.epochs is not None:
            _between("--epochs", self.epochs, 1, 10_000)
        if self.learning_rate is not None:
            _between("--learning-rate", self.learning_rate, 1e-9, 10)
        if self.width is not None:
            _between("--width", self.width, 0.05, 3)
        self._check_base(row)
        _ = self.box_rule

    def _check_base(self, row: Architecture) -> None:
        if not row.pretrained and (self.width or self.weights or self.fine_tune):
            others = ", ".join(name for name, r in ARCHITECTURES.items() if r.pretrained)
            raise UsageError(
                f"{self.model} has no base: --width, --weights and --fine-tune are for {others}"
            )
        if self.weights == "none" and self.fine_tune:
            raise UsageError("--weights none trains the whole base already; leave out --fine-tune")
        if row.pretrained and self.weights != "none" and self.augment:
            raise UsageError(
                "--augment is for models trained from scratch: the features of a frozen base are"
                " computed once; --fine-tune varies the pictures by itself"
            )

    @property
    def box_rule(self) -> BoxRule:
        """How boxes become labels."""
        return BoxRule(self.positive or POSITIVE, self.truck_share, self.ambiguous_share)

    @property
    def frozen_base(self) -> bool:
        """Whether the head is first trained alone on features computed once."""
        return architecture(self.model).pretrained and self.weights != "none"

    def resolved(self) -> TrainOptions:
        """The same with the family's defaults in place of None."""
        row = architecture(self.model)
        scratch = row if self.frozen_base or not row.pretrained else ARCHITECTURES["truck-cnn"]
        return replace(
            self,
            width=(self.width or DEFAULT_WIDTH) if row.pretrained else None,
            weights=(self.weights or "imagenet") if row.pretrained else None,
            epochs=self.epochs or scratch.epochs,
            augment=not self.frozen_base if self.augment is None else self.augment,
            learning_rate=self.learning_rate or row.learning_rate,
        )

    def as_json(self) -> dict[str, Any]:
        """The options as run.json holds them."""
        return asdict(self)


def _between(option: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise UsageError(f"{option} must be {low} to {high}, not {value}")
