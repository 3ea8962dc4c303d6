"""Texts: paragraphs, sentences, sentence pairs, sentiment."""
