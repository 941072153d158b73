"""Varying training pictures: other cameras, other weather, other hours."""
