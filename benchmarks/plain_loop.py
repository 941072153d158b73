"""The plainest correct loop over a video, to compare `trucksight run` with; a process of its own.

    python -m trucksight.benchmarks.plain_loop MODEL.tflite VIDEO --threads 2 --threshold 0.5

What anybody writes in ten lines: read a frame, shrink it with `cv2.resize`, swap blue and red, run
the interpreter, compare with the threshold. It uses nothing of trucksight, so that its speed and
memory owe nothing to it, and prints one line of JSON with the keys of `run --json`.
"""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

import cv2
import numpy as np


def open_interpreter(model: str, threads: int) -> Any:
    """The interpreter that trucksight's `litert` backend would use."""
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        from tflite_runtime.interpreter import Interpreter
    interpreter = Interpreter(model_path=model, num_threads=threads)
    interpreter.allocate_tensors()
    return interpreter


def main() -> None:
    """Decide on every frame of a video and print what it took."""
    parser = argparse.ArgumentParser(prog="plain_loop")
    parser.add_argument("model")
    parser.add_argument("video")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--threshold", type=float, default=0.5)
    args = parser.parse_args()

    interpreter = open_interpreter(args.model, args.threads)
    entry, exit_ = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    _, height, width, _ = entry["shape"]
    scale, zero_point = exit_["quantization"]
    capture = cv2.VideoCapture(args.video)
    trucks = frames = 0
    begun = time.perf_counter()
    while True:
        ok, frame = capture.read()
        if not ok:
            break
        small = cv2.resize(frame, (width, height), interpolation=cv2.INTER_LINEAR)
        rgb = cv2.cvtColor(small, cv2.COLOR_BGR2RGB)
        interpreter.set_tensor(entry["index"], rgb[np.newaxis])
        interpreter.invoke()
        score = float(interpreter.get_tensor(exit_["index"]).ravel()[0])
        if exit_["dtype"] != np.float32:
            score = (score - zero_point) * scale
        trucks += score >= args.threshold
        frames += 1
    seconds = time.perf_counter() - begun
    capture.release()
    verdicts = {"truck": trucks, "no_truck": frames - trucks}
    print(json.dumps({"decided": frames, "verdicts": verdicts, "seconds": round(seconds, 6)}))


if __name__ == "__main__":
    main()
