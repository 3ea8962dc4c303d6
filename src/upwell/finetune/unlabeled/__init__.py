"""Rows without labels: train on confident predictions, or suggest which rows to label.

Axes: N rows of the pool, C labels, D features, K selected rows.
"""
