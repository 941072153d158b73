"""A ladder goes down, step by step, in what its user named."""

from __future__ import annotations

import pytest

from trucksight.runtime.errors import UsageError
from trucksight.runtime.ladder import Ladder, Level

START = Level(rate=10, size_wh=(1280, 720), variant="onnx-fp16")


def test_every_level_has_all_steps_up_to_it_applied() -> None:
    ladder = Ladder.parse(["rate=5", "size=640x360", "variant=tflite-int8", "rate=2.5"], START)
    assert ladder.levels == (
        START,
        Level(5, (1280, 720), "onnx-fp16"),
        Level(5, (640, 360), "onnx-fp16"),
        Level(5, (640, 360), "tflite-int8"),
        Level(2.5, (640, 360), "tflite-int8"),
    )
    assert ladder.last == 4


def test_what_the_start_leaves_open_may_become_anything() -> None:
    ladder = Ladder.parse(["rate=100", "size=4096x2160", "variant=x"])
    assert ladder.levels[0] == Level(None, None, None)
    assert ladder.levels[3] == Level(100, (4096, 2160), "x")


def test_a_step_is_told_in_the_spelling_of_the_ladder() -> None:
    ladder = Ladder.parse(["rate=2.5", "size=640x360", "variant=tflite-int8"], START)
    assert [ladder.does(level, level + 1) for level in range(3)] == [
        "rate=2.5",
        "size=640x360",
        "variant=tflite-int8",
    ]
    assert [ladder.does(level + 1, level) for level in range(3)] == [
        "rate=10",
        "size=1280x720",
        "variant=onnx-fp16",
    ]


def test_a_step_back_to_what_was_left_open_says_so() -> None:
    ladder = Ladder.parse(["rate=5", "size=640x360", "variant=tflite-int8"])
    assert [ladder.does(level + 1, level) for level in range(3)] == [
        "rate=all",
        "size=the source's own",
        "variant=the first that runs",
    ]


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ([], "needs one step or more"),
        (["threads=1"], "'threads=1': expected rate=5, size=640x360 or variant=NAME"),
        (["rate"], "expected decisions per second"),
        (["rate=fast"], "expected decisions per second, 0.2 or more"),
        (["rate=0"], "expected decisions per second"),
        (["rate=-1"], "expected decisions per second"),
        (["rate=nan"], "expected decisions per second"),
        (["rate=inf"], "expected decisions per second"),
        (["rate=10"], "'rate=10': expected less than 10 before it"),
        (["rate=5", "size=640x360", "rate=5"], "expected less than 5 before it"),
        (["rate=5", "rate=6"], "expected less than 5"),
        (["size=640"], "expected width and height of 32 to 16384 pixels"),
        (["size=640x"], "expected width and height"),
        (["size=0x360"], "expected width and height"),
        (["size=640x31"], "expected width and height"),
        (["size=16385x360"], "expected width and height"),
        (["size=640x360 "], "expected width and height"),
        (["size=1280x720"], "expected a smaller picture than 1280x720"),
        (["size=640x360", "size=480x480"], "expected a smaller picture than 640x360"),
        (["variant="], "expected the name of a variant"),
        (["variant=onnx-fp16"], "onnx-fp16 is in use before it already"),
        (["variant=a", "variant=b", "variant=a"], "a is in use before it already"),
    ],
)
def test_what_cannot_be_meant_is_refused(steps: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Ladder.parse(steps, START)


def test_a_size_may_keep_one_side() -> None:
    assert Ladder.parse(["size=960x720"], START).levels[1].size_wh == (960, 720)
