"""From a run to a bundle: quantised variants, each measured against its Keras source."""

from .bundle_writer import ExportOptions, export_run
from .recipes import DEFAULT_VARIANTS, RECIPES, Recipe, named_recipes

__all__ = ["DEFAULT_VARIANTS", "RECIPES", "ExportOptions", "Recipe", "export_run", "named_recipes"]
