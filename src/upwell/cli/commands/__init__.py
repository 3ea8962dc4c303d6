"""The verbs: one file each, nothing but parsing and printing."""
