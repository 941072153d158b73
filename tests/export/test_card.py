from __future__ import annotations

import copy
import io
import re
from collections.abc import Iterator
from itertools import count
from typing import Any

import matplotlib.image
import numpy as np
import pytest

from trucksight.export.card import model_card
from trucksight.export.plots import draw_plots

Document = dict[str, Any]
SECTIONS = (
    "Intended use", "Variants", "How it was measured", "Gate", "Distance from the source",
    "Probability and threshold", "Training", "Check it where it runs", "Limits", "Versions",
)  # fmt: skip
NUMBER = re.compile(r"\d[\d.,]*")
NAMES_WITH_DIGITS = ("SHA-256", "99th percentile", "accuracy (95 % interval)")
"""The last is the interval of `train.metrics`, which knows no other."""
ONLY_PLOTTED = {"curves", "source_curves", "confusion"}
NOT_PRINTED = {
    "measured.balanced_accuracy", "source_measured.balanced_accuracy", "measured.f1",
    "source_measured.f1", "variant-a.score",
    # These stand elsewhere: in the variant's and the source's entry, in `measured`, in the reason.
    "threshold.value", "measured.threshold", "source_measured.threshold", "source_measured.n",
    "gate.needs_n", "gate.needs_positive",
}  # fmt: skip


class Numbers:
    """Numbers for a document; those of two shifts differ wherever they stand."""

    def __init__(self, shift: int) -> None:
        self.shift = shift
        self.turn = count()

    def whole(self) -> int:
        return 1000 + 13 * next(self.turn) + 5000 * self.shift

    def share(self) -> float:
        return round(0.1 + (0.0031 * next(self.turn)) % 0.4 + 0.37 * self.shift, 4)

    def sha256(self) -> str:
        return str(self.whole()).ljust(64, "0")


def comparison(of: Numbers) -> Document:
    shares = ("source", "variant", "drop", "lower", "upper")
    return {
        **{name: of.whole() for name in ("n", "lost", "won")},
        **{name: of.share() for name in shares},
        "verdict": "passed",
    }


def gate(of: Numbers, verdict: str = "passed", because: str | None = None) -> Document:
    return {
        "verdict": verdict,
        "reason": f"{verdict}: of {of.whole()} pictures",
        "max_drop": of.share(),
        "confidence": of.share(),
        "method": "Somebody's bounds",
        "accuracy": comparison(of),
        "recall": comparison(of),
        "needs_n": of.whole(),
        "needs_positive": of.whole(),
        "accepted": {"because": because} if because else None,
    }


def metrics(of: Numbers, labels: list[str]) -> Document:
    names = ("accuracy", "accuracy_low", "accuracy_high", "balanced_accuracy", "precision")
    return {
        "n": of.whole(),
        **{name: of.share() for name in (*names, "recall", "f1", "roc_auc", "threshold")},
        "confusion": [[of.whole() for _ in labels] for _ in labels],
        "labels": labels,
        "positive": labels[-1],
    }


def curve(of: Numbers) -> Document:
    shares = sorted(of.share() for _ in range(4))
    bins = [{"mean": of.share(), "share": of.share(), "n": of.whole()} for _ in range(3)]
    return {"roc": {"fpr": [0, *shares, 1], "tpr": [0, *shares, 1]}, "reliability": bins}


def certificate(of: Numbers, labels: list[str]) -> Document:
    parts = [
        {"name": name, "n": of.whole(), "n_positive": of.whole()} for name in ("holdout", "yard")
    ]
    losses = ("log_loss_before", "log_loss_after", "brier_before", "brier_after")
    return {
        "parity": {
            **{name: of.whole() for name in ("n", "flips")},
            **{name: of.share() for name in ("max", "p99", "mean")},
            "engine": f"engine {of.whole()}",
        },
        "calibration": {"method": "platt", **{name: of.share() for name in losses}},
        "threshold": {
            "operating_point": f"recall={of.share()}",
            **{name: of.share() for name in ("value", "low", "high", "confidence")},
            **{name: of.whole() for name in ("n", "n_positive")},
        },
        "gate": gate(of),
        "measured": metrics(of, labels),
        "source_measured": metrics(of, labels),
        "curves": curve(of),
        "source_curves": curve(of),
        "sets": {
            **{
                name: {"n": of.whole(), "sha256": of.sha256()}
                for name in ("integer_ranges", "calibration", "holdout")
            },
            "gate": {"n": of.whole(), "sha256": of.sha256(), "parts": parts},
        },
        "versions": {"tool": f"{of.whole()}"},
    }


