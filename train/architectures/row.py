"""What is known of a model family before one of its models is built."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from ...runtime.errors import UsageError
from .recipe import Recipe


class Architecture(NamedTuple):
    """One row of the table of model families."""

    module: str
    function: str
    """Of the module: from a Recipe to a Network."""
    help: str
    size: int
    """Side of the input that it is known for, pixels."""
    parameters: int
    """At that size and the default width, with one output; those that stay fixed included."""
    multiply_adds: int
    """Of one such picture; see `cost`."""
    smallest: int
    """Smallest side of the input, pixels."""
    epochs: int = 60
    """At most so many; training stops early when the select split stops improving."""
    patience: int = 12
    """Epochs without a better ROC AUC on the select split before it stops."""
    learning_rate: float = 2e-4
    """Of Adam; of a family with a pretrained base that of its head."""
    scratch_rate: float = 1e-3
    """Of Adam, where a family with a pretrained base begins with random weights."""
    pretrained: bool = False
    """Has a base with `--weights` and `--fine-tune`."""
    width: float | None = None
    """Share of the channels by default; None where there is one width only."""
    widths: tuple[float, ...] = ()
    """Those with ImageNet weights."""
    grey: bool = False
    """Turns the picture into grey unless asked not to."""
    stack: bool = False
    """Is made of a `ConvStack`."""

    def filled(self, name: str, recipe: Recipe) -> Recipe:
        """The recipe with the family's own width and grey where it leaves them open.

        Args:
            name: of this family.
            recipe: what is asked for.

        Raises:
            UsageError: a choice that the family does not have, or too small an input.
        """
        height, width, _ = recipe.shape
        if min(height, width) < self.smallest:
            raise UsageError(
                f"{name} takes pictures of {self.smallest}x{self.smallest} pixels or more, not"
                f" {width}x{height}"
            )
        for choice, has_it in (
            ("width", self.width is not None),
            ("weights", self.pretrained or recipe.weights == "none"),
            ("stack", self.stack),
        ):
            if getattr(recipe, choice) is not None and not has_it:
                raise UsageError(f"{name} has no choice of {choice}; leave it out")
        return replace(
            recipe,
            width=self.width if recipe.width is None else recipe.width,
            grey=self.grey if recipe.grey is None else recipe.grey,
        )
