"""Measuring a run or a bundle on labelled pictures, and saying what the figures come to."""
