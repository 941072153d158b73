"""An evaluation as a folder: evaluation.json, evaluation.md, plots and the surest mistakes."""

from __future__ import annotations

import json
from pathlib import Path

from ...runtime.files import folder_atomically, write_atomically
from .evaluating import Evaluation
from .markdown import assessment_sections
from .mistakes import write_sheet
from .plots import draw_sample

MISTAKES = "plots/mistakes.jpg"


def leave(result: Evaluation, out: Path, overwrite: bool = False) -> None:
    """Write the folder whole or not at all.

    Raises:
        OutputError: `out` exists or cannot be written.
    """
    document = result.as_json()
    mistakes = result.assessment.mistakes
    with folder_atomically(out, overwrite) as folder:
        (folder / "plots").mkdir()
        draw_sample(folder / "plots", result.sample, result.assessment, result.split)
        if mistakes:
            write_sheet(folder / MISTAKES, mistakes, result.metrics.positive)
        write_atomically(folder / "evaluation.json", json.dumps(document, indent=2) + "\n")
        plots = sorted(path.name for path in (folder / "plots").glob("*.png"))
        variant = f", variant {result.variant}" if result.variant else ""
        lines = [
            f"# {result.path.name}",
            "",
            f"{result.kind}{variant}, {result.backend}; split {result.split}, threshold"
            f" {result.metrics.threshold:.4f}; {sum(result.unknown.values())} pictures without an"
            " answer are not counted.",
            "",
            *assessment_sections(document, MISTAKES if mistakes else None),
            "## Plots",
            "",
            *(f"![{name.removesuffix('.png')}](plots/{name})\n" for name in plots),
        ]
        write_atomically(folder / "evaluation.md", "\n".join(lines))
