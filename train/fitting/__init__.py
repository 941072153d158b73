"""Fitting a model: strategies, stages, epochs, and surviving what stops them."""