def fit(of: Numbers) -> Document:
    return {"slope": of.share(), "offset": of.share(), "clip": of.share() / 1000}


def variant(of: Numbers, labels: list[str]) -> Document:
    return {
        "size_bytes": 10_000 * of.whole(),
        "calibration": fit(of),
        "threshold": of.share(),
        "abstain": {"low": of.share(), "high": of.share()},
        "lowest_runtime": {"an-engine": f"{of.whole()}"},
        "golden_tolerance": of.share(),
        "certificate": certificate(of, labels),
    }


def document(
    variants: int = 1, shift: int = 0, labels: tuple[str, ...] = ("no_truck", "truck")
) -> Document:
    """What the card reads of a `bundle.json`, with a refused variant; its numbers are made up."""
    of, names = Numbers(shift), list(labels)
    return {
        "name": "a-bundle",
        "created": f"{of.whole()}-{of.whole():05d}T",
        "labels": names,
        "positive": names[-1],
        "input": {
            **{name: of.whole() for name in ("width", "height")},
            "resampling": "area", "fit": "stretch", "color": "RGB", "dtype": "bytes",
        },
        "source": {
            "architecture": {"name": "net", "width": of.share()},
            "parameters": of.whole(),
            **{name: of.sha256() for name in ("model_sha256", "run_sha256")},
            "threshold": of.share(),
            "calibration": fit(of),
        },
        "variants": {f"variant-{letter}": variant(of, names) for letter in "abcdefghij"[:variants]},
        "refused": {"variant-z": {"reason": "failed: it drops", "gate": gate(of, "failed")}},
        "golden": [{"variants": {"variant-a": {"score": of.share()}}}] * (2 + shift),
    }  # fmt: skip


def run_info(shift: int = 0) -> Document:
    """What the card reads of a `run.json`."""
    of = Numbers(shift)
    return {
        "architecture": {"weights_sha256": of.sha256()},
        "options": {
            "model": "net", "weights": "/home/somebody/start.h", "seed": of.whole(),
            "rate": of.share(), "positive": None,
        },
        "epochs": of.whole(),
        "interrupted": False,
        "collapsed": None,
        "data": {
            "counts": {
                split: {label: of.whole() for label in ("no_truck", "truck")}
                for split in ("train", "select", "holdout")
            }
        },
    }  # fmt: skip


def card(of: Document, notes: str = "") -> str:
    return model_card(of, run_info(), notes)


def accept(of: Document, name: str, verdict: str, because: str) -> Document:
    of["variants"][name]["certificate"]["gate"] = gate(Numbers(0), verdict, because)
    return of


def headings(text: str) -> list[str]:
    return re.findall(r"^## (.+)$", text, re.MULTILINE)


def section(text: str, head: str) -> str:
    return text.split(f"\n## {head}\n")[1].split("\n## ")[0]


def cells(text: str, head: str, name: str) -> dict[str, str]:
    """The first row of a section's table that begins with `name`, by the heads of its columns."""
    rows = [
        [cell.strip() for cell in line.strip("|").split(" | ")]
        for line in section(text, head).splitlines()
        if line.startswith("|")
    ]
    found = next(row for row in rows[2:] if row[0] == name)
    return dict(zip(rows[0], found, strict=True))


