"""What a figure draws, as numbers."""
