"""What Vulkan offers to compute on, asked through its loader's C interface.

Names and numbers are those of the Vulkan 1.0 specification. Run as a script it prints the devices
as JSON: a driver brings megabytes of libraries into its process, and may end it.
"""

from __future__ import annotations

import ctypes
import json
import subprocess
import sys
from typing import NamedTuple

_LOADER = "libvulkan.so.1"
_INSTANCE_CREATE_INFO = 1
"""VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO"""
_TYPE_CPU = 4
"""VK_PHYSICAL_DEVICE_TYPE_CPU"""
_PROPERTIES_BYTES = 4096
"""More than VkPhysicalDeviceProperties has, which is 824."""
_TIMEOUT_S = 30


class Device(NamedTuple):
    """One that a driver of Vulkan lists."""

    name: str
    software: bool
    """Whether it is the processor: Mesa's llvmpipe, or SwiftShader."""


class _InstanceCreateInfo(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_uint32),
        ("next", ctypes.c_void_p),
        ("flags", ctypes.c_uint32),
        ("application", ctypes.c_void_p),
        ("layer_count", ctypes.c_uint32),
        ("layers", ctypes.c_void_p),
        ("extension_count", ctypes.c_uint32),
        ("extensions", ctypes.c_void_p),
    )


class _PropertiesHead(ctypes.Structure):
    _fields_ = (
        ("api_version", ctypes.c_uint32),
        ("driver_version", ctypes.c_uint32),
        ("vendor", ctypes.c_uint32),
        ("device", ctypes.c_uint32),
        ("type", ctypes.c_uint32),
        ("name", ctypes.c_char * 256),
    )


def devices() -> tuple[Device, ...] | None:
    """Every device of every driver of Vulkan here, none where a driver fails.

    Returns:
        None where there is no loader of Vulkan.
    """
    try:
        ran = subprocess.run(
            [sys.executable, "-I", __file__], capture_output=True, timeout=_TIMEOUT_S, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ()
    told = json.loads(ran.stdout.splitlines()[-1])  # a driver may talk before
    return None if told is None else tuple(Device(*one) for one in told)


def _devices() -> list[Device] | None:
    try:
        loader = ctypes.CDLL(_LOADER)
    except OSError:
        return None
    instance = ctypes.c_void_p()
    wanted = _InstanceCreateInfo(type=_INSTANCE_CREATE_INFO)
    if loader.vkCreateInstance(ctypes.byref(wanted), None, ctypes.byref(instance)) != 0:
        return []  # as where no driver is installed
    return _listed(loader, instance)


def _listed(loader: ctypes.CDLL, instance: ctypes.c_void_p) -> list[Device]:
    count = ctypes.c_uint32()
    loader.vkEnumeratePhysicalDevices(instance, ctypes.byref(count), None)
    handles = (ctypes.c_void_p * count.value)()
    if loader.vkEnumeratePhysicalDevices(instance, ctypes.byref(count), handles) < 0:
        return []
    found = []
    for handle in handles[: count.value]:
        properties = ctypes.create_string_buffer(_PROPERTIES_BYTES)
        loader.vkGetPhysicalDeviceProperties(ctypes.c_void_p(handle), properties)
        head = _PropertiesHead.from_buffer(properties)
        found.append(Device(head.name.decode(errors="replace"), head.type == _TYPE_CPU))
    return found


if __name__ == "__main__":
    print(json.dumps(_devices()))
