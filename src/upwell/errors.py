"""Exceptions that Upwell raises on purpose.

A message says what was expected, what was found and what to do. The command line prints an
`UpwellError` as one sentence and exits with code 2; any other exception is a bug and keeps its
traceback.
"""


class UpwellError(Exception):
    """Base class of all exceptions of Upwell."""


class SpecError(UpwellError):
    """A study, recipe or model specification is invalid."""


class DataError(UpwellError):
    """Training rows, or a table of results, cannot be used."""


class StoreError(UpwellError):
    """A file is damaged, foreign, of another version, or in use by another process."""


class ModelError(UpwellError):
    """A model cannot be built, loaded, evaluated or exported."""


class RunError(UpwellError):
    """A run failed."""


class MissingDependencyError(UpwellError):
    """A feature needs an optional dependency that is not installed."""
