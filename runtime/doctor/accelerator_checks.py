"""Checks of hardware that is there and that no engine here can use."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .facts import Facts
    from .findings import Told


def idle_gpu(facts: Facts) -> Told | None:
    """A GPU beside LiteRT, which cannot use it."""
    nodes = (*facts.machine.render_nodes, *facts.machine.nvidia_nodes)
    if not nodes or not any(one.name == "litert" for one in facts.engines):
        return None
    return _idle(facts, "litert-gpu", f"the GPU ({nodes[0]}) cannot be used with TFLite models")


def idle_edge_tpu(facts: Facts) -> Told | None:
    """An Edge TPU without its library."""
    found = facts.machine.edge_tpus
    return _idle(facts, "edgetpu", f"the Edge TPU ({found[0]}) cannot be used") if found else None


def _idle(facts: Facts, engine: str, found: str) -> Told | None:
    told = next((one for one in facts.accelerators if one.name == engine), None)
    if told is None or told.why is None:
        return None
    return "note", f"{found}: {told.why}", told.cure or "see its driver"
