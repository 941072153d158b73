"""The tables of a model card: what was measured of each variant, from `bundle.json`."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..train.scores.metrics import Z_95

Document = Mapping[str, Any]
WILSON = math.erf(Z_95 / math.sqrt(2))
"""Confidence of the interval of an accuracy."""
SOURCE = "Keras source"
OPERATING_POINTS = {
    "balanced": "the best mean of recall and specificity",
    "f1": "the best F1",
    "recall": "the largest threshold that still finds this share",
    "fpr": "the smallest threshold that calls at most this share of the others positive",
}


def variants_table(document: Document) -> str:
    """What each variant is worth, and the plots."""
    first = first_certificate(document)
    of = f"of `{document['positive']}`" if len(document["labels"]) == 2 else "means over the labels"
    heads = ["variant", "MB", f"accuracy ({percent(WILSON)} interval)", "precision", "recall"]
    confidence = percent(first["threshold"]["confidence"])
    heads += ["ROC AUC", "answers that differ", f"threshold ({confidence} interval)"]
    heads += ["gate: drop at most (accuracy / recall)", "lowest runtime"]
    rows = [_variant(name, entry) for name, entry in document["variants"].items()]
    threshold = f"{document['source']['threshold']:.4f}"
    rows.append([SOURCE, "", *_scores(first["source_measured"]), "", threshold, "", ""])
    return (
        f"Measured on {first['measured']['n']} held-out pictures; precision and recall are {of}."
        " Answers are compared with the source's on the gate's pictures.\n\n"
        + table(heads, rows)
        + "\n\n![ROC curve of each variant over that of its source](plots/roc.png)"
        + "\n\n![Reliability of each variant's calibrated probability](plots/reliability.png)"
    )


def _variant(name: str, entry: Document) -> list[str]:
    one, runtime = entry["certificate"], entry["lowest_runtime"]
    parity, threshold, gate = one["parity"], one["threshold"], one["gate"]
    bounds = " / ".join(f"{part['upper']:.4f}" if part else "-" for part in _comparisons(gate))
    verdict = f"**{gate['verdict']}, accepted**" if is_accepted(gate) else gate["verdict"]
    return [
        name,
        f"{entry['size_bytes'] / 1e6:.2f}",
        *_scores(one["measured"]),
        f"{parity['flips']} of {parity['n']}",
        f"{entry['threshold']:.4f} ({threshold['low']:.4f} to {threshold['high']:.4f})",
        f"{verdict}: {bounds}",
        ", ".join(f"{package} {version}" for package, version in runtime.items()) or "-",
    ]


def _scores(of: Document) -> list[str]:
    return [
        f"{of['accuracy']:.3f} ({of['accuracy_low']:.3f} to {of['accuracy_high']:.3f})",
        f"{of['precision']:.3f}",
        f"{of['recall']:.3f}",
        _or_dash(of["roc_auc"], 3),
    ]


def refused_table(document: Document) -> str:
    """What was made and not let in; empty where nothing was."""
    rows = [[name, one["reason"]] for name, one in document["refused"].items()]
    return "Made, measured and left out.\n\n" + table(["variant", "reason"], rows) if rows else ""


def gate_table(document: Document) -> str:
    """How each variant fared against its source, those that were refused too."""
    first, positive = first_certificate(document), document["positive"]
    gate = first["gate"]
    pictures = "; ".join(
        f"{part['n']} of `{part['name']}` ({part['n_positive']} {positive})"
        for part in first["sets"]["gate"]["parts"]
    )
    gates = {name: one["gate"] for name, one in certificates(document).items()}
    gates |= {f"{name} (refused)": one["gate"] for name, one in document["refused"].items()}
    rows = [
        [
            name,
            what,
            str(part["n"]),
            f"{part['source']:.4f}",
            f"{part['variant']:.4f}",
            f"{part['lost']} / {part['won']}",
            f"{part['drop']:+.4f}",
            f"{part['lower']:+.4f} / {part['upper']:+.4f}",
            part["verdict"],
        ]
        for name, one in gates.items()
        for what, part in zip(("accuracy", "recall"), _comparisons(one), strict=True)
        if part
    ]
    heads = ["variant", "of", "pictures", "source", "the variant", "lost / won", "drop"]
    return (
        "Each variant and its float source answered the same pictures, each at its own threshold:"
        f" {pictures}. A variant passes when its accuracy and its recall of `{positive}` are both"
        f" shown to drop by at most {gate['max_drop']:g}, fails when one is shown to drop by more,"
        f" and is undecided in between ({gate['method']}; one-sided bounds of"
        f" {percent(gate['confidence'])}). Lost: right by the source alone; won: by the variant"
        " alone.\n\n" + table([*heads, "drop at least / at most", "verdict"], rows)
    )


def parity_table(document: Document) -> str:
    """How far the scores lie from the source's."""
    rows = []
    for name, one in certificates(document).items():
        near = one["parity"]
        numbers = [_or_dash(near[key], 4) for key in ("max", "p99", "mean")]
        rows.append([name, *numbers, str(near["n"]), near["engine"]])
    heads = ["variant", "largest", "99th percentile", "mean", "pictures", "engine"]
    return (
        f"Absolute difference of the score of `{document['positive']}` from Keras's, before"
        " calibration.\n\n" + table(heads, rows)
    )


