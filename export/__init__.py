"""From a run to a bundle: quantised variants, each measured against its Keras source.

`trucksight.export.bundle_writer.export_run` does the whole of it.
"""

from .recipes import DEFAULT_VARIANTS, RECIPES, Recipe, named_recipes

__all__ = ["DEFAULT_VARIANTS", "RECIPES", "Recipe", "named_recipes"]
