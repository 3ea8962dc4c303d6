"""Translating captions, beside copying, a table of words, and transformers."""
