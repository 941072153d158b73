"""Labelled pictures: found, read, checked and split before anything is trained on them."""
