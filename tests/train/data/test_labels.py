"""Which class is looked for."""

from __future__ import annotations

import pytest

from trucksight.runtime.errors import DataError
from trucksight.train.data.labels import choose_positive, output_order


@pytest.mark.parametrize(
    ("labels", "positive"),
    [
        (["no_truck", "truck"], "truck"),
        (["bus", "car", "truck"], "truck"),
        (["lorry", "no_lorry"], "lorry"),
        (["not_van", "van"], "van"),
        (["apple", "pear"], "pear"),
    ],
)
def test_the_default_positive_class(labels: list[str], positive: str) -> None:
    assert choose_positive(labels)[0] == positive


def test_the_positive_class_can_be_asked_for() -> None:
    assert choose_positive(["no_truck", "truck"], "no_truck")[0] == "no_truck"


def test_an_unknown_positive_class_names_those_there_are() -> None:
    with pytest.raises(DataError, match="there are: no_truck, truck"):
        choose_positive(["truck", "no_truck"], "bus")


def test_a_sigmoid_s_output_is_the_positive_class() -> None:
    assert output_order(["a", "b"], "a") == ("b", "a")


def test_a_softmax_s_outputs_are_sorted() -> None:
    assert output_order(["c", "a", "b"], "a") == ("a", "b", "c")
