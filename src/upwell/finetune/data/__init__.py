"""Labeled rows: where they come from, and how the model reads them."""
