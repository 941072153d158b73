"""Everything that is known about the inside of a model, written into one folder.

inspect.json              all numbers
layers.txt                the table of layers
filters.png               the first layer's kernels
features-NAME.png         feature maps of a picture
evidence-NAME.jpg         Grad-CAM over a picture
evidence-NAME.mp4         Grad-CAM over a clip
boxes.jpg                 pictures with boxes: those it looks at best, then those at worst
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from ...runtime.contract import model_input
from ...runtime.errors import OutputError, UsageError
from ...runtime.files import folder_atomically, write_atomically
from ...runtime.picture import read_picture
from ..architectures.layer_costs import layer_costs
from ..taps import Passed
from .clip import write_clip
from .coco import Boxed, read_boxes
from .geometry import on_picture
from .gradcam import Method, grad_cam, target_layer
from .looks import Look, Looks, look, summed_up
from .overlay import overlay, sheet, with_boxes, with_strip
from .plots import draw_feature_maps, draw_filters, feature_maps, first_filters, map_layers
from .subject import Subject
from .table import Costs, plain, rows

EXAMPLES = 8
"""Pictures on either half of boxes.jpg."""
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be looked at."""

    pictures: tuple[Path, ...] = ()
    clips: tuple[Path, ...] = ()
    boxes: Path | None = None
    """COCO annotations, or the folder they lie in."""
    most_boxed: int = 300
    """Pictures with boxes; of more, so many are drawn."""
    layer: str | None = None
    """Whose maps Grad-CAM weighs; None: the last convolution."""
    maps_of: tuple[str, ...] = ()
    """Layers whose feature maps are drawn; none: one of each size."""
    method: Method = "grad-cam"
    seed: int = 0
    """Of the draw of pictures with boxes and of the bootstrap."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found."""

    costs: Costs
    layer: str | None
    """Whose maps Grad-CAM weighed; None where the model has none and nothing asked for them."""
    looks: Looks | None
    document: dict[str, Any]
    """What inspect.json holds."""


def inspect_model(
    subject: Subject, wanted: Wanted, out: Path, overwrite: bool = False, say: Say = print
) -> Inspection:
    """Look into a model and write what is seen.

    Args:
        subject: the model.
        wanted: what is looked at.
        out: folder to make.
        overwrite: replace a folder that is there.
        say: told of what the figures cannot show.

    Raises:
        OutputError: `out` exists or cannot be written.
        PictureError, SourceError, DataError: what is to be looked at cannot be read.
        UsageError: there is no such layer.
    """
    with folder_atomically(out, overwrite) as folder:
        layer = _layer(subject, wanted, say)
        costs = Costs(tuple(layer_costs(subject.model)), int(subject.model.count_params()))
        write_atomically(folder / "layers.txt", plain(rows(costs)) + "\n")
        if costs.uncounted:
            say(f"multiply-adds not known, shown as 0: {', '.join(costs.uncounted)}")
        filters = first_filters(subject.model)
        if filters:
            draw_filters(folder / "filters.png", *filters)
        if (
            layer
            and wanted.method == "grad-cam"
            and any(one.kind == "Flatten" for one in costs.layers)
        ):
            say(
                "the head weighs every place by itself (Flatten): Grad-CAM blurs these weights;"
                " --method hires-cam shows what the score is made of"
            )
        pictures, clips, looks = [], [], None
        if layer:
            shown = _Shown(subject, wanted, layer, folder)
            pictures = [shown.picture(path, name) for path, name in _named(wanted.pictures)]
            clips = [shown.clip(path, name) for path, name in _named(wanted.clips)]
            looks = shown.boxes(wanted.boxes) if wanted.boxes else None
        document = {
            "model": subject.name,
            "label": subject.label,
            "threshold": subject.threshold,
            "method": wanted.method,
            "layer": layer.leaf.name if layer else None,
            "layer_map": list(layer.output_shape[1:]) if layer else None,
            "costs": costs.as_json(),
            "pictures": pictures,
            "clips": clips,
            "boxes": looks.as_json() if looks else None,
        }
        write_atomically(folder / "inspect.json", json.dumps(document, indent=2) + "\n")
    return Inspection(costs, layer.leaf.name if layer else None, looks, document)


def _layer(subject: Subject, wanted: Wanted, say: Say) -> Passed | None:
    """The layer that Grad-CAM weighs; a model without one can still be listed."""
    try:
        return target_layer(subject.model, wanted.layer)
    except UsageError as exc:
        if wanted.layer or wanted.pictures or wanted.clips or wanted.boxes:
            raise
        say(f"{exc}: where it looks cannot be shown")
        return None


