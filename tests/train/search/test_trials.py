"""The table, the best of the trials, and where a process stands."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest

from trucksight.runtime.errors import UsageError
from trucksight.train.search.places import place_here
from trucksight.train.search.plot import draw_trials
from trucksight.train.search.space import SPACES
from trucksight.train.search.trials import Tried, as_table, best_of, described

CHEAP = Tried(1, "trained", {"dropout": 0.25}, 0.9, 1000, 2_000_000, None, 4, 2.0)
DEAR = Tried(2, "trained", {"dropout": 0.5}, 0.9, 9000, 8_000_000, None, 4, 2.0)
REFUSED = Tried(3, "refused", {"dropout": 0.1}, why="9,999 parameters are over the 10 allowed")
WORSE = Tried(4, "trained", {"dropout": 0.0}, 0.4, 10, 10, None, 4, 2.0)


def test_of_equals_the_cheaper_one_is_the_best() -> None:
    assert best_of([DEAR, CHEAP, REFUSED, WORSE]) is CHEAP
    assert best_of([REFUSED]) is None


def test_the_table_begins_with_the_best_and_ends_with_what_was_refused() -> None:
    head, *rows = as_table([REFUSED, WORSE, DEAR, CHEAP])
    assert " ms " not in head
    assert [row.lstrip("* ").split()[0] for row in rows] == ["1", "2", "4", "3"]
    assert rows[0].startswith("*") and not rows[1].startswith("*")
    assert rows[-1].endswith("dropout 0.1 (9,999 parameters are over the 10 allowed)")


def test_a_latency_is_shown_where_it_was_measured() -> None:
    timed = Tried(1, "trained", {}, 0.9, 1000, 2_000_000, 1.234, 4, 2.0)
    assert "1.23" in as_table([timed])[1]


def test_blocks_are_told_together() -> None:
    values = {"blocks": 2, "filters_1": 16, "filters_2": 64, "kernel_1": 3, "kernel_2": 5,
              "learning_rate": 0.00123}  # fmt: skip
    assert described(values) == "filters 16,64, kernel 3,5, rate 0.00123"


def test_the_plot_has_a_panel_for_each_parameter_that_was_tried(tmp_path: Path) -> None:
    trials = [CHEAP, DEAR, REFUSED, WORSE]
    draw_trials(tmp_path / "one.png", trials, {"dropout": SPACES["plain"]["dropout"]})
    one = cv2.imread(str(tmp_path / "one.png"))
    more = [
        Tried(
            number,
            "trained",
            {"blocks": 2, "filters_1": 16, "kernel_1": 5, "activation": "selu", "dropout": 0.3},
            0.5 + number / 10,
            1,
            number * 1000,
        )
        for number in (1, 2)
    ]
    draw_trials(tmp_path / "more.png", more, SPACES["stack"])
    assert one is not None and one.std() > 5
    assert cv2.imread(str(tmp_path / "more.png")).shape[0] > one.shape[0]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("identifier", "place"), [("chief", "chief"), ("worker-0", "worker"), ("tuner1", "worker")]
)
def test_the_environment_says_where_a_process_stands(identifier: str, place: str) -> None:
    said = {
        "KERASTUNER_TUNER_ID": identifier,
        "KERASTUNER_ORACLE_IP": "127.0.0.1",
        "KERASTUNER_ORACLE_PORT": "8000",
    }
    assert place_here(said) == place
    assert place_here({"KERASTUNER_TUNER_ID": identifier}) == "alone"


def test_half_an_environment_is_refused() -> None:
    with pytest.raises(UsageError, match="set KERASTUNER_TUNER_ID and KERASTUNER_ORACLE_PORT too"):
        place_here({"KERASTUNER_ORACLE_IP": "127.0.0.1"})
    with pytest.raises(UsageError, match="must be a port"):
        place_here(
            {
                "KERASTUNER_ORACLE_IP": "127.0.0.1",
                "KERASTUNER_ORACLE_PORT": "http",
                "KERASTUNER_TUNER_ID": "chief",
            }
        )
