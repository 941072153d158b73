"""Which pictures, and what is done to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ...runtime.errors import UsageError
from ...runtime.settings.kinds import Number, Switch, Text
from ...runtime.settings.settings import Option
from ..augmentation.augment import EFFECTS, Augmentation
from ..data.boxes import AMBIGUOUS_SHARE, TRUCK_SHARE, BoxRule
from ..data.labels import POSITIVE


@dataclass(frozen=True, kw_only=True)
class DataOptions:
    """The pictures."""

    positive: str | None = None
    """The class that is looked for."""
    augment: bool | None = None
    """Vary the pictures; None: wherever pictures, not features, go through the network."""
    effects: str = "all"
    """That vary them; see `Augmentation.from_names`."""
    crop_area: float | None = None
    """Smallest share of the area that the effect crop leaves, in place of 0.75 of each side."""
    versions: int | None = None
    """Variations of each picture; 0: a new one every epoch. None: 0, and with a teacher 6."""
    mix: float = 0.0
    """Share of the varied pictures that are mixed with another; see `augmentation.mixing`."""
    batch_size: int = 32
    devices: int = 1
    """That share each batch."""
    seed: int = 0
    allow_leaks: bool = False
    """Train although given splits share pictures or groups."""
    truck_share: float = TRUCK_SHARE
    """See `BoxRule`."""
    ambiguous_share: float = AMBIGUOUS_SHARE
    """See `BoxRule`."""

    @property
    def augmentation(self) -> Augmentation:
        """What varies the pictures, where they are varied."""
        chosen = Augmentation.from_names(self.effects)
        return chosen if self.crop_area is None else chosen.with_crop_area(self.crop_area)

    @property
    def box_rule(self) -> BoxRule:
        """How boxes become labels."""
        return BoxRule(self.positive or POSITIVE, self.truck_share, self.ambiguous_share)


def data_faults(options: DataOptions) -> Iterator[tuple[str, str]]:
    """Effects that there are not."""
    try:
        chosen = Augmentation.from_names(options.effects)
    except UsageError as exc:
        yield "effects", str(exc)
        return
    if options.crop_area is not None and "crop" not in chosen.names:
        yield "crop_area", f"is for the effect crop, which --effects {options.effects} leaves out"


_GROUP = "Pictures"
_SHARE = Number(0, 1, above=True)

DATA_OPTIONS: Mapping[str, Option] = {
    "positive": Option(
        _GROUP,
        Text("NAME"),
        "the class that is looked for; default truck, or the class that has a no_ counterpart",
    ),
    "augment": Option(
        _GROUP, Switch(), "vary the training pictures; default: wherever the base is not frozen"
    ),
    "effects": Option(
        _GROUP,
        Text("all|none|NAME,..."),
        f"that vary them: {', '.join(EFFECTS)}; default all",
    ),
    "crop_area": Option(
        _GROUP,
        Number(0.05, 0.99),
        "crop down to this share of the area, with sides stretched against each other, as 0.35;"
        " default: a milder crop, to 0.75 of each side",
    ),
    "versions": Option(
        _GROUP,
        Number(0, 10_000, whole=True, metavar="K"),
        "of each picture there are K variations, of which an epoch takes one; default 0: a new one"
        " every epoch; with --teacher 6",
    ),
    "mix": Option(
        _GROUP,
        Number(0, 1),
        "share of the varied pictures into which a piece of another is pasted, or another is"
        " blended; the label is mixed too, or the teacher's alone counts; default 0",
    ),
    "batch_size": Option(_GROUP, Number(1, 4096, whole=True, metavar="N"), "default 32"),
    "devices": Option(
        _GROUP,
        Number(1, 64, whole=True, metavar="N"),
        "GPUs that share each batch; default 1",
    ),
    "seed": Option(
        _GROUP, Number(0, 2**31 - 1, whole=True, metavar="N"), "of everything random; default 0"
    ),
    "allow_leaks": Option(
        _GROUP, Switch(), "train although pictures of one given split are in another too"
    ),
    "truck_share": Option(
        _GROUP,
        _SHARE,
        "of a COCO picture that one box of the looked-for class must cover to label it so; smaller"
        f" ones leave it out; default {TRUCK_SHARE:g}",
    ),
    "ambiguous_share": Option(
        _GROUP,
        _SHARE,
        "of a COCO picture from which on an ambiguous vehicle leaves it out; default"
        f" {AMBIGUOUS_SHARE:g}",
    ),
}
