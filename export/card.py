"""The model card: written from `bundle.json` and `run.json`, never typed."""

from __future__ import annotations

from pathlib import Path

from .card_tables import (
    Document,
    calibration_table,
    certificates,
    first_certificate,
    gate_table,
    is_accepted,
    one_line,
    parity_table,
    refused_table,
    short,
    table,
    variants_table,
)


def model_card(document: Document, run_info: Document, notes: str) -> str:
    """Markdown for `MODEL_CARD.md`; a section that has nothing to say is left out.

    Args:
        document: what is written as `bundle.json`.
        run_info: the run's `run.json`.
        notes: paragraphs on data, licences and limits; may be empty.
    """
    sections = {
        "Intended use": _use(document),
        "Variants": variants_table(document),
        "Refused": refused_table(document),
        "How it was measured": _method(document),
        "Gate": gate_table(document),
        "Distance from the source": parity_table(document),
        "Probability and threshold": calibration_table(document),
        "Training": _training(document, run_info),
        "Check it where it runs": _verify(document),
        "Limits": _limits(document),
        "Versions": _versions(document),
    }
    parts = [f"# {document['name']}", _what(document), _accepted(document)]
    parts += [f"## {head}\n\n{text}" for head, text in sections.items() if text]
    return "\n\n".join(part for part in [*parts, notes.strip()] if part) + "\n"


def _what(document: Document) -> str:
    size, source = document["input"], document["source"]
    labels = ", ".join(f"`{label}`" for label in document["labels"])
    width = source["architecture"].get("width")
    return (
        f"Tells from a whole picture whether `{document['positive']}` is in it (classes: {labels})."
        f" Takes {size['width']}x{size['height']} {size['color']} pixels as {size['dtype']}"
        f" ({size['resampling']}, {size['fit']}); normalisation is inside the model."
        f" Architecture: {source['architecture']['name']}"
        f"{'' if width is None else f' of width {width}'}, {source['parameters']:,} parameters."
        f" Made on {document['created'][:10]}."
    )


def _accepted(document: Document) -> str:
    """Before everything else: what is here against its gate."""
    return "\n>\n".join(
        f"> **{name} did not pass its gate and is here all the same.** Gate:"
        f" {one_line(gate['reason'])}. Let in because: {one_line(gate['accepted']['because'])}"
        for name, one in certificates(document).items()
        for gate in [one["gate"]]
        if is_accepted(gate)
    )


def _use(document: Document) -> str:
    return (
        "A camera over a road that stays where it is; one answer a picture:"
        f" `{document['positive']}`, not, or unknown. For counting, alarms and statistics in which"
        " single errors do no harm. It is not a safety device, and not made to recognise persons or"
        " number plates."
    )


def _method(document: Document) -> str:
    sets = first_certificate(document)["sets"]
    ranges = [one["sets"]["integer_ranges"] for one in certificates(document).values()]
    used = {
        "held out: accuracy, precision, recall, ROC AUC, plots": sets["holdout"],
        "calibration: probability and threshold, and the epoch in training": sets["calibration"],
        "gate: the held-out pictures and those added for it": sets["gate"],
        "integer ranges": next(filter(None, ranges), None),
    }
    rows = [[use, str(one["n"]), short(one["sha256"])] for use, one in used.items() if one]
    return (
        "Pictures were decoded and scaled by the function that the board uses, and scored by the"
        " converted files. Neither training nor calibration chose anything on the held-out ones; no"
        " picture of the gate was seen in either or set the integer ranges, by content hash.\n\n"
        + table(["pictures", "number", "SHA-256 of the set"], rows)
    )


def _training(document: Document, run_info: Document) -> str:
    options = dict(run_info["options"])
    if options.get("weights") not in (None, "imagenet", "none"):
        digest = short(str(run_info["architecture"]["weights_sha256"]))
        options["weights"] = f"{Path(options['weights']).name} (SHA-256 {digest})"
    chosen = ", ".join(f"{name} {value}" for name, value in options.items() if value is not None)
    ended = (
        " Interrupted: these are the best weights up to then." if run_info["interrupted"] else ""
    )
    collapsed = f" **{one_line(run_info['collapsed'])}**" if run_info["collapsed"] else ""
    source, labels = document["source"], document["labels"]
    rows = [
        [split, *(str(of.get(label, 0)) for label in labels)]
        for split, of in run_info["data"]["counts"].items()
    ]
    return (
        f"Options: {chosen}. Epochs: {run_info['epochs']}.{ended}{collapsed}"
        f" SHA-256 of the Keras model: {short(source['model_sha256'])}, of its run.json:"
        f" {short(source['run_sha256'])}\n\n" + table(["pictures", *labels], rows)
    )


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
        " hold for pictures like those it was measured on, and intervals and bounds take these as"
        " independent; measure it on your own with `trucksight evaluate` before you rely on it."
    )


def _versions(document: Document) -> str:
    versions = first_certificate(document)["versions"]
    return ", ".join(f"{name} {number}" for name, number in versions.items()) + "."
