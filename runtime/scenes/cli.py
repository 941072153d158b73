"""The command `trucksight scenes`: rendered road pictures and clips with their truth."""

from __future__ import annotations

import argparse
import json
from pathlib import Path


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.description = "Render road pictures, or a clip, with ground truth from a seed."
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder for labelled pictures")
    parser.add_argument(
        "--count", type=int, default=100, metavar="N", help="pictures (default 100)"
    )
    parser.add_argument("--clip", type=Path, metavar="FILE.mp4", help="write a clip and FILE.json")
    parser.add_argument(
        "--seconds", type=float, default=30.0, metavar="T", help="length of the clip (default 30)"
    )
    parser.add_argument(
        "--fps", type=float, default=15.0, metavar="F", help="frames a second (default 15)"
    )
    parser.add_argument(
        "--passages",
        type=int,
        metavar="N",
        help="truck passages in the clip (default: one every 6.5 s)",
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="S", help="same seed, same bytes (default 0)"
    )
    parser.add_argument("--size", default="640x360", metavar="WxH", help="pixels (default 640x360)")
    parser.add_argument(
        "--sheet",
        type=Path,
        metavar="FILE.png",
        help="also write a contact sheet of the first pictures",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace what is there")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(args: argparse.Namespace) -> int:
    """Write what was asked for; 0 when done.

    Raises:
        UsageError: neither --out nor --clip, or a size that is none.
        SceneError: a scene that cannot be made as asked.
        OutputError: a target that is in use or cannot be written.
    """
    from ..errors import UsageError

    if args.out is None and args.clip is None:
        raise UsageError(
            "say what to write: --out DIR for pictures, --clip FILE.mp4 for a clip, or both"
        )
    size_wh = parse_size(args.size)
    lines: list[str] = []
    report: dict[str, object] = {"seed": args.seed, "size_wh": list(size_wh)}
    if args.out is not None:
        from .writing import write_pictures

        done = write_pictures(args.out, args.count, args.seed, size_wh, overwrite=args.overwrite)
        lines.append(
            f"{done.count} pictures in {done.folder}: "
            f"{done.truck} truck, {done.count - done.truck} no_truck"
        )
        report["pictures"] = {
            "folder": str(done.folder),
            "count": done.count,
            "truck": done.truck,
            "no_truck": done.count - done.truck,
        }
    if args.clip is not None:
        from .writing import write_clip

        clip = write_clip(
            args.clip,
            args.seconds,
            args.seed,
            args.fps,
            size_wh,
            args.passages,
            overwrite=args.overwrite,
        )
        lines.append(f"{clip.frames} frames with {clip.passages} truck passages in {clip.video}")
        report["clip"] = {
            "video": str(clip.video),
            "truth": str(clip.truth),
            "frames": clip.frames,
            "passages": clip.passages,
        }
    if args.sheet is not None:
        _write_sheet(args, size_wh)
        lines.append(f"contact sheet {args.sheet}")
        report["sheet"] = str(args.sheet)
    print(json.dumps(report, indent=1) if args.json else "; ".join(lines))
    return 0


def parse_size(text: str) -> tuple[int, int]:
    """Width and height from a text such as 640x360.

    Raises:
        UsageError: it does not read so.
    """
    from ..errors import UsageError

    width, cross, height = text.lower().partition("x")
    if not (cross and width.isdecimal() and height.isdecimal()):
        raise UsageError(f"expected a size such as 640x360, got {text!r}")
    return int(width), int(height)


def _write_sheet(args: argparse.Namespace, size_wh: tuple[int, int]) -> None:
    """The first pictures of --out, or frames spread over --clip."""
    import cv2

    from ..errors import OutputError
    from ..files import write_atomically
    from .clip import SceneClip
    from .picture import render_picture
    from .sheet import contact_sheet

    if args.out is not None:
        images = [
            render_picture(args.seed, index, size_wh).image_bgr
            for index in range(min(args.count, 24))
        ]
    else:
        clip = SceneClip(args.seed, args.seconds, args.fps, size_wh, args.passages)
        step = max(1, (clip.frame_count or 1) // 24)
        images = [frame.image_bgr for number, frame in enumerate(clip) if number % step == 0][:24]
    done, data = cv2.imencode(args.sheet.suffix or ".png", contact_sheet(images))
    if not done:
        raise OutputError(f"cannot write a picture as {args.sheet.name!r}; end it in .png or .jpg")
    write_atomically(args.sheet, data.tobytes())
