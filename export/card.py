"""The model card: written from `bundle.json` and `run.json`, never typed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

Document = Mapping[str, Any]


def model_card(document: Document, run_info: Document, notes: str) -> str:
    """Markdown for `MODEL_CARD.md`.

    Args:
        document: what is written as `bundle.json`.
        run_info: the run's `run.json`.
        notes: paragraphs on data, licences and limits; may be empty.
    """
    parts = {
        "": _what(document),
        "Intended use": _use(document),
        "Variants": _variants(document),
        "Accepted against the gate": _accepted(document),
        "Refused": _refused(document),
        "How it was measured": _method(document),
        "Gate": _gate(document),
        "Distance from the source": _parity(document),
        "Probability and threshold": _calibration(document),
        "Training": _training(run_info),
        "Check it where it runs": _verify(document),
        "Limits": _limits(document),
        "Versions": _versions(document),
    }
    sections = [f"## {head}\n\n{text}" if head else text for head, text in parts.items() if text]
    return "\n\n".join([f"# {document['name']}", *sections, *filter(None, [notes.strip()])]) + "\n"


def _what(document: Document) -> str:
    size = document["input"]
    labels = ", ".join(f"`{label}`" for label in document["labels"])
    architecture = document["source"]["architecture"]
    return (
        f"Tells from a whole picture whether `{document['positive']}` is in it (classes: {labels})."
        f" Takes {size['width']}x{size['height']} {size['color']} pixels as {size['dtype']}"
        f" ({size['resampling']}, {size['fit']}); normalisation is inside the model."
        f" Architecture: {architecture['name']}"
        f"{'' if architecture['width'] is None else ' of width ' + str(architecture['width'])},"
        f" {document['source']['parameters']:,} parameters. Made on {document['created'][:10]}."
    )


def _use(document: Document) -> str:
    return (
        "A camera over a road that stays where it is; one answer a picture:"
        f" `{document['positive']}`, not, or unknown. For counting, alarms and statistics in which"
        " single errors do no harm. It is not a safety device, and not made to recognise persons or"
        " number plates."
    )


def _variants(document: Document) -> str:
    certificates = _certificates(document)
    rows = []
    for name, entry in document["variants"].items():
        one = certificates[name]
        rows.append(
            [
                name,
                f"{entry['size_bytes'] / 1e6:.2f}",
                *_scores(one["measured"]),
                f"{one['parity']['flips']} of {one['parity']['n']}",
                f"{entry['threshold']:.4f} ({one['threshold']['low']:.3f} to"
                f" {one['threshold']['high']:.3f})",
                one["gate"]["verdict"] + (", accepted" if one["gate"]["accepted"] else ""),
                ", ".join(f"{p} {v}" for p, v in entry["lowest_runtime"].items()) or "-",
            ]
        )
    source = _first(document)["source_measured"]
    threshold = f"{document['source']['threshold']:.4f}"
    rows.append(["Keras source", "", *_scores(source), "", threshold, "", ""])
    heads = ["variant", "MB", "accuracy (95 % interval)", "precision", "recall", "ROC AUC"]
    heads += ["answers that differ", "threshold (95 % interval)", "gate", "lowest runtime"]
    return (
        _table(heads, rows)
        + "\n\n![ROC curves of the variants and their source](plots/roc.png)"
        + "\n![Reliability of the calibrated probabilities](plots/reliability.png)"
    )


def _scores(of: Document) -> list[str]:
    return [
        f"{of['accuracy']:.3f} ({of['accuracy_low']:.3f} to {of['accuracy_high']:.3f})",
        f"{of['precision']:.3f}",
        f"{of['recall']:.3f}",
        _or_dash(of["roc_auc"], 3),
    ]


def _accepted(document: Document) -> str:
    return "\n".join(
        f"- **{name}** did not pass ({one['gate']['reason']}). It was let in because:"
        f" {one['gate']['accepted']['because']}"
        for name, one in _certificates(document).items()
        if one["gate"]["accepted"]
    )


def _refused(document: Document) -> str:
    return "\n".join(
        f"- {name} is not in this bundle: {one['reason']}"
        for name, one in document["refused"].items()
    )


def _method(document: Document) -> str:
    sets = _first(document)["sets"]
    lines = [
        f"Accuracy, precision, recall, ROC AUC and the plots come from the {sets['holdout']['n']}"
        " pictures that training held out, decoded and scaled by the function that the board uses"
        " and scored from the very files in this bundle.",
        f"Probability and threshold of each variant were fitted on {sets['calibration']['n']} other"
        " pictures, which had also chosen the training's epoch.",
    ]
    ranges = [one["sets"]["integer_ranges"] for one in _certificates(document).values()]
    for one in [found for found in ranges if found][:1]:
        lines.append(f"Integer ranges were set on {one['n']} pictures.")
    lines.append("The sets have no picture in common, by content hash.")
    return " ".join(lines)


def _gate(document: Document) -> str:
    first = _first(document)
    gate, parts = first["gate"], first["sets"]["gate"]["parts"]
    pictures = "; ".join(
        f"{part['n']} {part['name']} ({part['n_positive']} {document['positive']})"
        for part in parts
    )
    rows = []
    for name, one in _certificates(document).items():
        for what in ("accuracy", "recall"):
            found = one["gate"][what]
            if found:
                rows.append(
                    [
                        name,
                        what,
                        str(found["n"]),
                        f"{found['source']:.4f}",
                        f"{found['variant']:.4f}",
                        f"{found['lost']} / {found['won']}",
                        f"{found['drop']:+.4f}",
                        f"{found['upper']:+.4f}",
                        found["verdict"],
                    ]
                )
    heads = ["variant", "of", "pictures", "source", "variant's", "lost / won", "drop"]
    return (
        "Each variant and its float source answered the same pictures, each at its own threshold."
        f" Pictures: {pictures}. A variant passes when its drop in accuracy and in recall of"
        f" `{document['positive']}` is at most {gate['max_drop']:g}, by one-sided"
        f" {gate['confidence']:.0%} bounds ({gate['method']}). Lost: right by the source alone;"
        " won: right by the variant alone.\n\n"
        + _table([*heads, f"bound ({gate['confidence']:.0%})", "verdict"], rows)
    )


def _parity(document: Document) -> str:
    rows = []
    for name, one in _certificates(document).items():
        near = one["parity"]
        numbers = [_or_dash(near[key], 4) for key in ("max", "p99", "mean")]
        rows.append([name, *numbers, str(near["n"]), near["engine"]])
    heads = ["variant", "largest", "99th percentile", "mean", "pictures", "engine"]
    return (
        f"Difference of the score of `{document['positive']}` from Keras, before calibration.\n\n"
        + _table(heads, rows)
    )


def _calibration(document: Document) -> str:
    point = _first(document)["threshold"]["operating_point"]
    rows = []
    for name, entry in document["variants"].items():
        one, band = entry["certificate"]["calibration"], entry["abstain"]
        rows.append(
            [
                name,
                f"{entry['calibration']['slope']:.4f}",
                f"{entry['calibration']['offset']:+.4f}",
                f"{one['log_loss_before']:.4f} / {one['log_loss_after']:.4f}",
                f"{one['brier_before']:.4f} / {one['brier_after']:.4f}",
                f"{band['low']:.3f} to {band['high']:.3f}" if band else "none",
            ]
        )
    heads = ["variant", "slope", "offset", "log loss before / after", "Brier before / after"]
    return (
        f"Operating point: {point}. Probability = sigmoid(slope x logit(score) + offset), fitted by"
        " Platt's method; within the abstain band the answer is unknown.\n\n"
        + _table([*heads, "abstain band"], rows)
    )


def _training(run_info: Document) -> str:
    options = dict(run_info["options"])
    if options.get("weights") not in (None, "imagenet", "none"):
        digest = str(run_info["architecture"]["weights_sha256"])[:16]
        options["weights"] = f"{Path(options['weights']).name} (SHA-256 {digest}...)"
    pictures = "; ".join(
        f"{split}: " + ", ".join(f"{n} {label}" for label, n in of.items())
        for split, of in run_info["data"]["counts"].items()
    )
    chosen = ", ".join(f"{name} {value}" for name, value in options.items() if value is not None)
    return f"Options: {chosen}. Epochs: {run_info['epochs']}.\n\nPictures: {pictures}."


def _verify(document: Document) -> str:
    tolerances = ", ".join(
        f"{name} {entry['golden_tolerance']:g}" for name, entry in document["variants"].items()
    )
    return (
        f"`trucksight verify` replays the {len(document['golden'])} rendered pictures in `golden/`"
        " from their bytes to the decision, and every run does so when it starts. Largest allowed"
        f" difference of a score: {tolerances}. The hash of every file stands in `bundle.json`."
    )


def _limits(document: Document) -> str:
    size = document["input"]
    return (
        "It judges the picture as a whole: it gives no boxes and does not count. Whatever fills"
        f" only a few of the {size['width']}x{size['height']} pixels is easily missed. The numbers"
        " hold for pictures like those it was measured on, and the gate's bounds take them as"
        " independent; measure it on your own with `trucksight evaluate` before you rely on it."
    )


def _versions(document: Document) -> str:
    versions = _first(document)["versions"]
    return ", ".join(f"{name} {number}" for name, number in versions.items()) + "."


def _certificates(document: Document) -> dict[str, Any]:
    return {name: entry["certificate"] for name, entry in document["variants"].items()}


def _first(document: Document) -> Any:
    return next(iter(_certificates(document).values()))


def _or_dash(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
