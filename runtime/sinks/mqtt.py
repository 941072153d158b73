"""Events and the current verdict to an MQTT broker, events kept on disk until it has them.

    PREFIX/event          each event as JSON, QoS 1
    PREFIX/notice         what happened to the detector itself as JSON, QoS 1
    PREFIX/state          the current verdict as JSON, retained
    PREFIX/availability   online, or offline as the last will, retained

and, retained, what lets Home Assistant find the sensor by itself.
"""

from __future__ import annotations

import json
import math
import ssl
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..decision import Decision, Frame, Reason, Verdict
from ..errors import OutputError
from ..events import Event
from ..extras import require
from ..notice import Notice
from ..redact import redact
from .delivery import Delivery, DeliveryCounts, DeliveryError
from .home_assistant import discovery
from .mqtt_address import MqttAddress
from .spool import Spool

if TYPE_CHECKING:
    from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags
    from paho.mqtt.properties import Properties
    from paho.mqtt.reasoncodes import ReasonCode

STATE_S = 1.0
"""The state is published at most this often, seconds."""
ANSWER_S = 10.0
"""How long a connection or an acknowledgement may take, seconds."""
CLOSE_S = 5.0
"""How long `close` goes on sending what waits, seconds."""
GOODBYE_S = 1.0
"""How long `close` then waits for the end of the connection, seconds."""
KEEPALIVE_S = 30
"""A peer that is silent for one and a half of this is gone."""
RECONNECT_S = (1, 60)
"""First and longest wait before a new connection, seconds; doubles in between."""


