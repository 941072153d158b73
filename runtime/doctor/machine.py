"""What the kernel tells about a machine, read from files below one root."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..edge_tpus import edge_tpus
from ..heat import Temperature, temperatures, throttled_bits
from ..kernel_files import text_of

SCALING_DRIVERS = ("intel_pstate", "amd-pstate-epp")
"""Drivers whose `powersave` is their usual governor: it raises the clock under load."""
_FEATURES = ("avx2", "avx512_vnni", "avx_vnni", "asimd", "asimddp", "i8mm", "neon")
_NVIDIA_NODES = ("nvidia[0-9]*", "nvhost-gpu", "nvgpu")


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine as its kernel describes it; None is unknown, and so are no clocks or no zones."""

    board: str | None
    """From the device tree, else from the firmware's tables (DMI)."""
    processor: str | None
    features: tuple[str, ...] | None
    """Those instruction sets the processor has that the engines' fast kernels use."""
    cpus: int | None
    """Processors that are on."""
    affinity_cpus: int | None
    """Of these, how many this process may run on."""
    quota_cpus: float | None
    """Processor time that the control group allows, in processors; None: no limit is known."""
    memory_mib: int | None
    available_mib: int | None
    """What a new process can have without swapping."""
    governors: tuple[str, ...]
    """Those of the processors' clocks, each once, sorted."""
    frequency_drivers: tuple[str, ...]
    """Who obeys the governors, each once, sorted."""
    temperatures: tuple[Temperature, ...]
    throttled: int | None
    """A Raspberry Pi's bits: 0 to 3 as it is now, 16 to 19 the same since it was started."""
    user_id: int | None
    in_video_group: bool | None
    nvidia_nodes: tuple[str, ...]
    """Device files of an NVIDIA GPU, as in `/dev/nvidia0`."""
    render_nodes: tuple[str, ...]
    """Device files of any GPU that the kernel drives, as in `/dev/dri/renderD128`."""
    edge_tpus: tuple[str, ...]

    @property
    def is_jetson(self) -> bool:
        """Whether the board's name is that of one by NVIDIA."""
        return self.board is not None and bool(re.search("nvidia|jetson", self.board, re.I))

    @classmethod
    def read(cls, root: Path = Path("/")) -> Machine:
        """Read the facts from the files below `root`; never raises for one that is absent."""
        processors = _processors(root)
        memory = _fields(root / "proc/meminfo")
        status = _fields(root / "proc/self/status")
        clocks = list(root.glob("sys/devices/system/cpu/cpu[0-9]*/cpufreq"))
        return cls(
            board=_board(root),
            processor=_processor_name(processors),
            features=_features(processors),
            cpus=len(processors) or None,
            affinity_cpus=_affinity(status.get("Cpus_allowed_list"), processors),
            quota_cpus=_quota(root),
            memory_mib=_mib(memory.get("MemTotal")),
            available_mib=_mib(memory.get("MemAvailable")),
            governors=_distinct(clock / "scaling_governor" for clock in clocks),
            frequency_drivers=_distinct(clock / "scaling_driver" for clock in clocks),
            temperatures=tuple(temperatures(root)),
            throttled=throttled_bits(root),
            user_id=_first_number(status.get("Uid")),
            in_video_group=_in_group(root, status, "video"),
            nvidia_nodes=_nodes(root, *_NVIDIA_NODES),
            render_nodes=_nodes(root, "dri/renderD*"),
            edge_tpus=edge_tpus(root),
        )


def _nodes(root: Path, *patterns: str) -> tuple[str, ...]:
    """Device files, sorted."""
    found = (node for pattern in patterns for node in (root / "dev").glob(pattern))
    return tuple(sorted(f"/{node.relative_to(root)}" for node in found))


def _fields(path: Path) -> dict[str, str]:
    """The lines `name: value` of a file."""
    lines = (line.partition(":") for line in (text_of(path) or "").splitlines())
    return {name.strip(): value.strip() for name, colon, value in lines if colon}


