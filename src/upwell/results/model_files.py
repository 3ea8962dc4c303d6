"""The name of a model that no document names: the name of its file, or of its folder."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

DATE = re.compile(r"(\d{4}-\d\d-\d\d)[-T_ ](\d\d)[-:](\d\d)[-:](\d\d)(?:\.\d+)?$")
"""The time that lm-eval-harness appends to the name of a file, or under which it stores a run."""

GENERIC_NAME = re.compile(
    r"(?:lm[-_]?)?(?:eval(?:uation)?s?|harness|results?|scores?|metrics|outputs?|summary|report)"
    r"(?:[-_](?:eval(?:uation)?s?|harness|results?|scores?|metrics|outputs?|json))*",
    re.IGNORECASE,
)
"""Names of files that say what is in them and not of which model."""


def name_by_file(path: Path) -> str:
    """The file's name without its date, or the folder's name if the file is called "results".

    A file that shares its folder with others of such a name keeps its date, so that two models
    never get one name. A folder "org__model", as lm-eval-harness writes it, is "org/model".
    """
    stem = without_date(path.stem)
    if stem and not GENERIC_NAME.fullmatch(stem):
        return stem
    folder = path.resolve().parent
    is_alone = sum(each.suffix.lower() == ".json" for each in folder.iterdir()) == 1
    if not is_alone or not folder.name:
        return path.stem
    return folder.name.replace("__", "/") if folder.name.count("__") == 1 else folder.name


def without_date(stem: str) -> str:
    """The stem of a file's name without the date at its end."""
    return DATE.sub("", stem).rstrip("_")


def date_stamp(stem: str) -> str | None:
    """The date at the end of a text, as it is written; None without one."""
    match = DATE.search(stem)
    return match[0] if match else None


def parse_date(text: str) -> float | None:
    """The date at the end of a text in seconds since 1970; None without one."""
    match = DATE.search(text)
    if match is None:
        return None
    day, *clock = match.groups()
    try:
        moment = datetime.fromisoformat(f"{day}T{':'.join(clock)}")
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC).timestamp()
