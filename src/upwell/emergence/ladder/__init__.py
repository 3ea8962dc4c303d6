"""Ladders: values of one ability along one axis."""
