"""A real broker gets every event, the current verdict, and the last will."""

from __future__ import annotations

import json
import logging
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from trucksight.runtime import extras
from trucksight.runtime.decision import Decision, Frame
from trucksight.runtime.errors import MissingExtra, OutputError
from trucksight.runtime.events import Event
from trucksight.runtime.sinks.mqtt import MqttSink
from trucksight.runtime.sinks.spool import Spool

paho = pytest.importorskip("paho.mqtt.client", reason="pip install 'trucksight[mqtt]' to try this")
from paho.mqtt.enums import CallbackAPIVersion  # noqa: E402  after the skip

Until = Callable[..., None]
Waiting = Callable[[], int]
Decide = Callable[..., Decision]
Make = Callable[..., MqttSink]
Numbered = Callable[[int], Event]
FRAME = Frame(None, 0, 0, 0.0)
SECOND = 10**9


class Listener:
    """A second client, which remembers what it gets; the broker keeps its place over a kill."""

    def __init__(self, port: int, name: str, until: Until) -> None:
        self.got: list[tuple[str, bytes, bool]] = []
        """Topic, payload, whether it was retained."""
        self.ready = False
        self._client = paho.Client(CallbackAPIVersion.VERSION2, name, clean_session=False)
        self._client.on_connect = lambda client, *_: client.subscribe([("#", 1)])
        self._client.on_subscribe = lambda *_: setattr(self, "ready", True)
        self._client.on_message = lambda client, userdata, message: self.got.append(
            (message.topic, message.payload, message.retain)
        )
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        until(lambda: self.ready, "the subscription")

    def on(self, topic: str) -> list[bytes]:
        return [payload for found, payload, _ in list(self.got) if found == topic]

    def events(self) -> list[int]:
        return [json.loads(payload)["event"] for payload in self.on("gate/event")]

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def listen(until: Until) -> Iterator[Callable[[int], Listener]]:
    made: list[Listener] = []

    def start(port: int) -> Listener:
        made.append(Listener(port, f"listener-{len(made)}", until))
        return made[-1]

    yield start
    for listener in made:
        listener.close()


@pytest.fixture
def listener(broker: Any, listen: Callable[[int], Listener]) -> Listener:
    return listen(broker.port)


@pytest.fixture
def sink(broker: Any, make: Make, listener: Listener) -> MqttSink:
    """One whose events the listener hears from the first on."""
    return make(f"mqtt://127.0.0.1:{broker.port}/gate")


def test_events_arrive_in_order_and_leave_the_spool(
    listener: Listener, sink: MqttSink, until: Until, event: Numbered, waiting: Waiting
) -> None:
    for number in range(1, 21):
        sink.event(event(number))
    until(lambda: len(listener.events()) == 20)
    assert listener.events() == list(range(1, 21))
    assert json.loads(listener.on("gate/event")[0]) == event(1).as_json()
    until(lambda: waiting() == 0)
    assert (sink.counts.sent, sink.counts.failed, sink.counts.dropped) == (20, 0, 0)


def test_a_run_that_ends_at_once_still_sends_its_event(
    listener: Listener, sink: MqttSink, until: Until, event: Numbered, waiting: Waiting
) -> None:
    sink.event(event(1))
    sink.close()
    assert waiting() == 0
    until(lambda: listener.events() == [1])


def test_the_broker_says_online_while_it_runs_and_offline_afterwards(
    listener: Listener, sink: MqttSink, broker: Any, listen: Callable[[int], Listener], until: Until
) -> None:
    until(lambda: listener.on("gate/availability") == [b"online"])
    sink.close()
    until(lambda: listener.on("gate/availability") == [b"online", b"offline"])
    late = listen(broker.port)
    until(lambda: ("gate/availability", b"offline", True) in late.got)


DIES = """
import sys
from pathlib import Path
from trucksight.runtime.sinks.mqtt import MqttSink
from trucksight.runtime.sinks.spool import Spool

sink = MqttSink(sys.argv[1], Spool(Path(sys.argv[2]), 1 << 20))
sys.stdin.read()
"""


def test_a_second_client_sees_the_last_will_of_a_killed_process(
    broker: Any, listen: Callable[[int], Listener], tmp_path: Path, until: Until
) -> None:
    listener = listen(broker.port)
    url = f"mqtt://127.0.0.1:{broker.port}/gate"
    command = [sys.executable, "-c", DIES, url, str(tmp_path / "spool")]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as child:
        until(lambda: listener.on("gate/availability") == [b"online"])
        child.send_signal(signal.SIGKILL)
    until(lambda: listener.on("gate/availability") == [b"online", b"offline"])


def test_home_assistant_is_told_of_the_sensor(
    broker: Any, make: Make, listen: Callable[[int], Listener], until: Until
) -> None:
    make(f"mqtt://127.0.0.1:{broker.port}/yard/gate")
    listener = listen(broker.port)
    topic = "homeassistant/binary_sensor/yard_gate/config"
    until(lambda: listener.on(topic))
    assert json.loads(listener.on(topic)[0])["state_topic"] == "yard/gate/state"


