"""What the guides tell people to type is run, or it is said where else it is tried."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from trucksight.benchmarks.strategies.plan import read_plan
from trucksight.runtime.__main__ import main
from trucksight.runtime.settings.config_file import ConfigFile
from trucksight.runtime.settings.settings import OPTIONS, spelt
from trucksight.runtime.sources import kind_of
from trucksight.train.options import OPTIONS as TRAIN_OPTIONS

ROOT = Path(__file__).parents[1]
GUIDES = sorted((ROOT / "docs" / "guides").glob("*.md"))
ARM_CHECK = (ROOT / "scripts" / "arm_check.sh").read_text()

ELSEWHERE = {
    r"python3 -m pip wheel --no-deps --wheel-dir dist \.": "scripts/arm_check.sh",
    r"~/trucksight/bin/pip install .*trucksight-\*\.whl.*": "scripts/arm_check.sh",
    r"~/trucksight/bin/pip install '\.\[.*\]'": "CI installs the extras",
    r"~/trucksight/bin/pip install (onnxruntime|'numpy<2' .*)": "CI installs the extras",
    r"~/trucksight/bin/pip install onnxruntime_gpu-\*\.whl": "needs a Jetson",
    r"python3 -m venv (--system-site-packages )?~/trucksight": "CI makes environments",
    r"sudo .*": "changes the machine",
    r"scp .*": "needs a second machine",
    r"rpicam-hello .*|.*onnxruntime-(cuda|tensorrt)": "needs a board",
    r".* --backend (litert-gpu|tflite-gpu|edgetpu)": "tests/runtime/backends",
    r"export TRUCKSIGHT_GPU_DELEGATE=.*": "tests/runtime/backends",
    r"curl --fail http://127\.0\.0\.1:8080/.*": "tests/runtime/status",
    r"journalctl .*": "needs a running systemd",
    r"python -m trucksight\.benchmarks\.strategies .*": "tests/benchmarks/strategies",
    r"trucksight (bench|qualify) .*": "tests/benchmarks/suite/test_commands.py, and CI",
}
"""Pattern of a command that is not run here -> where it is tried, or why it cannot be."""


def commands(guide: Path) -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", guide.read_text(), re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.strip()]


def test_there_are_guides_and_the_readme_names_them() -> None:
    assert len(GUIDES) >= 4
    readme = (ROOT / "README.md").read_text()
    assert all(f"(docs/guides/{guide.name})" in readme for guide in GUIDES)


def words_of(command: str) -> list[str]:
    """The arguments of trucksight, with a camera that is everywhere in place of one that is not."""
    line = command.split("|")[0].strip()
    _, *words = shlex.split(line)
    if words[0] == "run" and "--print-config" not in words:
        place = words.index("--source") + 1
        assert kind_of(words[place]) == "live"
        words[place] = "fault:good*6,black*3,end"
        words[words.index("--max-frames") + 1] = "6"
        words += ["--quiet"]
    return words


HERE = [
    pytest.param(command, id=command[:60])
    for command in dict.fromkeys(command for guide in GUIDES for command in commands(guide))
    if not any(re.fullmatch(pattern, command) for pattern in ELSEWHERE)
]
"""What several guides tell stands here once."""


@pytest.mark.parametrize("command", HERE)
def test_a_command_runs(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert re.match(r"(~/trucksight/bin/)?trucksight ", command)
    status = main(words_of(command))
    out, err = capsys.readouterr()
    # The doctor may well find something to say about this machine.
    assert status == 0 or " doctor" in command, err
    assert out


def test_no_excuse_is_left_over() -> None:
    every = [command for guide in GUIDES for command in commands(guide)]
    for pattern in ELSEWHERE:
        assert any(re.fullmatch(pattern, command) for command in every), pattern


def test_the_arm_check_installs_what_the_guide_of_the_raspberry_pi_does() -> None:
    assert "-m pip wheel" in ARM_CHECK
    (guide,) = (guide for guide in GUIDES if guide.stem == "raspberry-pi")
    for bound in re.findall(r"'([a-z-]+<[0-9.]+)'", guide.read_text()):
        assert f"'{bound}'" in ARM_CHECK


def test_the_settings_of_the_guides_exist(tmp_path: Path) -> None:
    blocks = [
        (TRAIN_OPTIONS if guide.stem == "training" else OPTIONS, block)
        for guide in GUIDES
        for block in re.findall(r"```toml\n(.*?)```", guide.read_text(), re.DOTALL)
    ]
    assert len(blocks) >= 2
    for options, block in blocks:
        known = {spelt(name): option for name, option in options.items()}
        (tmp_path / "truck.toml").write_text(block)
        if "[[row]]" in block:
            read_plan(tmp_path / "truck.toml")
            continue
        for key, value in ConfigFile.read(tmp_path / "truck.toml").values.items():
            known[key].kind.of_toml(value)


def test_the_commands_of_the_recipes_can_be_asked_for(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    text = (ROOT / "docs" / "recipes" / "README.md").read_text().replace("\\\n", " ")
    asked = [
        shlex.split(line)[1:] for line in re.findall(r"^    (trucksight train .*)$", text, re.M)
    ]
    recipes = {path.name for path in (ROOT / "docs" / "recipes").glob("*.toml")}
    assert {Path(one[one.index("--config") + 1]).name for one in asked} == recipes
    for command in asked:
        assert main([*command, "--print-config"]) == 0, capsys.readouterr().err
        recipe = Path(command[command.index("--config") + 1]).read_text()
        (effects,) = re.findall(r"^effects = .*$", recipe, re.M)
        assert effects in capsys.readouterr().out.splitlines()
