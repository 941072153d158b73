"""The address of a broker says all or is refused, without repeating what may be a password."""

from __future__ import annotations

import pytest

from trucksight.runtime.errors import UsageError
from trucksight.runtime.sinks.mqtt_address import MqttAddress


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("mqtt://host/gate", MqttAddress("host", 1883, False, "gate", None, None)),
        ("mqtts://host/gate", MqttAddress("host", 8883, True, "gate", None, None)),
        ("mqtt://[::1]:99/yard/gate/", MqttAddress("::1", 99, False, "yard/gate", None, None)),
        ("mqtt://me@host/a%20b", MqttAddress("host", 1883, False, "a b", "me", None)),
        ("mqtt://me:a%40b%2F@host/x", MqttAddress("host", 1883, False, "x", "me", "a@b/")),
    ],
)
def test_an_address_is_read(url: str, address: MqttAddress) -> None:
    assert MqttAddress.parse(url) == address


@pytest.mark.parametrize(
    "url",
    [
        "http://host/gate",
        "host/gate",
        "mqtt:///gate",
        "mqtt://host:0/gate",
        "mqtt://host:99999/gate",
        "mqtt://me:hunter2/x@host/gate",
        "mqtt://me:hunter2@/gate",
        f"mqtt://me:hunter2@{'x' * 70}.de/gate",
    ],
)
def test_what_is_no_address_is_not_repeated(url: str) -> None:
    with pytest.raises(UsageError, match="a broker is mqtt://host/prefix") as caught:
        MqttAddress.parse(url)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("path", ["", "/", "/a+b", "/a%23b", "/gate?x=1"])
def test_a_prefix_that_is_no_topic_is_refused(path: str) -> None:
    with pytest.raises(UsageError, match="a topic prefix has no"):
        MqttAddress.parse(f"mqtt://host{path}")


def test_an_address_does_not_show_its_password() -> None:
    assert "hunter2" not in repr(MqttAddress.parse("mqtt://me:hunter2@host/gate"))
