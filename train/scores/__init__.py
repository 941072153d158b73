"""From pictures to scores, and from scores to a threshold and to what it is worth."""
