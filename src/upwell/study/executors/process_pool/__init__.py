"""One process per run, forked from a server that has the libraries loaded."""