def _board(root: Path) -> str | None:
    return text_of(root / "proc/device-tree/model") or text_of(
        root / "sys/class/dmi/id/product_name"
    )


def _processors(root: Path) -> list[dict[str, str]]:
    """The fields of each processor in /proc/cpuinfo."""
    processors: list[dict[str, str]] = []
    for line in (text_of(root / "proc/cpuinfo") or "").splitlines():
        name, colon, value = (part.strip() for part in line.partition(":"))
        if name == "processor" and value.isdigit():
            processors.append({})
        if colon and processors:
            processors[-1][name] = value
    return processors


def _processor_name(processors: list[dict[str, str]]) -> str | None:
    if not processors:
        return None
    fields = processors[0]
    if "model name" in fields:
        return fields["model name"]
    if "CPU part" in fields:
        return f"implementer {fields.get('CPU implementer', 'unknown')} part {fields['CPU part']}"
    return None


def _features(processors: list[dict[str, str]]) -> tuple[str, ...] | None:
    """Those of the first processor; x86 calls them flags, ARM features."""
    fields = processors[0] if processors else {}
    has = fields.get("flags", fields.get("Features", "")).split()
    return None if not has else tuple(name for name in _FEATURES if name in has)


def _affinity(listed: str | None, processors: list[dict[str, str]]) -> int | None:
    """How many processors a list as `0-3,8` allows; it may name some that are not there."""
    if not listed or not processors:
        return None
    allowed: set[int] = set()
    for part in listed.split(","):
        first, dash, last = part.partition("-")
        if not first.isdigit() or (dash and not last.isdigit()):
            return None
        allowed.update(range(int(first), int(last if dash else first) + 1))
    return len(allowed & {int(fields["processor"]) for fields in processors})


def _quota(root: Path) -> float | None:
    """The tightest limit on processor time of the control groups this process is in."""
    limits = []
    for line in (text_of(root / "proc/self/cgroup") or "0::/").splitlines():
        _, controllers, path = (*line.split(":", 2), "", "")[:3]
        if controllers and "cpu" not in controllers.split(","):
            continue
        tops = [root / "sys/fs/cgroup" / controllers, root / "sys/fs/cgroup/cpu"]
        for top in tops if controllers else tops[:1]:
            group = top / path.strip("/")
            limits += [_limit(one) for one in (group, *group.parents) if one.is_relative_to(top)]
    return min((one for one in limits if one is not None), default=None)


def _limit(group: Path) -> float | None:
    """The limit of one group, as version 2 or version 1 of control groups writes it."""
    quota, period = (*(text_of(group / "cpu.max") or "").split(), "", "")[:2]
    if not quota:
        quota = text_of(group / "cpu.cfs_quota_us") or ""
        period = text_of(group / "cpu.cfs_period_us") or ""
    if not quota.isdigit() or not period.isdigit() or int(period) == 0:
        return None  # no such file, "max" or -1
    return int(quota) / int(period)


def _mib(value: str | None) -> int | None:
    """MiB of a line of /proc/meminfo, which says kB and means KiB."""
    number = _first_number(value)
    return None if number is None else number // 1024


def _first_number(value: str | None) -> int | None:
    found = re.match(r"\d+", value or "")
    return int(found.group()) if found else None


def _distinct(paths: Iterable[Path]) -> tuple[str, ...]:
    return tuple(sorted({text for path in paths if (text := text_of(path))}))


def _in_group(root: Path, status: dict[str, str], name: str) -> bool | None:
    groups = text_of(root / "etc/group")
    if groups is None or "Gid" not in status:
        return None
    own = {*status["Gid"].split(), *status.get("Groups", "").split()}
    rows = (row.split(":") for row in groups.splitlines())
    numbers = {row[2] for row in rows if len(row) > 2 and row[0] == name}
    return bool(own & numbers)
