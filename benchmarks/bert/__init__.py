"""BERT beside its baselines."""
