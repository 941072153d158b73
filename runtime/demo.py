"""The whole chain on a machine without camera or data: render a clip, find the trucks in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .decision import Decision, Frame
from .detector import Detector
from .events import Event, Smoother
from .files import folder_atomically
from .loop import Station, run_loop
from .notice import Notice
from .passages import Comparison, compare
from .scenes import Passage, SceneClip, write_clip
from .sinks import Sink
from .sinks.jsonlines import DecisionLines, EventLines
from .sinks.video import VideoFile
from .sources import open_source
from .summary import Summary
from .timeline import Timeline, draw_timeline

FILES = {
    "clip.mp4": "the rendered clip",
    "clip.json": "its truth: boxes and truck presence for every frame",
    "annotated.mp4": "the clip with every decision drawn on it",
    "timeline.png": "probability over time, events found, and the truth",
    "decisions.jsonl": "one line a frame",
    "events.jsonl": "one line an event",
}
"""What a demo leaves in its folder."""


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """The clip to render."""

    seconds: float = 32.0
    passages: int = 5
    seed: int = 7
    fps: float = 15.0
    size_wh: tuple[int, int] = (1280, 720)


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What the demo saw."""

    passages: tuple[Passage, ...]
    summary: Summary
    comparison: Comparison

    def as_json(self) -> dict[str, Any]:
        """For `trucksight demo --json`."""
        return {
            "passages": [[one.start_s, one.end_s] for one in self.passages],
            **self.comparison.as_json(),
            **self.summary.as_json(),
        }


def run_demo(
    out: Path,
    detector: Detector,
    options: DemoOptions,
    overwrite: bool,
    say: Callable[[str], None],
) -> DemoResult:
    """Render, run, compare, draw; the folder appears whole or not at all.

    Raises:
        OutputError: `out` exists and may not be replaced, or cannot be written.
        SceneError: the clip cannot be rendered as asked.
    """
    with folder_atomically(out, overwrite) as folder:
        say(
            f"rendering {options.seconds:g} s of road with {options.passages} truck passages"
            f" ({options.size_wh[0]}x{options.size_wh[1]}, seed {options.seed})"
        )
        clip = folder / "clip.mp4"
        plan = (options.seconds, options.seed, options.fps, options.size_wh, options.passages)
        write_clip(clip, *plan)
        passages = SceneClip(options.seed, options.seconds, *plan[2:]).passages
        say(f"running {detector.bundle.name} ({detector.variant.name}, {detector.engine}) over it")
        summary, kept = _detect(clip, detector, options)
        comparison = compare(passages, kept.events, slack_s=1 / options.fps)
        draw_timeline(
            Timeline(
                decisions=kept.decisions,
                events=kept.events,
                threshold=detector.variant.threshold,
                passages=passages,
                title=f"{detector.bundle.name}: {comparison.found} of {len(passages)}"
                f" passages found, {comparison.false} false",
            ),
            folder / "timeline.png",
        )
    return DemoResult(passages, summary, comparison)


class _Kept:
    """A sink that keeps what the timeline shows; a demo is short."""

    name = "timeline"

    def __init__(self) -> None:
        self.decisions: list[Decision] = []
        self.events: list[Event] = []

    def frame(self, frame: Frame, decision: Decision, event: Event | None) -> None:
        """See `Sink.frame`."""
        self.decisions.append(decision)

    def event(self, event: Event) -> None:
        """See `Sink.event`."""
        self.events.append(event)

    def notice(self, notice: Notice) -> None:
        """See `Sink.notice`; a clip has none."""

    def close(self) -> None:
        """See `Sink.close`."""


def _detect(clip: Path, detector: Detector, options: DemoOptions) -> tuple[Summary, _Kept]:
    kept = _Kept()
    source = open_source(str(clip))
    video = VideoFile(
        clip.with_name("annotated.mp4"),
        fps=source.fps,
        live=source.live,
        timed=source.timed,
        size_wh=source.size_wh,
    )
    sinks: list[Sink] = [
        DecisionLines(clip.with_name("decisions.jsonl")),
        EventLines(clip.with_name("events.jsonl")),
        video,
        kept,
    ]
    return run_loop(Station(source, detector, sinks, Smoother())), kept
