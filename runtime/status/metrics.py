"""What `/metrics` says, in Prometheus' words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import accumulate
from math import isinf

from ..extras import require
from .record import AGE_BOUNDS_S, Report


def metrics_writer(report: Callable[[], Report]) -> Callable[[], bytes]:
    """A function that writes all metrics in the text format.

    The numbers are taken from a report when asked for, so the loop knows nothing of Prometheus.

    Raises:
        MissingExtra: prometheus-client is not installed.
    """
    require(["prometheus_client"], "http", "/metrics")
    from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
    from prometheus_client.core import (
        CounterMetricFamily,
        GaugeMetricFamily,
        HistogramMetricFamily,
        Metric,
    )
    from prometheus_client.registry import Collector

    class Detector(Collector):
        def collect(self) -> Iterator[Metric]:
            now = report()
            if now.captured is not None:
                yield CounterMetricFamily(
                    "trucksight_frames_captured", "Frames the source had.", now.captured
                )
            decided = CounterMetricFamily(
                "trucksight_frames_decided",
                "Frames decided on; the reason is empty unless the verdict is unknown.",
                labels=["verdict", "reason"],
            )
            for (verdict, reason), count in now.decided.items():
                decided.add_metric([verdict.value, reason.value if reason else ""], count)
            yield decided
            dropped = CounterMetricFamily(
                "trucksight_frames_dropped", "Frames not decided on.", labels=["reason"]
            )
            for why, count in now.dropped.items():
                dropped.add_metric([why], count)
            yield dropped
            peers = GaugeMetricFamily(
                "trucksight_sink",
                "What became of what a sink was told: sent, written, waiting, dropped ...;"
                " left_out is 1 where it has failed for good.",
                labels=["sink", "what"],
            )
            for name, counts in now.peers.items():
                for what, count in counts.items():
                    if isinstance(count, int):
                        peers.add_metric([name, what], count)
                    elif what == "left_out":
                        peers.add_metric([name, what], 1)
            yield peers
            yield CounterMetricFamily(
                "trucksight_events", "Events that have ended.", now.event_count
            )
            bounds = ["+Inf" if isinf(bound) else str(bound) for bound in AGE_BOUNDS_S]
            yield HistogramMetricFamily(
                "trucksight_decision_age_seconds",
                "Capture to decision.",
                list(zip(bounds, accumulate(now.ages), strict=True)),
                now.age_sum_s,
            )
            yield GaugeMetricFamily(
                "trucksight_last_decision_seconds",
                "Since the last decision, or since the start where there is none.",
                now.since_s,
            )
            yield GaugeMetricFamily(
                "trucksight_ready", "1 where /healthz is ok.", float(now.not_ready is None)
            )
            yield GaugeMetricFamily(
                "trucksight_event_open", "1 while a truck is there.", float(now.open is not None)
            )

    registry = CollectorRegistry()
    registry.register(Detector())
    ProcessCollector(registry=registry)
    return lambda: generate_latest(registry)
