"""Networks as they come from ImageNet."""
