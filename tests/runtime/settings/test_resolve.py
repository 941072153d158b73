"""Options and a file become one checked set of settings, and everything wrong is said at once."""

from __future__ import annotations

import argparse
import dataclasses
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from trucksight.runtime.errors import SettingsError, UsageError
from trucksight.runtime.settings import OPTIONS, Settings, add_settings, print_config, resolve
from trucksight.runtime.settings.settings import spelt

Ask = Callable[..., Settings]

EVERYTHING = {
    "bundle": "some bundle",
    "variant": "tflite-int8",
    "backend": "litert",
    "threads": 3,
    "limit": {"black_level": 18.0, "sharpness": 0.01},
    "region": "0.1,0.4 0.9,1",
    "source": "fault:good*3",
    "size": (640, 360),
    "wait_for_source": True,
    "enter_s": 1.0,
    "leave_s": 2.5,
    "blind_s": 3.0,
    "enter_probability": 0.9,
    "leave_probability": 0.4,
    "max_age_ms": 250.0,
    "rate": 5.0,
    "max_frames": 1000,
    "step": ("rate=2", "size=320x180", "variant=tflite-fp32"),
    "step_age_ms": 200.0,
    "step_celsius": 75.0,
    "rotate_mb": 1.5,
    "snapshots_mb": 2.0,
    "clips_mb": 3.0,
    "clip_before_s": 1.0,
    "clip_after_s": 2.0,
    "mqtt": "mqtt://host/gate",
    "webhook": "http://host/hook",
    "spool_mb": 3.0,
    "http": "[::1]:8080",
    "log_format": "json",
    "log_level": "warning",
    "json": True,
    "quiet": True,
}
"""A value other than the default for every setting that is no file."""


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """Resolves options, and the text of a file."""

    def call(*options: str, file: str | None = None, complete: bool = True) -> Settings:
        parser = argparse.ArgumentParser()
        add_settings(parser)
        if file is not None:
            (tmp_path / "truck.toml").write_text(file)
            options = (*options, "--config", str(tmp_path / "truck.toml"))
        return resolve(parser.parse_args(options), complete)

    return call


def faults(ask: Ask, *options: str, file: str | None = None) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        ask(*options, file=file)
    return [re.sub(r"^/.*?/(?=truck)", "", line) for line in caught.value.lines]


def test_every_setting_is_an_option_and_has_a_default() -> None:
    assert {one.name for one in dataclasses.fields(Settings)} == OPTIONS.keys()
    Settings()


def test_options_win_over_the_file_and_the_file_over_defaults(ask: Ask) -> None:
    settings = ask("--rate", "7", file='source = "0"\nrate = 5\nenter-s = 1\nquiet = true\n')
    assert (settings.source, settings.rate, settings.enter_s) == ("0", 7.0, 1.0)
    assert settings.leave_s == Settings().leave_s
    assert settings.quiet
    assert not ask("--no-quiet", file='source = "0"\nquiet = true\n').quiet


def test_what_is_printed_is_read_back(ask: Ask, tmp_path: Path) -> None:
    paths = {
        "decisions": tmp_path / "d.jsonl",
        "events": tmp_path / 'e "quoted" ü.jsonl',
        "video": tmp_path / "v.mp4",
        "snapshots": tmp_path / "snapshots",
        "clips": tmp_path / "clips",
        "mqtt_ca": tmp_path / "ca.pem",
        "webhook_secret": tmp_path / "secret",
        "spool": tmp_path / "spool",
        "http_token_file": tmp_path / "token",
    }
    paths["webhook_secret"].write_text("a long secret word")
    paths["http_token_file"].write_text("a-token-of-enough-characters")
    wanted = Settings(**EVERYTHING, **paths)  # type: ignore[arg-type]
    left = OPTIONS.keys() - EVERYTHING.keys() - paths.keys()
    assert left == {"fps"}  # not for a camera
    printed = print_config(wanted)
    assert ask(file=printed) == wanted
    assert ask(file=print_config(Settings(source="x.mp4", fps=5.0))).fps == 5.0


