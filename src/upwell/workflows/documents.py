"""The JSON documents of the commands: one shape each, described in docs/reference/json.md."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import DataError, SpecError, explain_error

if TYPE_CHECKING:
    from ..results import LoadedResults

JSON_VERSION = 2
"""Version of the shapes; raised when a field changes its meaning or goes."""

MAX_LISTED_BAD_ROWS = 1000
"""Bad rows that a document lists; all are counted."""


def build_document(kind: str, **content: Any) -> dict[str, Any]:
    """A document: what it is, the version of its shape, its content."""
    return {"upwell": kind, "version": JSON_VERSION, **content}


def results_document(kind: str, results: LoadedResults, **content: Any) -> dict[str, Any]:
    """A document about results, with what was read and what was left out under "source"."""
    return build_document(kind, **content, source=source_document(results))


def source_document(results: LoadedResults) -> dict[str, Any]:
    """What was read, and what could not be used."""
    return {
        "files": list(results.files),
        "rows": len(results.table),
        "notes": list(results.notes),
        "duplicates": results.duplicates,
        "unplaced_models": list(results.unplaced_models),
        "unknown_metrics": list(results.unknown_metrics),
        "num_bad_rows": len(results.bad_rows),
        "bad_rows": [asdict(bad_row) for bad_row in results.bad_rows[:MAX_LISTED_BAD_ROWS]],
    }


def to_text(content: Mapping[str, Any]) -> str:
    """The document as JSON text; NaN is refused."""
    return json.dumps(content, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def check_suffix(path: Path, suffix: str, what: str) -> Path:
    """The path. SpecError where its name ends in something else than what is written to it."""
    if path.suffix.lower() != suffix:
        raise SpecError(
            f"{path}: {what} is written as {suffix}; give {path.with_suffix(suffix).name}"
        )
    return path


def write_text(path: Path, text: str) -> None:
    """Write the whole file or none of it. Raises DataError where it cannot be written."""
    from ..store.atomic import write_bytes

    try:
        # Half a character, from a file name, has an escape in JSON, and is shown so on a page.
        write_bytes(path, text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise DataError(f"{path} cannot be written: {explain_error(error)}") from None
