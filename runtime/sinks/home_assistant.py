"""How Home Assistant finds the truck sensor by itself.

After https://www.home-assistant.io/integrations/mqtt/#mqtt-discovery.
"""

from __future__ import annotations

import json
import re

_VERDICT = "{{ {'truck': 'ON', 'no_truck': 'OFF'}.get(value_json.verdict, 'None') }}"
"""Home Assistant shows a binary sensor whose value is `None` as unknown."""


def discovery(prefix: str) -> tuple[str, bytes]:
    """Topic and payload that make a binary sensor of `PREFIX/state` and `PREFIX/availability`.

    Args:
        prefix: of the sensor's topics; with all but letters, digits, `-` and `_` replaced by `_`
            it is the sensor's id.
    """
    identity = re.sub(r"[^A-Za-z0-9_-]", "_", prefix)
    config = {
        "name": "Truck",
        "unique_id": identity,
        "device_class": "occupancy",
        "state_topic": f"{prefix}/state",
        "value_template": _VERDICT,
        "json_attributes_topic": f"{prefix}/state",
        "availability_topic": f"{prefix}/availability",
        "payload_available": "online",
        "payload_not_available": "offline",
        "device": {"identifiers": [identity], "name": prefix, "manufacturer": "trucksight"},
        "origin": {"name": "trucksight"},
    }
    return f"homeassistant/binary_sensor/{identity}/config", json.dumps(config).encode()
