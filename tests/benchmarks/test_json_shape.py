"""What `asdict` wrote comes back as it was, and nothing else is taken for it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import pytest

from trucksight.benchmarks.json_shape import shaped


@dataclass(frozen=True)
class Inner:
    number: int
    real: float
    words: tuple[str, ...]


@dataclass(frozen=True)
class Outer:
    inner: list[Inner]
    by_name: dict[Literal["a", "b"], list[int]]
    sizes: tuple[tuple[int, int], ...]
    maybe: Inner | None
    flag: bool
    text: str = "x"
    notes: list[str] = field(default_factory=list)


WHOLE = Outer([Inner(1, 2.5, ("p", "q"))], {"a": [1, 2]}, ((3, 4), (5, 6)), None, True)


def test_there_and_back() -> None:
    assert shaped(Outer, json.loads(json.dumps(asdict(WHOLE)))) == WHOLE


def test_a_whole_number_may_stand_for_a_real_one() -> None:
    assert shaped(Inner, {"number": 1, "real": 2, "words": []}) == Inner(1, 2.0, ())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"text": 1}, ".text: expected str, not int"),
        ({"flag": 1}, ".flag: expected bool, not int"),
        ({"sizes": [[1, 2, 3]]}, "zip"),
        ({"by_name": {"c": [1]}}, "'c' is none of"),
        ({"by_name": {"a": ["1"]}}, r".by_name.a\[0\]: expected int, not str"),
        ({"inner": {}}, ".inner: expected a list, not dict"),
        ({"inner": [{"number": True, "real": 1.0, "words": []}]}, "expected int, not bool"),
        ({"maybe": 3}, ".maybe: expected number"),
        ({"more": 3}, "expected by_name, flag"),
    ],
)
def test_another_shape_is_refused_with_its_place(change: dict[str, Any], words: str) -> None:
    document = {**json.loads(json.dumps(asdict(WHOLE))), **change}
    with pytest.raises((TypeError, ValueError), match=words):
        shaped(Outer, document)
