"""The cost of a model's layers as a table, by rich where it is installed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from typing import Any

from ..architectures.layer_costs import COUNTED, LayerCost

WEIGHT_BYTES = 4
"""Of a float32."""
SCALING = (
    "BatchNormalization",
    "LayerNormalization",
    "GroupNormalization",
    "Normalization",
    "PReLU",
)
"""Layers with weights that nobody counts as multiply-adds."""
HEADS = ("layer", "kind", "output", "parameters", "multiply-adds", "activation", "weights")


@dataclass(frozen=True, slots=True)
class Costs:
    """The layers of a model, and what they come to."""

    layers: tuple[LayerCost, ...]
    parameters: int
    """Of the model; a layer that runs twice counts once."""

    @property
    def multiply_adds(self) -> int:
        """For one picture."""
        return sum(one.multiply_adds for one in self.layers)

    @property
    def uncounted(self) -> tuple[str, ...]:
        """Layers with weights whose multiply-adds are not known and stand as 0."""
        known = (*COUNTED, *SCALING)
        return tuple(one.name for one in self.layers if one.parameters and one.kind not in known)

    @property
    def activation_bytes(self) -> int:
        """Of all outputs together; an engine that frees them early needs less."""
        return sum(one.activation_bytes for one in self.layers)

    @property
    def largest_activation_bytes(self) -> int:
        """Of the largest output alone; no engine needs less."""
        return max(one.activation_bytes for one in self.layers)

    def as_json(self) -> dict[str, Any]:
        """Layers and totals."""
        return {
            "layers": [
                {**asdict(one), "weight_bytes": WEIGHT_BYTES * one.parameters}
                for one in self.layers
            ],
            "parameters": self.parameters,
            "multiply_adds": self.multiply_adds,
            "uncounted": list(self.uncounted),
            "activation_bytes": self.activation_bytes,
            "largest_activation_bytes": self.largest_activation_bytes,
            "weight_bytes": WEIGHT_BYTES * self.parameters,
        }


def rows(costs: Costs) -> list[tuple[str, ...]]:
    """The table's cells, the totals last."""
    lines = [
        (
            one.name,
            one.kind,
            "x".join(map(str, one.output_shape)),
            f"{one.parameters:,}",
            f"{one.multiply_adds:,}",
            size(one.activation_bytes),
            size(WEIGHT_BYTES * one.parameters),
        )
        for one in costs.layers
    ]
    total = (
        "total",
        "",
        "",
        f"{costs.parameters:,}",
        f"{costs.multiply_adds:,}",
        size(costs.activation_bytes),
        size(WEIGHT_BYTES * costs.parameters),
    )
    return [*lines, total]


def size(number: int) -> str:
    """Bytes in a unit that is read at a glance."""
    if number < 1024:
        return f"{number} B"
    return f"{number / 1024:.1f} KiB" if number < 1 << 20 else f"{number / (1 << 20):.2f} MiB"


def plain(cells: Sequence[Sequence[str]]) -> str:
    """Columns by spaces: words to the left, numbers to the right."""
    lines = [HEADS, *cells]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADS))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column < 3 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def print_table(costs: Costs) -> None:
    """To stdout: by rich where it is installed and a person reads, else in plain columns."""
    import sys

    cells = rows(costs)
    if not sys.stdout.isatty() or find_spec("rich") is None:
        print(plain(cells))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(*HEADS[:3], header_style="bold", show_footer=False)
    for head in HEADS[3:]:
        table.add_column(head, justify="right")
    for line in cells[:-1]:
        table.add_row(*line)
    table.add_section()
    table.add_row(*cells[-1], style="bold")
    Console().print(table)