def test_the_state_is_published_on_change_and_at_most_once_a_second(
    listener: Listener, sink: MqttSink, decide: Decide, until: Until, event: Numbered
) -> None:
    until(lambda: listener.on("gate/availability"))
    letters = "NNNNTNTNTTTTTTTTTTTUUUUUUUUUUU"
    for number, letter in enumerate(letters):
        sink.frame(FRAME, decide(letter, decided_ns=number * SECOND // 10), None)
    sink.event(event(1))
    until(lambda: listener.events() == [1])
    states = [json.loads(payload) for payload in listener.on("gate/state")]
    # At 0.0 s, at 1.0 s, and at 2.0 s instead of 1.9 s.
    assert [state["verdict"] for state in states] == ["no_truck", "truck", "unknown"]
    assert states[1] == {"verdict": "truck", "probability": 0.9, "reason": None, "event": None}
    assert states[2]["probability"] is None
    assert states[2]["reason"] == "black"


def test_the_state_is_retained_and_given_again_to_a_broker_that_forgot_it(
    broker: Any,
    make: Make,
    listen: Callable[[int], Listener],
    decide: Decide,
    until: Until,
    event: Numbered,
) -> None:
    sink = make(f"mqtt://127.0.0.1:{broker.port}/gate")
    sink.frame(FRAME, decide("T"), event(4))
    first = listen(broker.port)
    until(lambda: first.on("gate/state"))
    assert json.loads(first.on("gate/state")[0])["event"] == 4
    first.close()
    broker.kill()
    broker.memory.unlink(missing_ok=True)
    broker.start()
    again = listen(broker.port)
    until(lambda: again.on("gate/state"))
    assert again.on("gate/state") == first.on("gate/state")
    until(lambda: again.on("gate/availability") == [b"online"])


def test_a_broker_that_is_killed_and_started_again_gets_every_event(
    listener: Listener,
    sink: MqttSink,
    broker: Any,
    tmp_path: Path,
    until: Until,
    event: Numbered,
    waiting: Waiting,
) -> None:
    for number in range(1, 6):
        sink.event(event(number))
    until(lambda: len(listener.events()) == 5)
    until(lambda: broker.memory.exists() and b"listener" in broker.memory.read_bytes())
    broker.kill()
    for number in range(6, 16):
        sink.event(event(number))
    stored = [json.loads(path.read_text())["event"] for path in (tmp_path / "spool").iterdir()]
    assert sorted(stored) == list(range(6, 16))
    until(lambda: sink.counts.failed)
    broker.start()
    until(lambda: set(listener.events()) == set(range(1, 16)))
    until(lambda: waiting() == 0)
    assert (sink.counts.sent, sink.counts.dropped) == (15, 0)


def test_a_restart_sends_what_was_left_in_the_spool(
    broker: Any,
    make: Make,
    listen: Callable[[int], Listener],
    tmp_path: Path,
    until: Until,
    event: Numbered,
    waiting: Waiting,
) -> None:
    listener = listen(broker.port)
    spool = Spool(tmp_path / "spool", 1 << 20)
    for number in range(1, 4):
        spool.put(json.dumps(event(number).as_json()).encode())
    spool.close()
    make(f"mqtt://127.0.0.1:{broker.port}/gate")
    until(lambda: listener.events() == [1, 2, 3])
    until(lambda: waiting() == 0)


def test_user_and_password_are_needed_used_and_never_seen(
    start_broker: Callable[..., Any],
    make: Make,
    tmp_path: Path,
    until: Until,
    caplog: pytest.LogCaptureFixture,
    event: Numbered,
) -> None:
    passwords = tmp_path / "passwords"
    passwords.touch(mode=0o600)
    subprocess.run(
        ["mosquitto_passwd", "-b", str(passwords), "me", "hunter2"], check=True, capture_output=True
    )
    broker = start_broker("allow_anonymous false", f"password_file {passwords}")
    with caplog.at_level(logging.DEBUG):
        stranger = make(f"mqtt://me:hunter3@127.0.0.1:{broker.port}/gate")
        stranger.event(event(1))
        until(lambda: stranger.counts.failed)
        assert "the broker refuses" in str(stranger.counts.last_error)
        stranger.close()
        friend = make(f"mqtt://me:hunter2@127.0.0.1:{broker.port}/gate")
        until(lambda: friend.counts.sent == 1)
    for sink in (stranger, friend):
        assert sink.name == f"mqtt mqtt://***@127.0.0.1:{broker.port}/gate"
        for text in (sink.name, repr(sink), repr(vars(sink)), str(sink.counts), caplog.text):
            assert "hunter" not in text


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """Certificate and key of 127.0.0.1, signed by itself."""
    paths = tmp_path / "cert.pem", tmp_path / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    command += ["-out", str(paths[0]), "-keyout", str(paths[1])]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("apt-get install openssl to try this")
    return paths


# paho leaves the socket of a failed handshake open until its thread ends.
@pytest.mark.filterwarnings("ignore:unclosed <ssl.SSLSocket:ResourceWarning")
def test_tls_goes_to_a_broker_that_is_known_and_to_no_other(
    start_broker: Callable[..., Any],
    make: Make,
    until: Until,
    certificate: tuple[Path, Path],
    event: Numbered,
) -> None:
    cert, key = certificate
    broker = start_broker("allow_anonymous true", f"certfile {cert}", f"keyfile {key}")
    url = f"mqtts://127.0.0.1:{broker.port}/gate"
    stranger = make(url)
    stranger.event(event(1))
    until(lambda: stranger.counts.failed)
    assert "certificate verify failed" in str(stranger.counts.last_error)
    stranger.close()
    until(lambda: not any("paho" in thread.name for thread in threading.enumerate()))
    friend = make(url, ca=cert)
    until(lambda: friend.counts.sent == 1)


def test_certificates_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", 1 << 20)
    with pytest.raises(OutputError, match=r"cannot read the certificates of .*nowhere\.pem"):
        MqttSink("mqtts://host/gate", spool, ca=tmp_path / "nowhere.pem")
    spool.close()


def test_a_missing_package_is_named_with_its_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda name: None)
    spool = Spool(tmp_path / "spool", 1 << 20)
    with pytest.raises(MissingExtra, match=r"pip install 'trucksight\[mqtt\]'"):
        MqttSink("mqtt://host/gate", spool)
    spool.close()
