"""From labelled pictures to a run: a fitted Keras model, its report and its plots."""

from .run_folder import Example, Run, load_run

__all__ = ["Example", "Run", "load_run"]
