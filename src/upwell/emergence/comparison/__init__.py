"""Paired comparison of two models or two tables."""
