"""Exceptions that Upwell raises on purpose, and those of others in one sentence.

A message says what was expected, what was found and what to do. The command line prints an
`UpwellError` as one sentence and exits with code 2. `explain_error` has a sentence for exceptions
of the system and of libraries. Any other exception is a bug.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MAX_EXPLANATION = 300
"""Characters of a library's message that are repeated."""

LIBRARIES = {
    "PIL": "Pillow", "binascii": "Python", "csv": "Python", "datasets": "datasets",
    "gzip": "Python", "huggingface_hub": "huggingface_hub", "jinja2": "Jinja", "json": "Python",
    "lzma": "Python", "numpy": "numpy", "peft": "peft", "polars": "polars", "pyarrow": "pyarrow",
    "pyo3_runtime": "a library in Rust", "safetensors": "safetensors",
    "safetensors_rust": "safetensors", "scipy": "scipy", "soundfile": "soundfile",
    "tokenizers": "tokenizers", "torch": "torch", "transformers": "transformers", "wave": "Python",
    "xml": "Python", "yaml": "PyYAML", "zipfile": "Python", "zlib": "Python",
}  # fmt: skip
"""{package of an exception's class or place: the name people know it by}."""


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


@contextmanager
def convert_errors(kind: type[UpwellError], subject: str, advice: str) -> Iterator[None]:
    """Convert whatever the block raises to one sentence: "SUBJECT: what was wrong; ADVICE".

    For blocks that give a file of the user's to a library. Errors of ours, and an interruption,
    pass as they are. The original is the cause.
    """
    try:
        yield
    except (UpwellError, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    # A panic of a library in Rust is no Exception.
    except BaseException as error:
        raise kind(f"{subject}: {describe_error(error)}; {advice}") from error


def describe_error(error: BaseException) -> str:
    """What an exception says, on one line and not too long; its class where it says nothing."""
    if isinstance(error, OSError) and error.strerror:
        name = "" if error.filename is None else f"{error.filename}: "
        return f"{name}{_shorten(error.strerror)}"
    lines = [line.strip() for line in str(error).strip().splitlines() if line.strip()]
    kind = type(error).__name__
    if not lines:
        return kind
    return _shorten(lines[0] if isinstance(error, UpwellError) else f"{kind}: {lines[0]}")


def explain_error(error: BaseException) -> str | None:
    """One sentence for an exception whose cause lies outside of Upwell; None for a bug of ours.

    The causes: the disk, the network and other parts of the system, memory, input that is nested
    too deeply, and what a library raises about its input.
    """
    if isinstance(error, UpwellError):
        return str(error)
    if isinstance(error, MemoryError):
        return "the memory of this machine is not enough; give less data, or use a larger machine"
    if isinstance(error, RecursionError):
        return "an input is nested too deeply to be read; give one with fewer levels"
    if isinstance(error, UnicodeEncodeError) and error.reason == "surrogates not allowed":
        return "an input has half a character (a lone surrogate), which no file can hold; remove it"
    if isinstance(error, OSError):
        return f"{describe_error(error)}{_advise(error)}"
    library = _find_library(error)
    return None if library is None else f"{library} refuses an input: {describe_error(error)}"


def _advise(error: OSError) -> str:
    """What to do about an error of the system."""
    import errno

    advice = {
        errno.ENOSPC: "free some space, then run the same command again",
        errno.EDQUOT: "free some space, then run the same command again",
        errno.EFBIG: "raise the limit on the size of files, or give a smaller file",
        errno.EROFS: "choose a folder that can be written",
        errno.EACCES: "change its permissions, or choose another path",
        errno.EPERM: "change its permissions, or choose another path",
        errno.ENAMETOOLONG: "choose a shorter name",
        errno.ELOOP: "it is a symbolic link to itself; remove it",
        errno.ENOENT: "check the path",
        errno.ENOTDIR: "a part of the path is a file; choose another path",
        errno.EISDIR: "choose the path of a file",
        errno.EEXIST: "choose another path",
        errno.EMFILE: "raise the limit on open files (ulimit -n)",
        errno.EIO: "the disk may be damaged; copy its data to another one",
        errno.ENOMEM: "give less data, or use a machine with more memory",
    }
    return f"; {advice[error.errno]}" if error.errno in advice else ""


def _find_library(error: BaseException) -> str | None:
    """The library that defines the exception, or in whose code it was raised; None for ours."""
    package = type(error).__module__.partition(".")[0]
    if package in LIBRARIES:
        return LIBRARIES[package]
    frames = traceback.extract_tb(error.__traceback__)
    parts = Path(frames[-1].filename).parts if frames else ()
    if "site-packages" not in parts:
        return None
    package = parts[len(parts) - 1 - parts[::-1].index("site-packages") + 1]
    return LIBRARIES.get(package.removesuffix(".py"), package.removesuffix(".py"))


def _shorten(text: str) -> str:
    return text if len(text) <= MAX_EXPLANATION else f"{text[: MAX_EXPLANATION - 3]}..."
