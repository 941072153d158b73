"""The runtime and the training against their plainest alternatives, as ratios taken in one run."""
