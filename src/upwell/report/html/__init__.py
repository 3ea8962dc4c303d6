"""HTML: escaped markup, documents, tables."""
