"""Which machine it was, and what speaks against comparing it with another."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from trucksight.benchmarks.json_shape import shaped
from trucksight.benchmarks.suite.board import clocked_alike, comparable, read_board
from trucksight.benchmarks.suite.conditions import read_conditions
from trucksight.benchmarks.suite.results import Board

Paint = Callable[..., Path]
PI5 = Board(
    board="Raspberry Pi 5 Model B Rev 1.0",
    processor="implementer 0x41 part 0xd0b",
    architecture="aarch64",
    features=("asimd", "asimddp"),
    cpus=4,
    memory_mib=8000,
    kernel="6.6.62",
    versions={"python": "3.11.2", "numpy": "2.2.0", "onnxruntime": "1.22.0"},
)


def test_a_painted_raspberry_pi_5(paint_board: Paint) -> None:
    found = read_board(paint_board("pi5"))
    assert (found.board, found.processor) == (PI5.board, PI5.processor)
    assert (found.features, found.cpus, found.memory_mib) == (PI5.features, 4, 8000)
    assert found.kernel == "6.6.62-board"


def test_versions_are_those_of_this_python() -> None:
    found = read_board()
    assert found.versions["python"] == platform.python_version()
    assert found.versions["numpy"] == version("numpy")
    assert any(name.startswith("opencv-") for name in found.versions)
    assert found.kernel == platform.release()
    assert found.cpus >= 1


@pytest.mark.parametrize(
    ("files", "cpus"),
    [
        ({"proc/self/status": "Cpus_allowed_list:\t1,3\n"}, 2),
        ({"sys/fs/cgroup/cpu.max": "150000 100000\n"}, 2),
        ({"sys/fs/cgroup/cpu.max": "20000 100000\n"}, 1),
        ({"sys/fs/cgroup/cpu.max": "800000 100000\n"}, 4),
    ],
)
def test_processors_are_those_that_may_be_used(
    paint_board: Paint, files: dict[str, str], cpus: int
) -> None:
    assert read_board(paint_board("x86", files)).cpus == cpus


def test_an_empty_root_is_unknown(tmp_path: Path) -> None:
    found = read_board(tmp_path)
    assert (found.board, found.processor, found.features, found.memory_mib) == (
        None,
        None,
        (),
        None,
    )
    assert found.cpus >= 1


def test_a_board_comes_back_from_json(paint_board: Paint) -> None:
    found = read_board(paint_board("jetson"))
    assert shaped(Board, json.loads(json.dumps(asdict(found)))) == found


def test_the_same_machine_can_be_compared() -> None:
    found = comparable(PI5, PI5)
    assert (found.refused, found.noted) == ((), ())


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"board": None}, "board: Raspberry Pi 5 Model B Rev 1.0 and unknown"),
        ({"processor": "AMD"}, "processor: implementer 0x41 part 0xd0b and AMD"),
        ({"architecture": "armv7l"}, "architecture: aarch64 and armv7l"),
        ({"features": ()}, "instruction sets: asimd, asimddp and unknown"),
        ({"cpus": 2}, "processors that may be used: 4 and 2"),
        ({"memory_mib": 4000}, "memory: 8000 MiB and 4000 MiB"),
        ({"memory_mib": None}, "memory: 8000 MiB and unknown"),
    ],
)
def test_another_machine_is_refused(changed: dict[str, Any], told: str) -> None:
    found = comparable(PI5, replace(PI5, **changed))
    assert (found.refused, found.noted) == ((told,), ())


def test_a_little_memory_more_or_less_is_the_same_board() -> None:
    assert comparable(PI5, replace(PI5, memory_mib=7900)).refused == ()


def test_other_software_is_noted() -> None:
    versions = {"python": "3.11.2", "numpy": "2.3.0", "ai-edge-litert": "2.3.0"}
    found = comparable(PI5, replace(PI5, kernel="6.12.1", versions=versions))
    assert found.refused == ()
    assert found.noted == (
        "kernel: 6.6.62 and 6.12.1",
        "ai-edge-litert: absent and 2.3.0",
        "numpy: 2.2.0 and 2.3.0",
        "onnxruntime: 1.22.0 and absent",
    )


def test_two_boards_without_a_name_are_noted() -> None:
    nameless = replace(PI5, board=None)
    found = comparable(nameless, nameless)
    assert (found.refused, found.noted) == ((), ("board: unknown on both sides",))


def test_other_governors_are_told(paint_board: Paint) -> None:
    pi, x86 = read_conditions(paint_board("pi5")), read_conditions(paint_board("x86"))
    vm = read_conditions(paint_board("vm"))
    assert clocked_alike(pi, pi) == []
    assert clocked_alike(pi, x86) == ["governors: ondemand and performance"]
    assert clocked_alike(vm, x86) == ["governors: unknown and performance"]
