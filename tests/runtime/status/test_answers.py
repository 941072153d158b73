"""What a viewer is told."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest

from trucksight.runtime import extras
from trucksight.runtime.decision import Reason
from trucksight.runtime.events import Event
from trucksight.runtime.notice import Kind, Notice
from trucksight.runtime.status.pictures import KEPT_EVENTS

from .conftest import Clock, Feed, Get, Serve, connect


def event(number: int = 1, frames: int = 3) -> Event:
    return Event(number, 1.0, 1.5, 0.9, frames, 0)


def status(get: Get, server: Any) -> dict[str, Any]:
    answer = get(server, "/status.json")
    assert answer.status == 200
    found: dict[str, Any] = json.loads(answer.body)
    return found


def test_status_before_the_first_decision(serve: Serve, get: Get, clock: Clock) -> None:
    server = serve()
    clock.wait(6)
    now = status(get, server)
    assert now["verdict"] is None
    assert now["captured"] is None
    assert (now["since_s"], now["silent"], now["ready"]) == (6.0, True, False)


def test_status_of_a_truck(serve: Serve, get: Get, feed: Feed, clock: Clock) -> None:
    server = serve()
    for _ in range(11):
        feed(server, "T", event())
        clock.wait(0.1)
    now = status(get, server)
    assert (now["verdict"], now["probability"], now["age_ms"]) == ("truck", 0.9, 12.0)
    assert now["since_s"] == 0.1
    assert now["per_second"] == pytest.approx(10 / 1.1, abs=0.1)
    assert now["decided"] == {"truck": 11, "no_truck": 0, "unknown": 0}
    assert now["open_event"]["snapshot"] == "/snapshot/1.jpg?v=0"


def test_the_rate_falls_while_nothing_comes(
    serve: Serve, get: Get, feed: Feed, clock: Clock
) -> None:
    server = serve()
    for _ in range(20):
        feed(server, "N")
        clock.wait(0.1)
    rates = []
    for _ in range(3):
        clock.wait(4)
        rates.append(status(get, server)["per_second"])
    assert rates[0] > rates[1] > rates[2] == 0


def test_status_of_an_unknown(serve: Serve, get: Get, feed: Feed) -> None:
    server = serve()
    feed(server, "U", reason=Reason.BLURRED, detail='sharpness < 8 "&"')
    now = status(get, server)
    assert (now["verdict"], now["reason"], now["probability"]) == ("unknown", "blurred", None)
    assert now["detail"] == 'sharpness < 8 "&"'
    assert now["unknown"] == {"blurred": 1}


def test_counters_are_read_when_asked(serve: Serve, get: Get) -> None:
    source = SimpleNamespace(name="gate", captured=0, dropped=Counter[str]())
    pace = SimpleNamespace(dropped=Counter(stale=2))
    server = serve()
    server.watch(source, pace)
    source.captured = 9
    source.dropped["newer"] += 4
    source.dropped["stale"] += 1
    now = status(get, server)
    assert (now["source"], now["captured"]) == ("gate", 9)
    assert now["dropped"] == {"newer": 4, "stale": 3}


def test_events_come_newest_first_and_are_bounded(serve: Serve, get: Get, feed: Feed) -> None:
    server = serve()
    for number in range(1, KEPT_EVENTS + 6):
        feed(server, "T", event(number))
        server.event(event(number))
    now = status(get, server)
    assert now["event_count"] == KEPT_EVENTS + 5
    assert now["open_event"] is None
    assert [kept["event"] for kept in now["events"]] == list(range(KEPT_EVENTS + 5, 5, -1))
    assert get(server, "/snapshot/5.jpg").status == 404
    assert get(server, "/snapshot/6.jpg").status == 200


def test_an_event_is_as_old_as_its_last_truck(
    serve: Serve, get: Get, feed: Feed, clock: Clock
) -> None:
    server = serve()
    feed(server, "T", event())
    clock.wait(0.7)
    feed(server, "N", event())
    server.event(event())
    clock.wait(1.3)
    assert status(get, server)["events"][0]["ago_s"] == 2.0


def test_a_snapshot_is_the_most_certain_frame(
    serve: Serve, get: Get, feed: Feed, clock: Clock, paint: Callable[..., Any]
) -> None:
    server = serve()
    for red, probability in ((50, 0.6), (200, 0.9), (100, 0.7)):
        feed(server, "T", event(), image=paint(red, 1280, 720), probability=probability)
        get(server, "/snapshot/1.jpg")  # answered when it is encoded
        clock.wait(1)
    answer = get(server, "/snapshot/1.jpg")
    assert answer.headers["Content-Type"] == "image/jpeg"
    picture = cv2.imdecode(np.frombuffer(answer.body, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert picture.shape == (360, 640, 3)
    assert picture[..., 2].mean() == pytest.approx(200, abs=5)


def test_of_equally_certain_frames_a_later_one_is_shown_under_another_address(
    serve: Serve, get: Get, feed: Feed, clock: Clock, paint: Callable[..., Any]
) -> None:
    server = serve()
    seen = []
    for red, media_s in ((200, 1.0), (150, 3.0), (100, 4.0)):
        feed(server, "T", event(), image=paint(red), media_s=media_s)
        get(server, "/snapshot/1.jpg")  # answered when it is encoded
        seen.append(status(get, server)["open_event"]["snapshot"])
        clock.wait(1)
    assert seen == [f"/snapshot/1.jpg?v={version}" for version in (0, 1, 1)]
    answer = get(server, seen[-1])
    picture = cv2.imdecode(np.frombuffer(answer.body, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert picture[..., 2].mean() == pytest.approx(150, abs=5)


def test_a_snapshot_is_a_copy(
    serve: Serve, get: Get, feed: Feed, paint: Callable[..., Any]
) -> None:
    server = serve()
    image = paint(200)
    feed(server, "T", event(), image=image)
    image[:] = 0
    picture = cv2.imdecode(
        np.frombuffer(get(server, "/snapshot/1.jpg").body, np.uint8), cv2.IMREAD_COLOR
    )
    assert picture is not None
    assert picture[..., 2].mean() > 180


def test_health_is_bad_before_the_first_decision(serve: Serve, get: Get, clock: Clock) -> None:
    server = serve()
    clock.wait(1)
    answer = get(server, "/healthz")
    assert (answer.status, answer.body) == (503, b"no decision since the start 1.0 s ago\n")


def test_health_goes_bad_without_decisions(
    serve: Serve, get: Get, feed: Feed, clock: Clock
) -> None:
    server = serve(ready_s=3)
    feed(server, "N")
    clock.wait(3)
    answer = get(server, "/healthz")
    assert (answer.status, answer.body) == (200, b"ok\n")
    clock.wait(0.5)
    answer = get(server, "/healthz")
    assert (answer.status, answer.body) == (503, b"no decision for 3.5 s\n")


def test_health_goes_bad_while_the_source_is_lost(
    serve: Serve, get: Get, feed: Feed, clock: Clock
) -> None:
    server = serve()
    feed(server, "U", reason=Reason.UNSURE)
    for _ in range(6):
        clock.wait(1)
        feed(server, "U", reason=Reason.LOST, detail="timed out\nhere", image=None)
    answer = get(server, "/healthz")
    assert answer.status == 503
    assert answer.body == b"no picture from the source for 6.0 s: timed out here\n"
    feed(server, "U", reason=Reason.BLACK)
    assert get(server, "/healthz").status == 200


def test_metrics_are_what_prometheus_reads(
    serve: Serve, get: Get, feed: Feed, clock: Clock
) -> None:
    parser = pytest.importorskip(
        "prometheus_client.parser", reason="pip install 'trucksight[http]' to try this"
    )
    server = serve()
    server.watch(SimpleNamespace(name="gate", captured=7, dropped=Counter(newer=3)))
    feed(server, "T", event())
    feed(server, "N")
    feed(server, "U", reason=Reason.BLACK)
    server.event(event())
    clock.wait(2)
    answer = get(server, "/metrics")
    assert answer.status == 200
    found = {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in parser.text_string_to_metric_families(answer.body.decode())
        for sample in family.samples
    }
    decided = "trucksight_frames_decided_total"
    assert found["trucksight_frames_captured_total",] == 7
    assert found[decided, ("reason", ""), ("verdict", "truck")] == 1
    assert found[decided, ("reason", "black"), ("verdict", "unknown")] == 1
    assert found["trucksight_frames_dropped_total", ("reason", "newer")] == 3
    assert found["trucksight_events_total",] == 1
    age = "trucksight_decision_age_seconds"
    assert found[f"{age}_bucket", ("le", "0.01")] == 0
    assert found[f"{age}_bucket", ("le", "0.025")] == 3
    assert found[f"{age}_bucket", ("le", "+Inf")] == found[f"{age}_count",] == 3
    assert found[f"{age}_sum",] == pytest.approx(0.036)
    assert found["trucksight_last_decision_seconds",] == 2
    assert found["trucksight_ready",] == 1
    assert found["process_resident_memory_bytes",] > 0


def test_how_other_sinks_do_and_what_has_changed_is_seen(
    serve: Serve, get: Get, feed: Feed, clock: Clock
) -> None:
    parser = pytest.importorskip(
        "prometheus_client.parser", reason="pip install 'trucksight[http]' to try this"
    )
    server = serve()
    source = SimpleNamespace(name="gate", captured=7, dropped=Counter())
    peers = {"mqtt": {"sent": 3, "waiting": 2, "last_error": None}, "tape": {"left_out": "gone"}}
    server.watch(source, None, lambda: peers)
    feed(server, "T")
    server.notice(Notice(Kind.RELOAD, "taken over", 3.0, {"taken_over": True}))
    clock.wait(4)
    told = json.loads(get(server, "/status.json").body)
    assert told["sinks"] == peers
    (notice,) = told["notices"]
    assert (notice["notice"], notice["text"], notice["ago_s"]) == ("reload", "taken over", 4.0)
    found = {
        (sample.labels["sink"], sample.labels["what"]): sample.value
        for family in parser.text_string_to_metric_families(get(server, "/metrics").body.decode())
        for sample in family.samples
        if sample.name == "trucksight_sink"
    }
    assert found == {("mqtt", "sent"): 3, ("mqtt", "waiting"): 2, ("tape", "left_out"): 1}


def test_without_prometheus_the_cure_is_named(
    serve: Serve, get: Get, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda name: None)
    answer = get(serve(), "/metrics")
    assert answer.status == 501
    assert b"pip install 'trucksight[http]'" in answer.body


def test_live_pictures_are_what_was_decided(
    serve: Serve, feed: Feed, clock: Clock, paint: Callable[..., Any]
) -> None:
    server = serve()
    connection = connect(server)
    connection.request("GET", "/live.mjpg")
    answer = connection.getresponse()
    kind = answer.headers["Content-Type"]
    assert kind.startswith("multipart/x-mixed-replace; boundary=")
    boundary = b"--" + kind.partition("=")[2].encode()
    assert answer.readline().strip() == boundary
    for letter in "TUN":
        feed(server, letter, image=None if letter == "U" else paint(100, 1920, 1080))
        clock.wait(0.2)
        assert answer.readline() == b"Content-Type: image/jpeg\r\n"
        length = int(answer.readline().partition(b":")[2])
        answer.readline()
        picture = cv2.imdecode(np.frombuffer(answer.read(length), np.uint8), cv2.IMREAD_COLOR)
        assert picture is not None
        assert picture.shape == ((360, 640, 3) if letter == "U" else (540, 960, 3))
        assert answer.readline() == b"\r\n"
        assert answer.readline().strip() == boundary
    connection.close()
    answer.close()


def test_at_most_five_live_pictures_a_second(
    serve: Serve, feed: Feed, clock: Clock, paint: Callable[..., Any]
) -> None:
    server = serve()
    taken = set()
    with server.live.watch() as following:
        for _ in range(90):
            feed(server, "N")
            picture = following(0)
            if picture:
                taken.add(picture.decision.decided_ns)
            clock.wait(1 / 30)
    assert 13 <= len(taken) <= 15


def test_nothing_is_copied_while_nobody_watches(serve: Serve, feed: Feed) -> None:
    server = serve()
    feed(server, "N")
    with server.live.watch() as following:
        assert following(0) is None
