"""From a frame to a decision: the one path that `predict`, `run` and Python callers share."""

from __future__ import annotations

import contextlib
import math
import os
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from .backends import BACKENDS, installed_package, is_available, unreadable
from .backends.copies import Copies
from .bundle import Bundle, Variant, load_bundle
from .closing import Closing
from .contract import model_input
from .decision import Decision, Frame, Reason, Verdict
from .errors import (
    BackendError,
    BackendUnavailable,
    BundleError,
    FrameError,
    UnknownBackend,
    UsageError,
)
from .extras import install_command
from .golden import Replay, golden_inputs, replay
from .lowest_runtime import too_old
from .usable import Limits, Unusable, shows_nothing, unusable

if TYPE_CHECKING:
    from .golden_inputs import GoldenInputs
    from .region import Region

MAX_DEFAULT_THREADS = 4


def default_bundle_path() -> Path:
    """Folder of the bundle that ships with the package."""
    return Path(__file__).parent / "default_bundle"


def resolve_bundle(name: Path | str | None) -> Path:
    """The path of a bundle; None and the word `default` mean the one that ships."""
    return default_bundle_path() if name is None or str(name) == "default" else Path(name)


class _Prepared(NamedTuple):
    """What precedes the model, done."""

    by: Detector
    """Another one has other limits, another region or another input."""
    pixels: Unusable | npt.NDArray[np.uint8]
    """What the model gets, or why it gets nothing."""
    scores: npt.NDArray[np.float32] | None = None
    """What the model gave, where it was asked already."""


