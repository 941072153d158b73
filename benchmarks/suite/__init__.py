"""Measuring a bundle on a machine: every variant, engine and number of threads."""