def test_the_defaults_are_printed_as_comments_with_their_explanation(ask: Ask) -> None:
    printed = print_config(ask(complete=False))
    assert all(line.startswith("#") for line in printed.splitlines() if line)
    for name, option in OPTIONS.items():
        assert f"# {option.help}\n# {spelt(name)} =" in printed
    assert ask(file=printed, complete=False) == Settings()


def test_passwords_are_not_printed(ask: Ask, tmp_path: Path) -> None:
    settings = ask(
        *("--source", "rtsp://me:hidden@host/live", "--spool", str(tmp_path)),
        *("--mqtt", "mqtt://me:hidden@host/x", "--webhook", "https://me:hidden@host/?token=hidden"),
    )
    assert "hidden" in str(settings)
    assert "hidden" not in print_config(settings)
    assert "rtsp://***@host/live" in print_config(settings)


def test_every_fault_is_said_with_its_line_and_key(ask: Ask) -> None:
    file = """
# a comment
source = "fault:good*3"
rate = "fast"
max_age_ms = 3
enter-probability = 0.2
leave-probability = 0.5
decisions = "/nowhere/x"
limit = { sharpness = 7 }
http = "0.0.0.0:80"
"""
    assert faults(ask, "--threads", "none", file=file) == [
        "truck.toml:4: rate: expected a number above 0, not 'fast'",
        "truck.toml:5: max_age_ms: there is no such setting; did you mean max-age-ms?",
        "--threads: expected a whole number of 1 or more, 256 at most, not 'none'",
        "truck.toml:8: decisions: cannot write /nowhere/x: the folder /nowhere does not exist",
        "truck.toml:9: limit: the limit sharpness must be 0 to 2, not 7.0",
        "truck.toml:7: leave-probability: 0.5 is more than --enter-probability 0.2",
        "truck.toml:10: http: 0.0.0.0 can be reached from other machines: give a token, or"
        " listen on 127.0.0.1",
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("rate = 'x'", 1),
        ("\n\n# rate = 1\nrate = 'x'", 4),
        ('source = """\n0\n"""\n  rate   =   "x" # why', 4),
        ("fps = [\n1,\n2]\n\n'rate' = true", 5),
        ('source = "0"\r\nrate = "x"\r\n', 2),
    ],
)
def test_a_line_is_found_however_it_is_written(ask: Ask, text: str, line: int) -> None:
    assert any(f"truck.toml:{line}: rate: expected" in fault for fault in faults(ask, file=text))


def test_a_table_has_the_line_of_its_head(ask: Ask) -> None:
    found = faults(ask, file='source = "0"\n\n[limit]\nblack_level = 10\nnonsense = 3\n')
    assert found[0].startswith("truck.toml:3: limit: no 'nonsense'; known: black_level")


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"rate = \n", "not TOML: .*line 1"),
        (b"source = 0\nsource = 1\n", "not TOML: .*line 2"),
        (b"\xff", "byte 0 is not UTF-8"),
        (b"#" * 70_000, "has more than 65536 bytes"),
    ],
)
def test_a_file_that_is_none_is_one_line(ask: Ask, tmp_path: Path, raw: bytes, says: str) -> None:
    (tmp_path / "bad.toml").write_bytes(raw)
    with pytest.raises(UsageError, match=rf"bad\.toml: {says}"):
        ask("--config", str(tmp_path / "bad.toml"))


def test_a_missing_file_is_named(ask: Ask) -> None:
    with pytest.raises(UsageError, match=r"nowhere\.toml: cannot be read: No such file"):
        ask("--config", "nowhere.toml")


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ("source = 0", "source: expected a text in quotes"),
        ("json = 1", "json: expected true or false, not 1"),
        ("threads = true", "threads: expected a whole number of 1 or more, 256 at most, not True"),
        ("threads = 1.5", "threads: expected a whole number of 1 or more, 256 at most, not 1.5"),
        ("rate = inf", "rate: expected a number above 0, not inf"),
        ("rate = nan", "rate: expected a number above 0, not nan"),
        ('size = "640*360"', "size: expected a size such as 640x360, not '640*360'"),
        ("events = 3", "events: expected a path in quotes, not 3"),
        ("limit = 3", "limit: expected a table of black_level"),
        ("limit = { black_level = true }", "limit: expected a number for black_level, not True"),
    ],
)
def test_values_of_another_kind_are_refused(ask: Ask, file: str, says: str) -> None:
    assert any(f"truck.toml:1: {says}" in fault for fault in faults(ask, file=file))


