"""What a model may cost at most; a choice that costs more is refused before it is trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..architectures.cost import cost
from .latency import tflite_latency_ms


class Refused(Exception):
    """A choice that is not trained; says why."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits; None: none."""

    max_parameters: int | None = None
    max_multiply_adds: int | None = None
    """Of one picture."""
    max_latency_ms: float | None = None
    """Median of one picture on the machine that trains, as TFLite float32 by LiteRT."""

    def check(self, model: Any) -> dict[str, float]:
        """What a Keras model costs: parameters, multiply_adds and, if limited, latency_ms.

        Raises:
            Refused: it is over a limit; what costs more to find out is looked at last.
        """
        counted = cost(model)
        found: dict[str, float] = {
            "parameters": counted.parameters,
            "multiply_adds": counted.multiply_adds,
        }
        for name, limit in (
            ("parameters", self.max_parameters),
            ("multiply_adds", self.max_multiply_adds),
        ):
            if limit is not None and found[name] > limit:
                title = name.replace("_", "-")
                raise Refused(f"{found[name]:,.0f} {title} are over the {limit:,} allowed")
        if self.max_latency_ms is not None:
            found["latency_ms"] = tflite_latency_ms(model)
            if found["latency_ms"] > self.max_latency_ms:
                raise Refused(
                    f"{found['latency_ms']:.2f} ms a picture on this machine are over the"
                    f" {self.max_latency_ms:g} allowed"
                )
        return found