def leaves(of: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all numbers."""
    if isinstance(of, dict | list):
        for key, value in of.items() if isinstance(of, dict) else enumerate(of):
            yield from leaves(value, (*path, key))
    elif isinstance(of, int | float) and not isinstance(of, bool):
        yield path


def changed(of: Document, path: tuple[Any, ...]) -> Document:
    copied = copy.deepcopy(of)
    *way, last = path
    place: Any = copied
    for key in way:
        place = place[key]
    place[last] += 20_000 if isinstance(place[last], int) else 0.05
    return copied


@pytest.fixture(scope="module")
def plots() -> dict[str, bytes]:
    """Those of one variant."""
    return draw_plots(document())


def test_every_number_of_a_certificate_is_printed_or_plotted() -> None:
    of = document()
    before = card(of)
    silent = [path for path in leaves(of) if card(changed(of, path)) == before]
    left = [path for path in silent if not ONLY_PLOTTED & set(path) and path[0] != "refused"]
    assert {f"{path[-2]}.{path[-1]}" for path in left} == NOT_PRINTED


def test_every_number_of_the_training_is_printed() -> None:
    info = run_info()
    before = model_card(document(), info, "")
    assert all(model_card(document(), changed(info, path), "") != before for path in leaves(info))


def test_no_number_is_typed() -> None:
    texts = [model_card(document(3, shift), run_info(shift), "") for shift in (0, 1)]
    for words in NAMES_WITH_DIGITS:
        texts = [text.replace(words, "") for text in texts]
    first, second = (NUMBER.findall(text) for text in texts)
    assert len(first) == len(second) > 200
    assert not [one for one, other in zip(first, second, strict=True) if one == other]


def test_the_card_has_its_sections_and_ends_with_the_notes() -> None:
    of = document()
    of["refused"] = {}
    text = card(of, "\n## Data and licences\n\nOurs.\n\n")
    assert headings(text) == [*SECTIONS, "Data and licences"]
    assert text.startswith("# a-bundle\n\nTells from a whole picture whether `truck` is in it")
    assert text.endswith("\n## Data and licences\n\nOurs.\n")


def test_what_there_is_nothing_to_say_about_is_left_out() -> None:
    of = document()
    of["refused"] = {}
    of["source"]["architecture"]["width"] = None
    of["variants"]["variant-a"]["certificate"]["sets"]["integer_ranges"] = None
    text = card(of)
    assert not [words for words in ("None", "of width", "integer ranges |", "> ") if words in text]


def test_what_is_unknown_is_a_dash() -> None:
    of = document()
    entry = of["variants"]["variant-a"]
    entry |= {"abstain": None, "lowest_runtime": {}}
    one = entry["certificate"]
    one["parity"]["p99"] = one["measured"]["roc_auc"] = one["source_measured"]["roc_auc"] = None
    one["gate"]["recall"] = None
    text = card(of)
    row = cells(text, "Variants", "variant-a")
    assert row["ROC AUC"] == row["lowest runtime"] == "-"
    assert row["gate: drop at most (accuracy / recall)"].endswith(" / -")
    assert cells(text, "Variants", "Keras source")["ROC AUC"] == "-"
    assert cells(text, "Distance from the source", "variant-a")["99th percentile"] == "-"
    assert cells(text, "Probability and threshold", "variant-a")["no answer between"] == "-"


def test_a_refused_variant_stands_there_with_its_reason_and_its_bounds() -> None:
    text = card(document())
    assert cells(text, "Refused", "variant-z")["reason"] == "failed: it drops"
    assert cells(text, "Gate", "variant-z (refused)")["of"] == "accuracy"


def test_an_override_stands_before_everything_else() -> None:
    text = card(accept(document(2), "variant-b", "undecided", "the yard\nis closed"))
    top = text.split("\n## ")[0]
    assert "> **variant-b did not pass its gate and is here all the same.**" in top
    assert "Gate: undecided: of 1000 pictures. Let in because: the yard is closed" in top
    bounds = cells(text, "Variants", "variant-b")["gate: drop at most (accuracy / recall)"]
    assert bounds.startswith("**undecided, accepted**: 0.")
    assert "variant-a did not pass" not in text


def test_a_variant_that_passed_without_its_override_is_not_said_to_have_failed() -> None:
    text = card(accept(document(), "variant-a", "passed", "to be safe"))
    assert "did not pass" not in text
    assert "accepted" not in text


def test_user_text_breaks_no_table() -> None:
    of = document(labels=("no|truck", "truck"))
    of["refused"]["variant-z"]["reason"] = "failed: a | b\nc"
    text = card(of)
    blocks = re.findall(r"(?:^\|.*\n?)+", text, re.MULTILINE)
    assert len(blocks) == 7
    for block in blocks:
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}) == 1
    assert r"failed: a \| b c" in text


def test_a_card_of_three_labels_says_that_precision_and_recall_are_means() -> None:
    of = document(labels=("bus", "car", "truck"))
    text = card(of)
    assert "precision and recall are means over the labels" in text
    assert "precision and recall are of `truck`" in card(document())
    assert cells(text, "Training", "train")["bus"] == "0"


@pytest.mark.parametrize("point", ["balanced", "f1", "recall=0.9", "fpr=0.01"])
def test_every_operating_point_is_explained(point: str) -> None:
    of = document()
    of["variants"]["variant-a"]["certificate"]["threshold"]["operating_point"] = point
    assert f"Operating point `{point}`: the " in card(of)


def test_weights_are_named_without_their_folder() -> None:
    assert "somebody" not in card(document())
    assert "weights start.h (SHA-256 1000000000000000...)" in card(document())


def test_a_training_that_went_wrong_says_so() -> None:
    info = run_info() | {"interrupted": True, "collapsed": "Always the same answer."}
    text = section(model_card(document(), info, ""), "Training")
    assert "Interrupted: these are the best weights up to then." in text
    assert "**Always the same answer.**" in text


def test_the_card_shows_the_plots_that_are_drawn(plots: dict[str, bytes]) -> None:
    assert re.findall(r"!\[\w[^\]]+\]\(([^)]+)\)", card(document())) == list(plots)


def test_the_same_document_gives_the_same_plots(plots: dict[str, bytes]) -> None:
    assert draw_plots(document()) == plots


@pytest.mark.parametrize("curves", ["curves", "source_curves"])
def test_the_plots_show_the_curves_of_the_document(curves: str, plots: dict[str, bytes]) -> None:
    way = ("variants", "variant-a", "certificate", curves)
    of = changed(document(), (*way, "roc", "tpr", 2))
    others = draw_plots(changed(of, (*way, "reliability", 1, "share")))
    assert all(others[name] != content for name, content in plots.items())


def test_the_plots_mark_the_threshold(plots: dict[str, bytes]) -> None:
    of = changed(document(), ("variants", "variant-a", "threshold"))
    of = changed(of, ("variants", "variant-a", "certificate", "measured", "confusion", 1, 1))
    others = draw_plots(of)
    assert all(others[name] != content for name, content in plots.items())


@pytest.mark.parametrize("variants", [1, 7])
def test_plots_are_small_and_as_wide_as_a_readme(variants: int) -> None:
    for content in draw_plots(document(variants)).values():
        assert len(content) <= 40_000
        assert b"Software" not in content
        assert 400 < matplotlib.image.imread(io.BytesIO(content)).shape[1] < 900


def test_pictures_of_one_kind_and_odd_labels_can_be_plotted() -> None:
    of = document(labels=("no_truck", "_tr$uck"))
    one = of["variants"]["variant-a"]["certificate"]
    for which in ("", "source_"):
        one[f"{which}curves"]["roc"] = {"fpr": [], "tpr": []}
        one[f"{which}measured"] |= {"roc_auc": None, "confusion": [[0, 0], [3, 5]]}
    for content in draw_plots(of).values():
        assert np.ptp(matplotlib.image.imread(io.BytesIO(content))) > 0.5