class Detector(Closing):
    """A bundle's variant loaded into an engine, with the bundle's preprocessing and threshold.

    Use it as a context manager. Threads that use one detector wait for each other at the model, or
    have one each if it was opened `side_by_side`.
    """

    def __init__(
        self,
        bundle: Bundle | Path | str | None = None,
        *,
        variant: str | None = None,
        backend: str | None = None,
        threads: int | None = None,
        limits: Limits | None = None,
        region: Region | None = None,
        side_by_side: bool = False,
        verify: bool = True,
    ) -> None:
        """Open a bundle, and replay its golden pictures.

        Args:
            bundle: a loaded bundle or its path; None means the one that ships.
            variant: name of a variant; None takes the first the engine can read.
            backend: name of an engine; None takes the first installed that fits.
            threads: processor threads for inference; None takes `default_threads`.
            limits: from where on a picture cannot be judged; None takes the defaults.
            region: the part of a frame that is looked at; None takes all of it. The golden
                pictures are always looked at whole.
            side_by_side: whether `threads` pictures are decided on at the same time, each by one
                thread, instead of one by all; for recordings, see `Copies`.
            verify: compare the bundle's small files and golden pictures with what was measured
                before the first decision.

        Raises:
            BundleError: the bundle is missing, damaged, lacks the variant or its certificate.
            GoldenError: what runs here is not what was measured; names the cause.
            BackendError: the engine is unknown, absent, or does not load the variant.
            UsageError: `threads` is not positive.
        """
        self.bundle = bundle if isinstance(bundle, Bundle) else load_bundle(resolve_bundle(bundle))
        self.threads = default_threads() if threads is None else threads
        if self.threads < 1:
            raise UsageError(f"threads must be 1 or more, not {threads}")
        self.limits = limits or Limits()
        self.region = region
        self.positive = self.bundle.labels.index(self.bundle.positive)
        self.verified: Replay | None = None
        with contextlib.ExitStack() as stack:
            if verify:  # the golden pictures are made ready while the engine loads
                inputs = stack.enter_context(golden_inputs(self.bundle, self.pixels))
            self.variant, self.backend_name = choose(self.bundle, variant, backend)
            self._check_engine()
            self._backend = Copies(  # which lets go of the bytes that the engine does not keep
                self.backend_name,
                self.bundle.model_bytes(self.variant),
                self.threads,
                side_by_side,
            )
            self.engine = self._backend.engine
            self.at_once = self._backend.count
            """Pictures that threads may have decided on at the same time."""
            if verify:
                self._verify(inputs)

    def decide(self, frame_bgr: npt.NDArray[np.uint8]) -> Decision:
        """Decide on one picture held in memory, captured now.

        Args:
            frame_bgr: (height, width, 3), OpenCV channel order; anything else is UNKNOWN.
        """
        return self.decide_frame(Frame(frame_bgr, time.monotonic_ns(), 0, 0.0))

    def decide_frame(self, frame: Frame) -> Decision:
        """Decide on a frame of a source; never raises for what is in the picture."""
        found = frame.prepared
        if not (isinstance(found, _Prepared) and found.by is self):
            found = _Prepared(self, self.input_of(frame))
        if isinstance(found.pixels, Unusable):
            return self.unknown(frame, found.pixels)
        scores = self.scores_of(found.pixels) if found.scores is None else found.scores
        return self.decide_scores(frame, scores)

    def prepare(self, frame: Frame) -> Frame:
        """Do what precedes the decision, so that `decide_frame` of this detector need not.

        Unlike the rest it may be called by other threads than the one that decides. The model is
        asked here only if the detector was opened `side_by_side`: as many threads may then call it
        as there are pictures decided on `at_once`.
        """
        pixels = self.input_of(frame)
        scores = None
        if self.at_once > 1 and not isinstance(pixels, Unusable):
            # A fault of the engine is met again, and told, by whoever decides on the frame; if
            # another detector does by then, it was none.
            with contextlib.suppress(BackendError):
                scores = self.scores_of(pixels)
        return replace(frame, prepared=_Prepared(self, pixels, scores))

    def input_of(self, frame: Frame) -> Unusable | npt.NDArray[np.uint8]:
        """What the model gets for a frame, (1, height, width, 3), or why it gets nothing."""
        image_bgr = frame.image_bgr
        if image_bgr is None:
            reason = Reason.LOST if frame.lost else Reason.UNREADABLE
            return Unusable(reason, frame.detail or "no picture")
        try:
            if self.region:
                image_bgr = self.region.apply(image_bgr)
        except FrameError as exc:
            return Unusable(Reason.WRONG_SHAPE, str(exc))
        fault = unusable(image_bgr, self.limits)
        if fault:
            return fault
        pixels = self.pixels(image_bgr)
        return shows_nothing(pixels[0], self.limits) or pixels

    def decide_scores(self, frame: Frame, scores: npt.NDArray[np.float32]) -> Decision:
        """The decision that (labels,) scores of a frame's picture lead to."""
        probability = self.probability(scores)
        band = self.variant.abstain
        if band and band.low <= probability < band.high:
            where = f"the abstain band {band.low:.3f} to {band.high:.3f}"
            return self.unknown(
                frame, Unusable(Reason.UNSURE, f"probability {probability:.3f} lies in {where}")
            )
        is_truck = probability >= self.variant.threshold
        return Decision(
            verdict=Verdict.TRUCK if is_truck else Verdict.NO_TRUCK,
            probability=probability,
            reason=None,
            label=self._label(scores, is_truck),
            detail=None,
            sequence=frame.sequence,
            captured_ns=frame.captured_ns,
            decided_ns=time.monotonic_ns(),
            media_s=frame.media_s,
            name=frame.name,
            threshold=self.variant.threshold,
        )

    def unknown(self, frame: Frame, fault: Unusable) -> Decision:
        """The decision on a frame that cannot be judged."""
        return Decision(
            verdict=Verdict.UNKNOWN,
            probability=math.nan,
            reason=fault.reason,
            label=None,
            detail=fault.detail,
            sequence=frame.sequence,
            captured_ns=frame.captured_ns,
            decided_ns=time.monotonic_ns(),
            media_s=frame.media_s,
            name=frame.name,
            threshold=self.variant.threshold,
        )

    def scores(self, frame_bgr: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """The engine's raw probabilities for a picture, in label order, (labels,).

        Raises:
            FrameError: not a (height, width, 3) uint8 picture.
        """
        return self.scores_of(self.pixels(frame_bgr))

    def pixels(self, frame_bgr: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """What the model gets for a picture: (1, height, width, 3), see `model_input`."""
        return model_input(frame_bgr, self.bundle.contract)

    def scores_of(self, pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """The engine's raw probabilities for a model input, in label order, (labels,)."""
        raw = self._backend.run(pixels)
        expected = 1 if len(self.bundle.labels) == 2 else len(self.bundle.labels)
        if raw.shape != (expected,) or not np.isfinite(raw).all():
            raise BackendError(
                f"{self.engine} gave {raw!r} for {len(self.bundle.labels)} labels;"
                f" {expected} finite numbers were expected"
            )
        return raw if expected > 1 else np.array([1 - raw[0], raw[0]], np.float32)

    def probability(self, scores: Sequence[float] | npt.NDArray[np.float32]) -> float:
        """Calibrated probability of the positive class, in [0, 1], from `scores`."""
        return self.variant.calibration(float(scores[self.positive]))

    def close(self) -> None:
        """Release the engine; a second call does nothing."""
        self._backend.close()

    def _check_engine(self) -> None:
        """Refuse an engine that is known not to load the variant, before it sees the file."""
        if is_available(self.backend_name):  # an absent one is named when it is opened
            fault = too_old(self.variant, installed_package(self.backend_name))
            if fault:
                raise BackendError(fault)

    def _verify(self, inputs: GoldenInputs) -> None:
        try:
            replays = self._replays(inputs)
            self.verified = Replay(
                replays[0].pictures,
                max(one.seconds for one in replays),
                max(one.largest_difference for one in replays),
            )
        except BaseException:
            self.close()
            raise

    def _replays(self, inputs: GoldenInputs) -> list[Replay]:
        """One for each copy of the model, at the same time."""
        copies = range(self._backend.loaded)
        if len(copies) == 1:
            return [replay(self, inputs)]
        # Here, because it loads the logging package, which most callers from Python do without.
        from concurrent.futures import ThreadPoolExecutor

        def replay_copy(number: int) -> Replay:
            with self._backend.choosing(number):
                return replay(self, inputs)

        with ThreadPoolExecutor(len(copies)) as pool:
            return list(pool.map(replay_copy, copies))

    def _label(self, scores: npt.NDArray[np.float32], is_truck: bool) -> str:
        """The positive label, or the likeliest of the others."""
        if is_truck:
            return self.bundle.positive
        others = scores.copy()
        others[self.positive] = -1
        return self.bundle.labels[int(others.argmax())]


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0))


def workers() -> int:
    """Threads for work that has the machine to itself: at most `MAX_DEFAULT_THREADS`."""
    return min(MAX_DEFAULT_THREADS, processors())


def default_threads() -> int:
    """Threads for inference where nobody says: at most `MAX_DEFAULT_THREADS`.

    Of more than two processors one is left for decoding: on four, three threads decided on a 720p
    video faster than four, which waited for the one that shared its processor.
    """
    usable = processors()
    return min(MAX_DEFAULT_THREADS, usable - 1 if usable > 2 else usable)


def choose(bundle: Bundle, variant: str | None, backend: str | None) -> tuple[Variant, str]:
    """Match a variant with an engine that reads its format.

    Raises:
        UnknownVariant: the bundle lacks the named variant.
        UnknownBackend: no engine of that name.
        BackendUnavailable: no engine here reads what is asked for.
        BundleError: the bundle has nothing that the named engine, or any, reads.
    """
    if backend is not None and backend not in BACKENDS:
        raise UnknownBackend(f"no backend {backend!r}; known: {', '.join(BACKENDS)}")
    wanted = [bundle.variant(variant)] if variant else list(bundle.variants.values())
    for engine in [backend] if backend else _ordinary():
        readable = [one for one in wanted if one.format in BACKENDS[engine].formats]
        if readable and (backend or is_available(engine)):
            return _fitting(bundle, readable, engine), engine
    formats = ", ".join(sorted({candidate.format for candidate in wanted}))
    if backend:
        raise BundleError(
            f"{backend} reads {', '.join(BACKENDS[backend].formats)};"
            f" {variant or bundle.path} is {formats}"
        )
    cures = [
        install_command(row.extra)
        for row in map(BACKENDS.__getitem__, _ordinary())
        if row.extra and any(candidate.format in row.formats for candidate in wanted)
    ]
    if not cures:
        raise BundleError(f"no engine that trucksight knows reads {formats}")
    raise BackendUnavailable(
        f"no engine installed here reads {formats}; run: {' or: '.join(cures)}"
    )


def _fitting(bundle: Bundle, readable: list[Variant], engine: str) -> Variant:
    """The first that the engine reads; where it reads none, it says itself what it needs."""
    if len(readable) > 1 and is_available(engine):
        for one in readable:
            if unreadable(engine, partial(bundle.model_bytes, one)) is None:
                return one
    return readable[0]


def _ordinary() -> list[str]:
    """Names of the engines that are tried without being asked for."""
    return [name for name, row in BACKENDS.items() if not row.special]
