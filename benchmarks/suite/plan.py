"""What there is to measure on this machine, and what is absent."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from trucksight.runtime import Bundle
from trucksight.runtime.backends import (
    BACKENDS,
    absence,
    installed_package,
    is_available,
    unreadable,
)
from trucksight.runtime.detector import default_threads, processors
from trucksight.runtime.errors import UsageError
from trucksight.runtime.extras import install_command
from trucksight.runtime.lowest_runtime import too_old

from .results import Absent, Cell

FAKE = "fake"


def plan(
    bundle: Bundle,
    *,
    variants: Sequence[str] = (),
    backends: Sequence[str] = (),
    threads: Sequence[int] = (),
) -> tuple[list[Cell], list[Absent]]:
    """Every way to run a bundle here, and those that are not.

    Args:
        bundle: its variants are measured.
        variants: names; none means all.
        backends: names; none means all that there are.
        threads: for each engine on the processor; none means 1 and the default. A GPU gets 1.

    Raises:
        UsageError: an unknown engine, or a number of threads that is not positive.
        UnknownVariant: the bundle lacks one.
    """
    unknown = sorted(set(backends) - set(BACKENDS))
    if unknown:
        raise UsageError(f"no backend {', '.join(unknown)}; known: {', '.join(BACKENDS)}")
    if any(count < 1 for count in threads):
        raise UsageError(f"threads must be 1 or more, not {min(threads)}")
    chosen = [bundle.variant(name) for name in dict.fromkeys(variants)] or list(
        bundle.variants.values()
    )
    counts = sorted(set(threads or (1, default_threads())))
    cells, absent = list[Cell](), list[Absent]()
    for name, row in BACKENDS.items():
        if name not in (backends or [one for one in BACKENDS if one != FAKE]):
            continue
        readable = [variant for variant in chosen if variant.format in row.formats]
        gap = absence(name)
        if gap:
            absent.append(Absent(name, gap.why, gap.cure))
            continue
        if not readable:
            formats = ", ".join(row.formats)
            absent.append(Absent(name, f"no variant of the bundle is {formats}", None))
        for variant in readable:
            fault = too_old(variant, installed_package(name)) or unreadable(
                name, partial(bundle.model_bytes, variant)
            )
            if fault:
                absent.append(Absent(f"{variant.name} on {name}", fault, None))
                continue
            cells += [Cell(variant.name, name, n) for n in ([1] if row.special else counts)]
    if not backends:
        absent += _other_packages()
    if not cells:
        raise UsageError("nothing of this bundle can be measured here: see trucksight doctor")
    return cells, absent


def all_threads() -> list[int]:
    """The numbers of threads that are worth trying: 1, 2, 4, ... and all there are."""
    most = processors()
    return sorted({*(1 << power for power in range(most.bit_length())), most, default_threads()})


def _other_packages() -> list[Absent]:
    """TFLite files can be read by either of two packages; only one is loaded."""
    if not is_available("litert"):
        return []
    package = installed_package("litert")
    other = "tflite-runtime" if package and package.name != "tflite-runtime" else "ai-edge-litert"
    extra = "litert" if other == "ai-edge-litert" else other
    why = f"{package.name if package else 'another package'} reads TFLite files in this environment"
    return [Absent(other, why, f"in another environment: {install_command(extra)}")]