class MqttSink:
    """Talks MQTT 3.1.1; connects, and connects again, in threads of its own."""

    def __init__(self, url: str, spool: Spool, *, ca: Path | None = None) -> None:
        """Begin to connect and to send what an earlier run left; needs no broker yet.

        Args:
            url: `mqtt://user:password@host:1883/prefix`, or `mqtts://` for TLS.
            spool: closed with the sink.
            ca: PEM file that the broker's certificate is checked against; None takes the
                system's.

        Raises:
            UsageError: an address that cannot be meant.
            MissingExtra: paho-mqtt is not installed.
            OutputError: `ca` cannot be read.
        """
        self._address = MqttAddress.parse(url)
        self.name = f"mqtt {redact(url)}"
        require(["paho"], "mqtt", "an MQTT sink")
        self._changed = threading.Condition()
        """Guards what the network thread says, the next four, and tells of it."""
        self._connected = False
        self._down: str | None = None
        """Why there is no connection; None while it is up or first being made."""
        self._acknowledged: set[int] | None = None
        """Message numbers that the broker has had since the event was published; None when none
        is on its way."""
        self._closed = False
        self._flying: tuple[str, int, set[int]] | None = None
        """The event that is on its way: key, message number, numbers acknowledged since."""
        self._state_order = threading.Lock()
        """Makes the state that is published last the latest one."""
        self._state: bytes | None = None
        self._shown: tuple[Verdict, Reason | None, int | None] | None = None
        self._shown_ns = -math.inf
        self._spool = spool
        self._client = self._open_client(ca)
        self._delivery = Delivery(self.name, spool, self._publish_event)
        self._client.connect_async(self._address.host, self._address.port, KEEPALIVE_S)
        self._client.loop_start()

    @property
    def counts(self) -> DeliveryCounts:
        """What became of the events."""
        return self._delivery.counts

    def frame(self, frame: Frame, decision: Decision, event: Event | None) -> None:
        """See `Sink.frame`; a changed verdict, reason or event is published, once a second."""
        shown = decision.verdict, decision.reason, event.number if event else None
        if shown == self._shown or decision.decided_ns - self._shown_ns < STATE_S * 1e9:
            return
        self._shown, self._shown_ns = shown, decision.decided_ns
        self._state = json.dumps(_state(decision, event)).encode()
        self._publish_state()

    def event(self, event: Event) -> None:
        """See `Sink.event`; returns when the event is on the disk."""
        self._delivery.put(json.dumps(event.as_json(), allow_nan=False).encode())

    def notice(self, notice: Notice) -> None:
        """See `Sink.notice`; as careful as with events, and in order with them."""
        self._delivery.put(json.dumps(notice.as_json(), allow_nan=False).encode())

    def close(self) -> None:
        """See `Sink.close`; what could not be sent within `CLOSE_S` waits for the next run."""
        self._delivery.close(CLOSE_S)
        with self._changed:
            if self._closed:
                return
            self._closed = True
            was_connected = self._connected
        if was_connected:
            self._retain(self._client, "availability", b"offline")
        self._client.disconnect()
        with self._changed:
            self._changed.wait_for(lambda: not self._connected, GOODBYE_S)
        with self._state_order:
            self._connected = False
            del self._client  # it refers to this sink, and closes its sockets when nobody has it
        self._spool.close()

    def _open_client(self, ca: Path | None) -> Client:
        from paho.mqtt.client import Client
        from paho.mqtt.enums import CallbackAPIVersion

        client = Client(CallbackAPIVersion.VERSION2, reconnect_on_failure=True)
        if self._address.user is not None:
            client.username_pw_set(self._address.user, self._address.password)
        if self._address.tls:
            try:
                client.tls_set_context(ssl.create_default_context(cafile=ca))
            except OSError as exc:
                raise OutputError(f"cannot read the certificates of {ca}: {exc}") from exc
        client.will_set(self._topic("availability"), b"offline", qos=1, retain=True)
        client.reconnect_delay_set(*RECONNECT_S)
        client.on_connect = self._on_connect
        client.on_connect_fail = self._on_connect_fail
        client.on_disconnect = self._on_disconnect
        client.on_publish = self._on_publish
        return client

    def _topic(self, name: str) -> str:
        return f"{self._address.prefix}/{name}"

    def _retain(self, client: Client, name: str, payload: bytes) -> None:
        # QoS 0: after a lost connection all of these are published anew, from `_on_connect`.
        client.publish(self._topic(name), payload, qos=0, retain=True)

    def _publish_state(self) -> None:
        with self._state_order:
            if self._connected and self._state is not None:
                self._retain(self._client, "state", self._state)

    def _publish_event(self, key: str, message: bytes) -> None:
        """Return when the broker has acknowledged the event; see `Delivery`."""
        client, deadline = self._client, time.monotonic() + ANSWER_S
        with self._changed:
            self._changed.wait_for(lambda: self._connected or self._down, ANSWER_S)
            if not self._connected:
                raise DeliveryError(self._down or f"no connection within {ANSWER_S:g} s")
        if self._flying is None or self._flying[0] != key:
            acknowledged: set[int] = set()
            with self._changed:
                self._acknowledged = acknowledged
            # The lock is free here: paho calls `_on_publish` with a lock that `publish` needs.
            topic = "notice" if "notice" in json.loads(message) else "event"
            info = client.publish(self._topic(topic), message, qos=1)
            self._flying = key, info.mid, acknowledged
        # Otherwise paho has it already, and publishes it again with every new connection.
        _, number, acknowledged = self._flying
        with self._changed:
            self._changed.wait_for(
                lambda: number in acknowledged or not self._connected,
                max(0.0, deadline - time.monotonic()),
            )
            if number not in acknowledged:
                raise DeliveryError(self._down or f"no acknowledgement within {ANSWER_S:g} s")
            self._flying = self._acknowledged = None

    def _on_connect(
        self,
        client: Client,
        userdata: object,
        flags: ConnectFlags,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        with self._changed:
            self._connected = not reason.is_failure and not self._closed
            self._down = f"the broker refuses: {reason}" if reason.is_failure else None
            self._changed.notify_all()
        if self._closed:
            client.disconnect()
        elif not reason.is_failure:
            self._retain(client, "availability", b"online")
            topic, config = discovery(self._address.prefix)
            client.publish(topic, config, qos=0, retain=True)
            self._publish_state()
            self._delivery.hurry()

    def _on_connect_fail(self, client: Client, userdata: object) -> None:
        # paho calls this while it handles the error, and does not hand it over.
        error = sys.exc_info()[1]
        with self._changed:
            self._down = f"cannot connect: {error or 'no reason given'}"
            self._changed.notify_all()

    def _on_disconnect(
        self,
        client: Client,
        userdata: object,
        flags: DisconnectFlags,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        with self._changed:
            self._connected = False
            self._down = self._down or "the connection is lost"
            self._changed.notify_all()

    def _on_publish(
        self,
        client: Client,
        userdata: object,
        number: int,
        reason: ReasonCode,
        properties: Properties,
    ) -> None:
        with self._changed:
            if self._acknowledged is not None:
                self._acknowledged.add(number)
            self._changed.notify_all()


def _state(decision: Decision, event: Event | None) -> dict[str, Any]:
    """The part of a decision that `PREFIX/state` shows."""
    probability = decision.probability
    return {
        "verdict": decision.verdict.value,
        "probability": None if math.isnan(probability) else round(probability, 3),
        "reason": decision.reason.value if decision.reason else None,
        "event": event.number if event else None,
    }
