"""Documents, examples and trained tokenizers of sources."""
