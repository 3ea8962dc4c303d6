"""Images and sounds as arrays."""
