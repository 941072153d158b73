"""Edge TPUs are known by their device files and by their ids on USB."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from trucksight.runtime.edge_tpus import edge_tpus

USB = "sys/bus/usb/devices/1-1"


def test_a_machine_without_one(tmp_path: Path) -> None:
    assert edge_tpus(tmp_path) == ()


@pytest.mark.parametrize(("vendor", "product"), [("1a6e", "089a"), ("18d1", "9302")])
def test_one_on_usb_with_and_without_its_firmware(
    paint_files: Callable[..., Path], vendor: str, product: str
) -> None:
    root = paint_files(
        "usb", {f"{USB}/idVendor": f"{vendor}\n", f"{USB}/idProduct": f"{product}\n"}
    )
    assert edge_tpus(root) == (f"USB {vendor}:{product}",)


def test_another_device_on_usb_is_none(paint_files: Callable[..., Path]) -> None:
    files = {f"{USB}/idVendor": "1a6e\n", f"{USB}/idProduct": "0001\n"}
    assert edge_tpus(paint_files("usb", files)) == ()


def test_those_on_pcie_have_device_files(paint_files: Callable[..., Path]) -> None:
    root = paint_files("pcie", {"dev/apex_1": "", "dev/apex_0": ""})
    assert edge_tpus(root) == ("/dev/apex_0", "/dev/apex_1")
