"""Which Coral Edge TPUs the kernel knows."""

from __future__ import annotations

from pathlib import Path

from .kernel_files import text_of

_USB_IDS = ("1a6e:089a", "18d1:9302")
"""Vendor and product of the USB Accelerator, before and after it has its firmware."""


def edge_tpus(root: Path = Path("/")) -> tuple[str, ...]:
    """Device files of those on PCIe, and ids of those on USB.

    Args:
        root: where `dev` and `sys` are.
    """
    found = [f"/{node.relative_to(root)}" for node in sorted((root / "dev").glob("apex_*"))]
    for device in sorted((root / "sys/bus/usb/devices").glob("*")):
        told = f"{text_of(device / 'idVendor')}:{text_of(device / 'idProduct')}"
        if told in _USB_IDS:
            found.append(f"USB {told}")
    return tuple(found)
