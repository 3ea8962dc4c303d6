"""Noise of items and seeds; Gaussian process regression."""
