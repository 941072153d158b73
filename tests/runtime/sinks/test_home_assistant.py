"""What Home Assistant is told of the truck sensor."""

from __future__ import annotations

import json

import pytest

from trucksight.runtime.sinks.home_assistant import discovery


def test_the_sensor_reads_the_topics_of_its_prefix() -> None:
    topic, payload = discovery("yard/gate 1")
    config = json.loads(payload)
    assert topic == "homeassistant/binary_sensor/yard_gate_1/config"
    assert config["unique_id"] == "yard_gate_1"
    assert config["state_topic"] == "yard/gate 1/state"
    assert config["availability_topic"] == "yard/gate 1/availability"


@pytest.mark.parametrize(
    ("verdict", "shown"), [("truck", "ON"), ("no_truck", "OFF"), ("unknown", "None")]
)
def test_the_template_knows_all_verdicts(verdict: str, shown: str) -> None:
    jinja2 = pytest.importorskip("jinja2", reason="pip install jinja2 to try the template")
    template = json.loads(discovery("gate")[1])["value_template"]
    assert jinja2.Template(template).render(value_json={"verdict": verdict}) == shown
