"""From a run to a bundle: convert, measure, let in what passed, write all or nothing."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..runtime.errors import UsageError
from ..train.run_folder import Model, Run
from ..train.scores.operating_point import OperatingPoint
from ..train.scores.scoring import load_pixels, pixel_scores
from .bundle_writer import choose_golden, write_bundle
from .convertible import Convertible
from .golden import candidates
from .judging import Judged, Rules, judge
from .making import Made, Workshop, make_variant
from .pictures import calibration_set, gate_set, range_examples, set_hash
from .recipes import Recipe
from .source_check import check_color_order, check_label_order, check_range_pictures

COLOR_PICTURES = 400
"""About so many pictures are scored with red and blue exchanged."""
CLIP = 1e-7
"""Keras scores nearer to 0 or 1 than this are taken for this."""
Say = Callable[[str], None]
"""Told what was done, in a few words."""


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """Choices of one export."""

    recipes: tuple[Recipe, ...]
    """Variants to make, preferred first."""
    name: str
    """What the bundle is called."""
    operating_point: OperatingPoint
    max_drop: float = 0.02
    """What accuracy and recall of the positive label may lose, as a proportion."""
    accept: Mapping[str, str] = field(default_factory=dict)
    """Variants that are let in whatever the gate says: name to reason."""
    gate_folders: tuple[Path, ...] = ()
    """Labelled pictures that judge beside the run's held-out ones."""
    range_folder: Path | None = None
    """Pictures that set the integer ranges; None: some of the training split."""
    range_pictures: int = 400
    """At most so many of them."""
    abstain_share: float = 0.0
    """Share of calibration pictures nearest to the threshold that shall get no answer."""
    seed: int = 0
    """Of the draw of range pictures and of the resampling."""
    notes: str = ""
    """Paragraphs for the model card that no measurement can give: data, licences, attribution."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export came to."""

    made: tuple[Made, ...]
    document: Mapping[str, Any] | None
    """What was written as `bundle.json`; None where no variant was let in: nothing was written."""

    @property
    def refused(self) -> dict[str, str]:
        """Variants that were not let in, and why."""
        return {one.recipe.name: one.gate.reason for one in self.made if not one.is_let_in}


def export_run(run: Run, out: Path, options: ExportOptions, overwrite: bool, say: Say) -> Exported:
    """Convert, measure and write a bundle of the variants that are let in.

    Args:
        run: what was trained; its pictures must still be where it found them.
        out: the bundle's folder, or a name ending in `.zip`.
        options: which variants, how calibrated and judged.
        overwrite: replace what lies at `out`.
        say: told about progress.

    Raises:
        OutputError: `out` exists or cannot be written.
        DataError: pictures are gone or changed, or cannot serve for what they are needed for.
        ExportRefused: the run's model does not fit its labels or its colour order.
        ConversionError: a converter gave up on the model.
    """
    stray = sorted(set(options.accept) - {recipe.name for recipe in options.recipes})
    if stray:
        raise UsageError(f"--accept {', '.join(stray)}: not among the variants to export")
    clock = _Clock(say)
    model = run.model()
    shop = _workshop(run, model, options, clock)
    made = []
    for recipe in options.recipes:
        content = recipe.convert(shop.convertible)
        clock.done(recipe.name, "converted")
        made.append(make_variant(shop, recipe, content, options.accept.get(recipe.name)))
        clock.done(recipe.name, made[-1].gate.reason)
    if not any(one.is_let_in for one in made):
        return Exported(tuple(made), None)
    golden = choose_golden(model, shop, [one for one in made if one.is_let_in])
    document = write_bundle(out, shop, made, golden, options.notes, overwrite)
    clock.done("golden pictures and bundle")
    return Exported(tuple(made), document)


def _workshop(run: Run, model: Model, options: ExportOptions, clock: _Clock) -> Workshop:
    ranges = range_examples(run, options.range_folder, options.range_pictures, options.seed)
    rules = Rules(
        labels=run.labels,
        positive=run.positive,
        calibration=calibration_set(run),
        gate=gate_set(run, options.gate_folders, ranges, clock.say),
        operating_point=options.operating_point,
        abstain_share=options.abstain_share,
        seed=options.seed,
    )
    range_pixels = load_pixels(ranges, run.contract)
    if any(recipe.calibrated for recipe in options.recipes):
        reference = rules.calibration.pixels if options.range_folder else None
        check_range_pictures(range_pixels, reference)
    clock.done("pictures", f"{len(rules.gate)} judge, {len(rules.calibration)} calibrate")
    source = _judge_source(model, rules)
    clock.done("source", f"{source.measured.accuracy:.1%} of {rules.held_out} held-out pictures")
    scenes = candidates(run.contract)
    return Workshop(
        run=run,
        name=options.name,
        rules=rules,
        max_drop=options.max_drop,
        convertible=Convertible(model, range_pixels),
        ranges={"n": len(ranges), "sha256": set_hash(ranges)},
        source=source,
        scenes=scenes,
        scene_pixels=np.stack([scene.pixels(run.contract) for scene in scenes]),
    )


def _judge_source(model: Model, rules: Rules) -> Judged:
    """Judge the Keras model, after making sure that it is the model its run describes."""
    on_gate = pixel_scores(model, rules.gate.pixels)
    scores, positive = on_gate[:, rules.index], rules.gate.truth == rules.index
    some = slice(None, None, math.ceil(len(scores) / COLOR_PICTURES))
    reversed_channels = np.ascontiguousarray(rules.gate.pixels[some, ..., ::-1])
    check_color_order(
        positive[some], scores[some], pixel_scores(model, reversed_channels)[:, rules.index]
    )
    start = 0
    for part in rules.gate.parts:
        of = slice(start, start + part.n)
        check_label_order(positive[of], scores[of], f"gate pictures ({part.name})")
        start += part.n
    return judge(rules, pixel_scores(model, rules.calibration.pixels), on_gate, CLIP)


@dataclass(slots=True)
class _Clock:
    """Tells of each stage when it is done, and how long it took."""

    say: Say
    began: float = field(default_factory=time.monotonic)

    def done(self, stage: str, words: str = "") -> None:
        now = time.monotonic()
        self.say(f"{stage}: {now - self.began:.1f} s{f', {words}' if words else ''}")
        self.began = now