@dataclass(frozen=True, slots=True)
class _Shown:
    """Writes pictures of what one model sees."""

    subject: Subject
    wanted: Wanted
    layer: Passed
    folder: Path

    def picture(self, path: Path, name: str) -> dict[str, Any]:
        """Evidence and feature maps of one picture."""
        frame = read_picture(path)
        pixels = model_input(frame, self.subject.contract)
        drawn, score = self._over(frame)
        _write_jpeg(self.folder / f"evidence-{name}.jpg", drawn)
        layers = map_layers(self.subject.model, self.wanted.maps_of)
        maps = feature_maps(self.subject.model, layers, pixels)
        draw_feature_maps(self.folder / f"features-{name}.png", pixels[0], maps)
        return {"path": str(path), "score": score, "maps_of": list(maps)}

    def clip(self, path: Path, name: str) -> dict[str, Any]:
        """Evidence over one clip."""
        target = self.folder / f"evidence-{name}.mp4"
        seen = write_clip(self.subject, path, target, self.layer, self.wanted.method)
        return {"path": str(path), **asdict(seen)}

    def boxes(self, path: Path) -> Looks:
        """Evidence against boxes, and the best and worst of them."""
        found = read_boxes(path, self.subject.label)
        if len(found) > self.wanted.most_boxed:
            rng = np.random.default_rng(self.wanted.seed)
            drawn = rng.permutation(len(found))[: self.wanted.most_boxed]
            found = [found[index] for index in sorted(drawn)]
        seen, unreadable = look(self.subject, found, self.layer, self.wanted.method)
        looks = summed_up(seen, self.subject.threshold, unreadable, self.wanted.seed)
        order = sorted(seen, key=lambda one: -(one.mass or 0) + one.area)
        chosen = order if len(order) <= 2 * EXAMPLES else order[:EXAMPLES] + order[-EXAMPLES:]
        pictures = [self._example(one) for one in chosen]
        _write_jpeg(self.folder / "boxes.jpg", sheet(pictures, 4, (360, 320)))
        return looks

    def _example(self, one: Look) -> npt.NDArray[np.uint8]:
        mass = "no evidence" if one.mass is None else f"{one.mass:.0%} in boxes ({one.area:.0%})"
        return self._over(read_picture(one.boxed.path), mass, one.boxed)[0]

    def _over(
        self, frame: npt.NDArray[np.uint8], note: str | None = None, boxed: Boxed | None = None
    ) -> tuple[npt.NDArray[np.uint8], float]:
        subject = self.subject
        pixels = model_input(frame, subject.contract)
        maps = grad_cam(subject.model, pixels, subject.shown, self.layer, self.wanted.method)
        height, width = frame.shape[:2]
        drawn = overlay(frame, on_picture(maps.heat[0], subject.contract, (width, height)))
        if boxed is not None:
            scale = np.array([width / boxed.size_wh[0], height / boxed.size_wh[1]] * 2)
            drawn = with_boxes(drawn, boxed.boxes * scale)
        score = float(maps.scores[0, subject.shown])
        said = note
        if said is None:
            said = self.layer.leaf.name if maps.heat.max() > 0 else "nothing speaks for it"
        return with_strip(drawn, subject.label, score, subject.threshold, said), score


def _named(paths: Sequence[Path]) -> list[tuple[Path, str]]:
    """Each path with the name that its files get: its own, numbered where it is not the only."""
    stems = [path.stem for path in paths]
    return [
        (path, stem if stems.count(stem) == 1 else f"{stem}-{number}")
        for number, (path, stem) in enumerate(zip(paths, stems, strict=True), start=1)
    ]


def _write_jpeg(path: Path, picture: npt.NDArray[np.uint8]) -> None:
    good, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 92])
    if not good:
        raise OutputError(f"OpenCV cannot encode {path.name}")
    write_atomically(path, data.tobytes())


def check_wanted(wanted: Wanted) -> None:
    """Refuse what is not there before a model is loaded.

    Raises:
        UsageError: a file is missing, or a number is out of range.
    """
    for path in (*wanted.pictures, *wanted.clips):
        if not path.is_file():
            raise UsageError(f"no file at {path}")
    if wanted.most_boxed < 1:
        raise UsageError(f"--most must be 1 or more, not {wanted.most_boxed}")
