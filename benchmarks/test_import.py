"""What `import trucksight.runtime` costs, and what a deciding process never loads."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from trucksight.benchmarks.paired import Report, Turns, ratio, run_python
from trucksight.runtime import Bundle

if TYPE_CHECKING:
    from pytest_benchmark.fixture import BenchmarkFixture

PAIRS = 15
MOST = 1.3
"""Times the import of NumPy and OpenCV, which no detector can do without."""
WORKSTATION_ONLY = ("tensorflow", "keras", "matplotlib", "sklearn")
_RUN_AND_TELL = """
import sys
from trucksight.runtime.__main__ import main
try:
    status = main(sys.argv[1:])
except SystemExit as exc:
    status = exc.code
assert not status, status
loaded = [name for name in {names!r} if name in sys.modules]
print("loaded:", *loaded)
"""


def test_importing_the_runtime_costs_little_more_than_numpy_and_opencv(
    benchmark: BenchmarkFixture, report: Report
) -> None:
    turns = Turns(
        lambda: run_python("-c", "from trucksight.runtime import Detector").wall_s,
        lambda: run_python("-c", "import numpy, cv2").wall_s,
    )
    benchmark.pedantic(turns, rounds=PAIRS, iterations=1, warmup_rounds=0)
    detector_s, libraries_s = median(turns.a), median(turns.b)
    times = detector_s / libraries_s
    report(
        f"import: runtime {detector_s * 1e3:.0f} ms, NumPy and OpenCV {libraries_s * 1e3:.0f} ms,"
        f" medians' ratio {times:.2f} (at most {MOST}); pairs {ratio(turns.a, turns.b)}",
        ratio_of_medians=times,
    )
    assert times <= MOST


def test_deciding_never_loads_what_only_a_workstation_needs(
    benchmark: BenchmarkFixture, report: Report, bundle: Bundle, clip: Path, litert: None
) -> None:
    picture = next((bundle.path / "golden").iterdir())
    ours = ("--bundle", str(bundle.path))
    commands = {
        "predict": ("predict", *ours, str(picture)),
        "run": ("run", *ours, "--quiet", "--max-frames", "5", "--source", str(clip)),
    }
    script = _RUN_AND_TELL.format(names=WORKSTATION_ONLY)

    def tell() -> dict[str, str]:
        outputs = {name: run_python("-c", script, *line) for name, line in commands.items()}
        return {name: ran.stdout.splitlines()[-1] for name, ran in outputs.items()}

    loaded = benchmark.pedantic(tell, rounds=1, iterations=1)
    report(f"modules: {loaded} of {', '.join(WORKSTATION_ONLY)}")
    assert loaded == {"predict": "loaded:", "run": "loaded:"}