def test_no_source_is_a_fault_of_its_own(ask: Ask) -> None:
    assert faults(ask) == ["--source: is missing: a camera, a video or pictures to look at"]


@pytest.mark.parametrize("key", ["source", "mqtt", "webhook"])
def test_a_fault_of_an_address_does_not_repeat_it(ask: Ask, key: str) -> None:
    found = faults(ask, file=f'{key} = ["rtsp://me:hidden@host/x"]\nspool = "x"\n')
    assert any(f"truck.toml:1: {key}: expected a text in quotes" in fault for fault in found)
    assert "hidden" not in str(found)


@pytest.mark.parametrize(
    "file",
    [
        "rate = 1" + 400 * "0",
        "limit = { frozen_s = 1" + 400 * "0" + " }",
        'source = "a\\u0000b"',
        "threads = 99999999999",
    ],
)
def test_what_no_machine_can_take_is_a_fault(ask: Ask, file: str) -> None:
    assert any("expected" in fault for fault in faults(ask, file=file))


@pytest.mark.parametrize("file", ["a = " + 5000 * "[", "a = " + 5000 * "9"])
def test_a_file_that_no_parser_can_take_is_one_line(ask: Ask, file: str) -> None:
    with pytest.raises(UsageError) as caught:
        ask("--source", "0", file=file)
    assert len(caught.value.lines) == 1


def test_many_faults_are_found_soon_and_not_all_are_told(ask: Ask) -> None:
    found = faults(ask, file="# a comment\n" * 2000 + "".join(f"k{n} = 1\n" for n in range(600)))
    assert len(found) == 21
    assert found[0].startswith("truck.toml:2001: k0: there is no such setting")
    assert found[-1] == "and 581 more"  # the missing source among them


def test_keys_of_a_table_are_not_taken_for_settings(ask: Ask) -> None:
    found = faults(ask, file="[limit]\nsource = 3\n[x]\nrate = 2\n")
    assert any(fault.startswith("truck.toml:1: limit: no 'source'") for fault in found)
    assert any(fault.startswith("truck.toml:3: x: there is no such") for fault in found)


def test_what_is_read_is_never_written(ask: Ask, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("a-token-of-enough-characters")
    config = tmp_path / "truck.toml"
    for options, other in (
        (["--decisions", str(config)], "config"),
        (
            ["--events", str(token), "--http", "0", "--http-token-file", str(token)],
            "http-token-file",
        ),
        (["--decisions", "log", "--events", "log.1", "--rotate-mb", "1"], "decisions"),
    ):
        (fault,) = faults(ask, *options, file='source = "fake:3"\n')
        assert f"--{other} and --" in fault
        assert "name the same file" in fault


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--source", "clip.mp4", "--wait-for-source"], "--wait-for-source: is for cameras"),
        (["--source", "0", "--step-age-ms", "5"], "--step-age-ms: is for --step"),
        (["--source", "fault:nonsense"], "--source: fault: 'nonsense' is no step"),
    ],
)
def test_what_would_do_nothing_is_said(ask: Ask, options: list[str], says: str) -> None:
    assert any(fault.startswith(says) for fault in faults(ask, *options))


def test_a_source_that_is_no_address_is_printed_as_it_is(ask: Ask) -> None:
    for text in ("scenes:1@30", "/data/me@host/clip.mp4", "pics?key=a.jpg"):
        assert f'source = "{text}"' in print_config(Settings(source=text))
    pipeline = "gst:rtspsrc location=rtsp://h/x user-id=me user-pw=hidden ! appsink"
    assert "hidden" not in print_config(Settings(source=pipeline))
    assert "appsink" in print_config(Settings(source=pipeline))
