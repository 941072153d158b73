"""A run's summary for a person."""

from __future__ import annotations

from typing import Any


def summary_text(document: dict[str, Any]) -> str:
    """The lines that `run` prints, from the document that `run --json` prints."""
    fps, ages, sent = document["fps"], document["age_ms"], document["deliveries"]
    rows = {
        "source": document["source"],
        "model": f"{document['bundle']}, {document['variant']}, {document['engine']},"
        f" {document['threads']} threads",
        "verified": _verified(document["verified"]),
        "frames": f"{document['captured']} captured, {document['decided']} decided,"
        f" {_counts(document['dropped']) or 0} dropped",
        "verdicts": ", ".join(
            f"{count} {name.replace('_', ' ')}" for name, count in document["verdicts"].items()
        ),
        "unknown": _counts(document["unknown_reasons"]),
        "events": str(document["events"]),
        "notices": _counts(document["notices"]),
        "age": f"p50 {_ms(ages['p50'])}, p99 {_ms(ages['p99'])}",
        "speed": "-" if fps is None else f"{fps:.1f} decisions per second",
    }
    lines = [f"{name:<9} {value}" for name, value in rows.items() if value]
    lines += [f"{'note':<9} {note}" for note in document["notes"]]
    lines += [f"{'told':<9} {name}: {_sent(counts)}" for name, counts in sent.items()]
    lines += [f"{'failed':<9} {name}: {why}" for name, why in document["sink_errors"].items()]
    return "\n".join(lines)


def _verified(replay: dict[str, Any] | None) -> str:
    if replay is None:
        return ""
    return f"{replay['pictures']} golden pictures in {replay['seconds']:.2f} s"


def _sent(counts: dict[str, Any]) -> str:
    told = ("sent", "waiting", "written", "dropped", "frames_dropped")
    words = [f"{counts[name]} {name.replace('_', ' ')}" for name in told if counts.get(name)]
    return ", ".join(words or ["nothing"])


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items())


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} ms"
