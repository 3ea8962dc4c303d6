"""Rows of the Hugging Face hub by the name of a data set: plain files, and no code of it.

What is there is told apart by the names of its files: one of "train", and of "validation" and
"test" where there are such.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from ..data.labelled.files import FORMATS
from ..errors import DataError, ModelError
from ..models.hub import NAME, fetched
from ..naming import listed

PARTS = {"train": r"train", "dev": r"dev|valid", "test": r"test"}
"""How files say which part they are."""

WANTED = tuple(f"*{suffix}" for suffix in (*FORMATS, ".conll"))


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Files of rows; None for a part that there is not."""

    train: Path
    dev: Path | None
    test: Path | None


def is_name(text: str) -> bool:
    """Whether it can be no path here, but the name of a data set."""
    return not Path(text).exists() and NAME.fullmatch(text) is not None and not Path(text).suffix


def parts_of(name: str) -> Parts:
    """The files of a data set, ORGANISATION/NAME or ORGANISATION/NAME@REVISION.

    Raises DataError for one that neither hub nor cache has, that has no files of rows, or several
    of one part.
    """
    named = NAME.fullmatch(name)
    if named is None:
        raise DataError(f"{name!r} is no name of a data set; expected ORGANISATION/NAME")
    try:
        folder = fetched(named["name"], named["revision"], "dataset", WANTED, ())
    except ModelError as error:
        raise DataError(str(error)) from error
    files = sorted(path for path in folder.rglob("*") if path.match("*.*") and path.is_file())
    found = {part: _one(files, part, folder, name) for part in PARTS}
    train = found["train"] or (files[0] if len(files) == 1 else None)
    if train is None:
        raise DataError(
            f"{name} has {len(files)} files of rows and none called train; download the one you "
            "want and give its path"
        )
    return Parts(train=train, dev=found["dev"], test=found["test"])


def _one(files: list[Path], part: str, folder: Path, name: str) -> Path | None:
    told = re.compile(rf"(?:^|[^a-z])(?:{PARTS[part]})", re.IGNORECASE)
    own = [path for path in files if told.search(str(path.relative_to(folder)))]
    if len(own) > 1:
        names = listed(str(path.relative_to(folder)) for path in own)
        raise DataError(
            f"{name} has several files that may be its {part} part: {names}; download the one you "
            "want and give its path"
        )
    return own[0] if own else None
