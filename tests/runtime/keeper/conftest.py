"""A station whose clock and temperature the tests tell, with a bundle of two variants."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from trucksight.runtime.decision import Frame
from trucksight.runtime.events import Smoother
from trucksight.runtime.governing import Governing
from trucksight.runtime.heat import Heat, HeatReader
from trucksight.runtime.keeper import Keeper
from trucksight.runtime.loop import Station
from trucksight.runtime.pace import Pace
from trucksight.runtime.run_parts import opened
from trucksight.runtime.settings import Settings
from trucksight.runtime.sinks.fake import FakeSink
from trucksight.runtime.sources.fake import from_arrays
from trucksight.runtime.watch import Watch, Watched

SECOND = 10**9
Paint = Callable[..., npt.NDArray[np.uint8]]


def two_variants(index: dict[str, Any]) -> None:
    variants = index["variants"]
    variants["cheaper"] = {**variants["fake"], "file": "variants/cheaper.txt", "threshold": 0.7}
    for picture in index["golden"]:
        picture["variants"]["cheaper"] = picture["variants"]["fake"]


class Plant:
    """A station whose clock and temperature are told."""

    def __init__(self, settings: Settings, source: Any) -> None:
        self.now_ns = 0
        self.celsius = 50.0
        heat = HeatReader(lambda: Heat(self.celsius, None), clock=lambda: self.now_ns / SECOND)
        self.heat = heat
        watched = Watched(opened(settings), Watch(live=False))
        governing = Governing(settings, heat, lambda: self.now_ns)
        self.wanted = settings
        """What a reload reads."""
        self.keeper = Keeper(settings, watched, "run", lambda: self.wanted, None, governing)
        self.keeper.meet(source)
        self.told = FakeSink()
        pace = Pace(settings.max_age_ms, settings.rate)
        smoother = Smoother(None, self.keeper.origin)
        self.station = Station(source, watched, [self.told], smoother, pace)
        self._number = 0

    def run(
        self,
        seconds: float,
        image: npt.NDArray[np.uint8],
        age_ms: float = 10,
        late_ms: float | None = None,
    ) -> None:
        """Ten frames a second of this age, and of an age at their arrival that a sensor tells."""
        for _ in range(round(seconds * 10)):
            self.now_ns += SECOND // 10
            self.heat.refresh()
            captured_ns = self.now_ns - round(age_ms * 1e6)
            arrived_ns = None if late_ms is None else captured_ns + round(late_ms * 1e6)
            media_s = self._number / 10
            frame = Frame(image, captured_ns, self._number, media_s, arrived_ns=arrived_ns)
            self._number += 1
            decision = self.station.step(frame)
            if decision is not None:
                decision = replace(decision, captured_ns=captured_ns, decided_ns=self.now_ns)
            self.keeper.between(self.station, frame, decision)

    def reload(self, image: npt.NDArray[np.uint8], settings: Settings) -> str:
        """Have it take over other settings; what it told of that."""
        before, end = len(self.told.notices), time.monotonic() + 20
        self.wanted = settings
        self.keeper.ask()
        while len(self.told.notices) == before:
            assert time.monotonic() < end
            self.run(0.1, image)
        return self.told.notices[before].text

    def notices(self) -> list[str]:
        return [notice.text.partition(":")[0] for notice in self.told.notices]


@pytest.fixture
def plant(make_bundle: Callable[..., Path]) -> Iterator[Callable[..., Plant]]:
    made: list[Plant] = []
    bundle = make_bundle(two_variants)
    (bundle / "variants" / "cheaper.txt").write_bytes(
        (bundle / "variants" / "fake.txt").read_bytes()
    )

    def make(source: Any = None, **options: Any) -> Plant:
        options = {"variant": "fake", **options}
        settings = Settings(bundle=str(bundle), source="fault:good*9", **options)
        made.append(Plant(settings, source or from_arrays([])))
        return made[-1]

    yield make
    for one in made:
        one.station.source.close()
        one.keeper.close()
