"""Architectures and strategies on one set of photographs: trained, measured, in one table."""
