"""Estimators fitted on frozen features."""
