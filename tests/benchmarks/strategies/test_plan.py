"""Plans: what may stand in one, and that everything wrong is told with its row."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from trucksight.benchmarks.strategies.plan import DEFAULT_PLAN, read_plan
from trucksight.runtime.errors import SettingsError, UsageError
from trucksight.train.architectures import ARCHITECTURES
from trucksight.train.options import TrainOptions

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def of(text: str) -> Path:
        path = tmp_path / "mine.toml"
        path.write_text(text)
        return path

    return of


def test_a_row_takes_what_is_said_for_every_row_and_goes_before_it(write: Write) -> None:
    plan = read_plan(
        write(
            "[every-row]\nepochs = 3\nseed = 7\n"
            '[[row]]\nname = "a"\nmodel = "lenet5"\n'
            '[[row]]\nname = "b"\nmodel = "mlp"\nepochs = 5\nsize = "32x24"\n'
        )
    )
    assert (plan.name, plan.baseline) == ("mine.toml", "a")
    assert [row.name for row in plan.rows] == ["a", "b"]
    assert plan.rows[0].options == TrainOptions(model="lenet5", epochs=3, seed=7)
    assert plan.rows[1].options == TrainOptions(model="mlp", epochs=5, seed=7, size=(32, 24))


def test_everything_wrong_is_told_with_its_row(write: Write) -> None:
    with pytest.raises(SettingsError) as raised:
        read_plan(
            write(
                'colour = "red"\n'
                '[[row]]\nname = "a"\nmodel = "alexnet"\nsize = 32\nepoch = 3\n'
                '[[row]]\nname = "b"\nmodel = "lenet5"\nepochs = 0\n'
                '[[row]]\nname = "c"\nmodel = "lenet5"\n'
                '[[row]]\nname = "c"\nmodel = "mlp"\n'
                '[[row]]\nname = "../d"\n'
            )
        )
    told = "\n".join(raised.value.lines)
    assert "colour: a plan has baseline, every-row, row alone" in told
    assert "row a: there is no option epoch" in told
    assert "row a: size: alexnet takes 63 pixels or more, not 32" in told
    assert "row b: epochs: " in told
    assert "row 4: there is another named c" in told
    assert "row 5: its name must be of a-z, 0-9, dot and dash, not '../d'" in told


def test_a_baseline_is_a_row(write: Write) -> None:
    with pytest.raises(SettingsError, match="baseline: no row is named 'z'"):
        read_plan(write('baseline = "z"\n[[row]]\nname = "a"\n'))


def test_a_plan_has_a_row(write: Write) -> None:
    with pytest.raises(UsageError, match=r"expected \[\[row\]\] tables"):
        read_plan(write("[every-row]\nseed = 1\n"))


def test_weights_are_sought_in_their_folder(write: Write, tmp_path: Path) -> None:
    plan = read_plan(
        write('[[row]]\nname = "a"\nweights = "w.h5"\n[[row]]\nname = "b"\nweights = "none"\n')
    )
    with pytest.raises(UsageError, match=r"no weights file w\.h5; --weights-folder says where"):
        plan.rows[0].with_weights_from(None)
    with pytest.raises(UsageError, match=r"no weights file w\.h5$"):
        plan.rows[0].with_weights_from(tmp_path)
    (tmp_path / "w.h5").touch()
    assert plan.rows[0].with_weights_from(tmp_path).weights == str(tmp_path.resolve() / "w.h5")
    assert plan.rows[1].with_weights_from(None).weights == "none"


@pytest.mark.parametrize("name", ["plan.toml", "imagenet.toml"])
def test_a_plan_that_ships_has_every_family_and_every_strategy(name: str) -> None:
    plan = read_plan(DEFAULT_PLAN.with_name(name))
    options = [row.options.resolved() for row in plan.rows]
    assert {one.model for one in options} == set(ARCHITECTURES)
    assert {one.strategy for one in options} == {
        *("scratch", "extract", "fine-tune", "two-stage", "gradual", "discriminative"),
    }