def calibration_table(document: Document) -> str:
    """From score to probability to answer."""
    threshold = first_certificate(document)["threshold"]
    point = threshold["operating_point"]
    rows = []
    for name, entry in document["variants"].items():
        fitted, band = entry["certificate"]["calibration"], entry["abstain"]
        rows.append(
            [
                name,
                *_fit(entry["calibration"]),
                f"{fitted['log_loss_before']:.4f} / {fitted['log_loss_after']:.4f}",
                f"{fitted['brier_before']:.4f} / {fitted['brier_after']:.4f}",
                f"{band['low']:.4f} to {band['high']:.4f}" if band else "-",
            ]
        )
    rows.append([SOURCE, *_fit(document["source"]["calibration"]), "", "", ""])
    heads = ["variant", "slope", "offset", "clip", "log loss before / after"]
    return (
        f"Operating point `{point}`: {OPERATING_POINTS[point.partition('=')[0]]}, on"
        f" {threshold['n']} calibration pictures ({threshold['n_positive']}"
        f" {document['positive']}). Probability = sigmoid(slope x logit(score) + offset), the score"
        " kept clip away from either end, fitted by Platt's method on the same pictures.\n\n"
        + table([*heads, "Brier score before / after", "no answer between"], rows)
    )


def _fit(of: Document) -> list[str]:
    return [f"{of['slope']:.4f}", f"{of['offset']:+.4f}", f"{of['clip']:.3g}"]


def certificates(document: Document) -> dict[str, Document]:
    """The certificate of each variant, in the order of the document."""
    return {name: entry["certificate"] for name, entry in document["variants"].items()}


def first_certificate(document: Document) -> Document:
    """One export judges all its variants by the same rules, so the first speaks for all."""
    return next(iter(certificates(document).values()))


def is_accepted(gate: Document) -> bool:
    """Whether the variant did not pass and is let in all the same."""
    return gate["verdict"] != "passed" and gate["accepted"] is not None


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; what would end a cell or a row is made harmless."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(
        f"| {' | '.join(one_line(cell).replace('|', chr(92) + '|') for cell in line)} |"
        for line in lines
    )


def one_line(text: str) -> str:
    """Text of a user without its line breaks."""
    return " ".join(text.split())


def short(sha256: str) -> str:
    """Enough of a hash to tell it from others."""
    return f"{sha256[:16]}..."


def _comparisons(gate: Document) -> tuple[Document, Document | None]:
    return gate["accuracy"], gate["recall"]


def percent(share: float) -> str:
    """0.95 as `95 %`."""
    return f"{100 * share:g} %"


def _or_dash(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
