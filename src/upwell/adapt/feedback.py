"""A journal of what a model said and what was right: the rows that the next round learns from.

Every line is sealed and on the disk before the call returns, so a kill loses nothing. The last word
on a row counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

from ..data.labelled import Labelled, Row
from ..data.labelled.problems import key
from ..errors import DataError
from ..naming import did_you_mean
from ..records import Corrected, Entry, Spoken, fingerprint, from_json, to_json
from ..store.journal import Journal
from ..store.journal import read as read_lines
from ..store.lock import locked_file


class Feedback:
    """A journal opened for writing; one process at a time."""

    def __init__(self, path: Path) -> None:
        """Raises StoreError for a journal that another process writes, or that is damaged."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = locked_file(path.with_name(f"{path.name}.lock"))
        self._lock.__enter__()
        self._journal = Journal(path)
        self.words = words_of(path)

    def __enter__(self) -> Feedback:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._journal.close()
        self._lock.__exit__(kind, error, trace)

    def say(self, model: str, rows: Sequence[Row], found: Sequence[Mapping[str, Any]]) -> list[str]:
        """Write down predictions; the id of each. What stands there is not written again."""
        ids = []
        for row, one in zip(rows, found, strict=True):
            told = one["said"] if isinstance(one["said"], list) else [one["said"]]
            spoken = Spoken(
                id=fingerprint(model, row.texts, row.content)[:8],
                model=model,
                texts=row.texts,
                content=row.content,
                said=tuple(told),
                probability=one["probability"],
                abstained=one["abstain"],
            )
            ids.append(spoken.id)
            if spoken.id not in self.words:
                self._journal.append(to_json(Entry(spoken=spoken)))
                self.words[spoken.id] = (spoken, None)
        return ids

    def correct(self, id_: str, right: Sequence[str]) -> None:
        """Write down what is right of a row. DataError for an id that does not stand there."""
        if id_ not in self.words:
            near = did_you_mean(id_, self.words)
            raise DataError(
                f"{self._journal.path.name} has no prediction {id_!r}{near}; `upwell feedback` "
                "lists them"
            )
        spoken, before = self.words[id_]
        if before == tuple(right):
            return
        self._journal.append(to_json(Entry(corrected=Corrected(id=id_, right=tuple(right)))))
        self.words[id_] = (spoken, tuple(right))

    def correct_rows(self, data: Labelled) -> int:
        """Write down the labels of rows whose text stands in the journal; how many did."""
        places = {
            key(Row(0, one.texts, (), content=one.content)): id_
            for id_, (one, _) in self.words.items()
        }
        known = [(places[key(row)], row.labels) for row in data.rows if key(row) in places]
        for id_, right in known:
            self.correct(id_, right)
        return len(known)


Words = dict[str, tuple[Spoken, tuple[str, ...] | None]]
"""Every prediction by its id, and what is right of it where that was told."""


def words_of(path: Path) -> Words:
    """What a journal says; free for all to read. StoreError where it is damaged."""
    found: Words = {}
    for body in read_lines(path)[0]:
        entry = from_json(Entry, body)
        if entry.spoken is not None:
            found.setdefault(entry.spoken.id, (entry.spoken, None))
        if entry.corrected is not None and entry.corrected.id in found:
            spoken, _ = found[entry.corrected.id]
            found[entry.corrected.id] = (spoken, entry.corrected.right)
    return found


def with_feedback(data: Labelled, journal: Path) -> tuple[Labelled, int]:
    """The rows, and those of the journal of which it is known what is right; and how many these
    are. What was told last replaces what a file says of the same text.

    Raises DataError for a journal in which nothing was corrected.
    """
    if not journal.is_file():
        raise DataError(f"{journal} is no file; `upwell predict --journal` writes one")
    told = {
        key(row): row
        for spoken, right in words_of(journal).values()
        if right is not None
        for row in (Row(0, spoken.texts, right, content=spoken.content),)
    }
    if not told:
        raise DataError(
            f"{journal} has no row of which it is told what is right; tell it with `upwell "
            f"feedback {journal.name} ID=LABEL`"
        )
    last = max((row.line for row in data.rows), default=0)
    more = [replace(row, line=last + number) for number, row in enumerate(told.values(), start=1)]
    kept = [row for row in data.rows if key(row) not in told]
    return replace(data, rows=(*kept, *more)), len(more)
