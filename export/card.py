"""The model card: written from what was measured, never typed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any


def model_card(document: Mapping[str, Any], run_info: Mapping[str, Any], notes: str) -> str:
    """Markdown for `MODEL_CARD.md`.

    Args:
        document: what is written as `bundle.json`.
        run_info: the run's `run.json`.
        notes: paragraphs on data, licences and limits; may be empty.
    """
    parts = [
        f"# {document['name']}",
        _what(document),
        "## Variants\n\n" + _variants(document),
        "## How it was measured\n\n" + _method(document),
        "## Training\n\n" + _training(run_info),
        "## Limits\n\n" + _limits(document),
    ]
    if notes.strip():
        parts.append(notes.strip())
    return "\n\n".join(parts) + "\n"


def _what(document: Mapping[str, Any]) -> str:
    size = document["input"]
    labels = ", ".join(f"`{label}`" for label in document["labels"])
    return (
        f"Tells from a whole picture whether `{document['positive']}` is in it (classes: {labels})."
        f" Takes {size['width']}x{size['height']} RGB pixels as uint8"
        f" ({size['resampling']}, {size['fit']}); normalisation is inside the model."
        f" Made on {document['created'][:10]}."
    )


def _variants(document: Mapping[str, Any]) -> str:
    rows = [
        "| variant | MB | accuracy (95 % interval) | precision | recall | ROC AUC | threshold"
        " | largest score difference to Keras | decisions that differ |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, entry in document["variants"].items():
        near, measured = entry["certificate"]["parity"], entry["certificate"]["measured"]
        rows.append(
            f"| {name} | {entry['size_bytes'] / 1e6:.2f} {_scores(measured)}"
            f" | {near['max']:.4f} | {near['flips']} of {near['n']} |"
        )
    source = next(iter(document["variants"].values()))["certificate"]["source_measured"]
    rows.append(f"| Keras source | {_scores(source)} | | |")
    return "\n".join(rows)


def _scores(of: Mapping[str, Any]) -> str:
    auc = "none" if of["roc_auc"] is None else f"{of['roc_auc']:.4f}"
    return (
        f"| {of['accuracy']:.3f} ({of['accuracy_low']:.3f} to {of['accuracy_high']:.3f})"
        f" | {of['precision']:.3f} | {of['recall']:.3f} | {auc} | {of['threshold']:.4f}"
    )


def _method(document: Mapping[str, Any]) -> str:
    first = next(iter(document["variants"].values()))["certificate"]
    sets = first["sets"]
    calibrated = [
        entry["certificate"]["sets"]["calibration"]["n"]
        for entry in document["variants"].values()
        if entry["certificate"]["sets"]["calibration"]
    ]
    lines = [
        f"Every number above comes from {sets['holdout']['n']} held-out pictures on which nothing"
        " was chosen, decoded and scaled by the function that the board uses, scored from the very"
        " files in this bundle.",
        f"Each variant's threshold was chosen on {sets['select']['n']} other pictures.",
    ]
    if calibrated:
        lines.append(
            f"Integer ranges were calibrated on {calibrated[0]} pictures of the training split."
        )
    tools = ", ".join(f"{name} {number}" for name, number in first["versions"].items())
    return " ".join(lines) + f"\n\nVersions: {tools}."


def _training(run_info: Mapping[str, Any]) -> str:
    options = dict(run_info["options"])
    if options.get("weights") not in (None, "imagenet", "none"):
        options["weights"] = f"{Path(options['weights']).name} (SHA-256 {_weights_hash(run_info)})"
    counts = run_info["data"]["counts"]
    pictures = "; ".join(
        f"{split}: " + ", ".join(f"{n} {label}" for label, n in of.items())
        for split, of in counts.items()
    )
    chosen = ", ".join(f"{name} {value}" for name, value in options.items() if value is not None)
    return f"{run_info['parameters']:,} parameters. Options: {chosen}.\n\nPictures: {pictures}."


def _weights_hash(run_info: Mapping[str, Any]) -> str:
    return str(run_info["architecture"]["weights_sha256"])[:16] + "..."


def _limits(document: Mapping[str, Any]) -> str:
    size = document["input"]
    return (
        "It judges the picture as a whole: it gives no boxes and does not count. Whatever fills"
        f" only a few of the {size['width']}x{size['height']} pixels is easily missed. The numbers"
        " hold for pictures like those it was measured on; measure it on your own with"
        " `trucksight evaluate` before you rely on it. It is not a safety device."
    )
