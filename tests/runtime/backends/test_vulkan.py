"""Vulkan's devices are asked for in a process of their own."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from trucksight.runtime.backends import vulkan


def test_without_a_driver_there_is_no_device(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for variable in ("VK_DRIVER_FILES", "VK_ICD_FILENAMES"):
        monkeypatch.setenv(variable, str(tmp_path / "none.json"))
    assert vulkan.devices() in ((), None)


def test_a_driver_that_crashes_has_no_device(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    crash = tmp_path / "python"
    crash.write_text("#!/bin/sh\necho '[[\"GPU\", false]]'\nkill -SEGV $$\n")
    crash.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(crash))
    assert vulkan.devices() == ()


def test_what_a_driver_says_before_is_skipped(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    talks = tmp_path / "python"
    talks.write_text('#!/bin/sh\necho hello\necho \'[["GPU", false], ["llvmpipe", true]]\'\n')
    talks.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(talks))
    assert vulkan.devices() == (vulkan.Device("GPU", False), vulkan.Device("llvmpipe", True))


def test_mesa_s_llvmpipe_is_the_processor() -> None:
    listed = [one for one in vulkan.devices() or () if "llvmpipe" in one.name]
    if not listed:
        pytest.skip("apt-get install libvulkan1 mesa-vulkan-drivers to try this")
    assert all(one.software for one in listed)
