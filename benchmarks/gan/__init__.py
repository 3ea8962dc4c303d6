"""Images that are made, beside real ones."""
