"""A machine is what its kernel's files say; what they do not say is unknown."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from trucksight.runtime.doctor.machine import Machine, Temperature

Paint = Callable[..., Path]


def test_a_plain_x86_machine(board: Paint) -> None:
    machine = Machine.read(board("x86"))
    assert (machine.board, machine.processor) == ("Standard PC", "Plain CPU")
    assert machine.features == ("avx2",)
    assert (machine.cpus, machine.affinity_cpus, machine.quota_cpus) == (4, 4, None)
    assert (machine.memory_mib, machine.available_mib) == (4050, 3000)
    assert machine.in_video_group is True
    assert machine.user_id == 1000
    assert machine.throttled is None
    assert not machine.is_jetson


def test_a_raspberry_pi_5(board: Paint) -> None:
    machine = Machine.read(board("pi5"))
    assert machine.board == "Raspberry Pi 5 Model B Rev 1.0"
    assert machine.processor == "implementer 0x41 part 0xd0b"
    assert machine.features == ("asimd", "asimddp")
    assert machine.temperatures == (Temperature("cpu-thermal", 48.25),)
    assert machine.governors == ("ondemand",)
    assert machine.throttled == 0


def test_the_word_of_a_throttled_pi_is_hexadecimal(board: Paint) -> None:
    assert Machine.read(board("throttled pi")).throttled == 0x50005


def test_a_firmware_node_with_an_address_is_found_too(board: Paint) -> None:
    node = "sys/devices/platform/soc@107c000000/soc@107c000000:firmware/get_throttled"
    assert Machine.read(board("x86", {node: "0x2\n"})).throttled == 2


def test_a_jetson_has_the_nodes_of_its_gpu(board: Paint) -> None:
    machine = Machine.read(board("jetson"))
    assert machine.is_jetson
    assert machine.nvidia_nodes == ("/dev/nvhost-gpu",)


def test_gpus_and_edge_tpus_are_named_by_their_nodes(board: Paint) -> None:
    machine = Machine.read(board("pi5", {"dev/dri/renderD128": "", "dev/apex_0": ""}))
    assert machine.render_nodes == ("/dev/dri/renderD128",)
    assert machine.edge_tpus == ("/dev/apex_0",)


def test_an_empty_root_is_unknown(tmp_path: Path) -> None:
    machine = Machine.read(tmp_path)
    assert machine == Machine(
        board=None,
        processor=None,
        features=None,
        cpus=None,
        affinity_cpus=None,
        quota_cpus=None,
        memory_mib=None,
        available_mib=None,
        governors=(),
        frequency_drivers=(),
        temperatures=(),
        throttled=None,
        user_id=None,
        in_video_group=None,
        nvidia_nodes=(),
        render_nodes=(),
        edge_tpus=(),
    )


@pytest.mark.parametrize("text", ["", "no number", "-274000", "999000"])
def test_a_sensor_without_a_sense_is_left_out(board: Paint, text: str) -> None:
    root = board("pi5", {"sys/class/thermal/thermal_zone0/temp": text})
    assert Machine.read(root).temperatures == ()


@pytest.mark.parametrize(
    ("listed", "allowed"), [("0-3", 4), ("2", 1), ("0,3", 2), ("0-127", 4), ("all", None)]
)
def test_affinity_counts_processors_that_are_there(
    board: Paint, listed: str, allowed: int | None
) -> None:
    root = board("x86", {"proc/self/status": f"Cpus_allowed_list:\t{listed}\n"})
    assert Machine.read(root).affinity_cpus == allowed


@pytest.mark.parametrize(
    ("files", "quota"),
    [
        ({"sys/fs/cgroup/cpu.max": "max 100000\n"}, None),
        ({"sys/fs/cgroup/cpu.max": "150000 100000\n"}, 1.5),
        ({"sys/fs/cgroup/user.slice/cpu.max": "50000 100000\n"}, 0.5),
        (
            {
                "sys/fs/cgroup/cpu.max": "100000 100000\n",
                "sys/fs/cgroup/user.slice/cpu.max": "200000 100000\n",
            },
            1.0,
        ),
        (
            {
                "proc/self/cgroup": "4:cpu,cpuacct:/docker/x\n0::/\n",
                "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "200000\n",
                "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
            },
            2.0,
        ),
        (
            {
                "proc/self/cgroup": "4:cpu:/\n",
                "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
                "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
            },
            None,
        ),
    ],
)
def test_the_tightest_quota_counts(
    board: Paint, files: dict[str, str], quota: float | None
) -> None:
    assert Machine.read(board("x86", files)).quota_cpus == quota


def test_the_main_group_counts_as_a_group(board: Paint) -> None:
    status = {"proc/self/status": "Gid:\t44\t44\t44\t44\nGroups:\t\n"}
    assert Machine.read(board("x86", status)).in_video_group is True
    status = {"proc/self/status": "Gid:\t1000\t1000\t1000\t1000\nGroups:\t27\n"}
    assert Machine.read(board("x86", status)).in_video_group is False


def test_without_a_list_of_groups_membership_is_unknown(board: Paint) -> None:
    assert Machine.read(board("x86", without=("etc/group",))).in_video_group is None


def test_this_machine_is_read_as_python_sees_it() -> None:
    machine = Machine.read()
    if machine.affinity_cpus is None:
        pytest.skip("needs /proc of Linux")
    assert machine.affinity_cpus == len(os.sched_getaffinity(0))
    assert machine.user_id == os.getuid()
