"""What native libraries write past Python is caught, and nothing else."""

from __future__ import annotations

import os

import pytest

from trucksight.runtime.native_output import STDERR, STDOUT, diverted


@pytest.mark.parametrize("memory_files", [True, False], ids=["memory", "older C library"])
def test_what_is_written_to_the_descriptors_is_caught(
    memory_files: bool, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    if not memory_files:
        monkeypatch.delattr(os, "memfd_create", raising=False)
    with diverted((STDOUT, STDERR)) as log:
        os.write(STDOUT, b"out ")
        os.write(STDERR, b"err")
        log.seek(0)
        assert log.read() == b"out err"
    os.write(STDERR, b"after")
    assert capfd.readouterr() == ("", "after")
    assert log.closed
