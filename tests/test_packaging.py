"""The wheel holds every package of the four folders, and what an extra brings is importable."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

if sys.version_info < (3, 11):
    pytest.skip("needs tomllib", allow_module_level=True)
import tomllib

ROOT = Path(__file__).parents[1]


def test_every_folder_with_code_is_listed() -> None:
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    folders = setuptools["package-dir"].values()
    found = {
        "trucksight." + ".".join(init.parent.relative_to(ROOT).parts)
        for folder in folders
        for init in (ROOT / folder).rglob("__init__.py")
    }
    assert found == set(setuptools["packages"])


HEAVY = ("tensorflow", "keras", "matplotlib", "sklearn", "onnx", "tf2onnx", "PIL", "scipy")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["train", "--help"],
        ["export", "--help"],
        ["evaluate", "--help"],
        ["predict", "--help"],
        ["run", "--help"],
        ["doctor", "--help"],
        ["service", "--help"],
        ["scenes", "--help"],
        ["demo", "--help"],
    ],
    ids=" ".join,
)
def test_help_needs_nothing_heavy(arguments: list[str]) -> None:
    heavy = HEAVY if len(arguments) > 1 else (*HEAVY, "cv2", "numpy")
    code = (
        "import sys\n"
        "from trucksight.runtime.__main__ import main\n"
        "try:\n"
        f"    main({arguments!r})\n"
        "except SystemExit as end:\n"
        "    assert end.code == 0, end.code\n"
        f"print('HEAVY', sorted(set({heavy!r}) & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("HEAVY []")


def test_the_detector_brings_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from trucksight.runtime import Detector\n"
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


NOT_AT_START = (
    *("argparse", "asyncio", "concurrent.futures", "email", "http", "importlib.metadata"),
    *("logging", "multiprocessing", "shutil", "socket", "ssl", "subprocess", "tempfile"),
    *("urllib.request", "zipfile", "fastjsonschema", "jsonschema", "trucksight.runtime.region"),
)
"""What a first decision does without; each costs a board time and memory at every start."""


def test_a_first_decision_loads_nothing_that_it_does_not_need(
    make_bundle: Callable[..., Path],
) -> None:
    code = (
        "import sys, numpy as np, cv2\n"
        "before = set(sys.modules)\n"
        "from trucksight.runtime import Detector\n"
        "with Detector(sys.argv[1]) as detector:\n"
        "    noise = np.random.default_rng(3).integers(0, 255, (64, 64, 3), np.uint8)\n"
        "    assert detector.verified and detector.decide(noise).label\n"
        f"print(sorted(set({NOT_AT_START!r}) & set(sys.modules) - before))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(make_bundle())], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


PEERS = (
    *("email", "http", "importlib.metadata", "ssl", "urllib.request", "zipfile"),
    *("trucksight.runtime.sinks.webhook", "trucksight.runtime.sinks.mqtt"),
    *("trucksight.runtime.sinks.spool", "trucksight.runtime.status"),
)
"""What talks to others, and what only that takes."""


def test_a_run_that_tells_nobody_loads_nothing_that_would(make_bundle: Callable[..., Path]) -> None:
    bundle = make_bundle()
    line = ["run", "--bundle", str(bundle), "--quiet", "--source", str(bundle / "golden")]
    code = (
        "import sys, numpy, cv2\n"
        "before = set(sys.modules)\n"
        "from trucksight.runtime.__main__ import main\n"
        "assert main(sys.argv[1:]) == 0\n"
        f"print(sorted(set({PEERS!r}) & set(sys.modules) - before))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *line], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_public_names_are_all_there() -> None:
    import trucksight.runtime as runtime

    assert set(runtime.__all__) == set(runtime._MODULES) <= set(dir(runtime))
    assert all(getattr(runtime, name) is not None for name in runtime.__all__)
    with pytest.raises(AttributeError, match="no attribute 'Detektor'"):
        _ = runtime.Detektor
