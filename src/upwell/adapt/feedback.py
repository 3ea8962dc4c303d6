"""A journal of what a model said and what was right: the rows that the next round learns from.

Every line is sealed and on the disk before the call returns, so a kill loses nothing. The last word
on a row counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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

ID = 8
"""Digits of an id."""


class Feedback:
    """A journal opened for writing; one process at a time."""

    def __init__(self, path: Path) -> None:
        """Raises StoreError for a journal that another process writes, or that is damaged, and for
        a file that is none."""
        words_of(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = locked_file(path.with_name(f"{path.name}.lock"))
        self._lock.__enter__()
        self._journal = Journal(path)
        self.words = words_of(path)
        self._last = {text: one.id for text, (one, _) in _told(path).items()}

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

    def say(
        self,
        model: str,
        rows: Sequence[Row],
        found: Sequence[Mapping[str, Any]],
        several: str | None = None,
    ) -> list[str]:
        """Write down predictions; the id of each. What stands there is not written again.
        `several` parts the labels of a row that may have more than one."""
        ids = []
        for row, one in zip(rows, found, strict=True):
            told = one["said"] if isinstance(one["said"], list) else [one["said"]]
            spoken = Spoken(
                id=self._id(model, row),
                model=model,
                texts=row.texts,
                content=row.content,
                said=tuple(told),
                probability=one["probability"],
                abstained=one["abstain"],
                several=several,
            )
            ids.append(spoken.id)
            if spoken.id not in self.words:
                self._journal.append(to_json(Entry(spoken=spoken)))
                self.words[spoken.id] = (spoken, None)
        return ids

    @property
    def several(self) -> str | None:
        """What parts the labels of the rows that were predicted last."""
        return next((one.several for one, _ in reversed(self.words.values())), None)

    def correct(self, id_: str, right: str) -> None:
        """Write down what is right of a row, labels parted as the model's rows have them. DataError
        for an id that does not stand there."""
        several = self._spoken(id_).several
        names = [right] if several is None else right.split(several)
        self._correct(id_, tuple(name for each in names if (name := each.strip())))

    def correct_rows(self, data: Labelled) -> int:
        """Write down the labels of rows whose text stands in the journal; how many did."""
        places = {_key(one): id_ for id_, (one, _) in self.words.items()}
        known = [(places[key(row)], row.labels) for row in data.rows if key(row) in places]
        for id_, right in known:
            self._correct(id_, right)
        return len(known)

    def _correct(self, id_: str, right: tuple[str, ...]) -> None:
        spoken, before = self.words[id_]
        if before == right and self._last.get(_key(spoken)) == id_:
            return
        self._journal.append(to_json(Entry(corrected=Corrected(id=id_, right=right))))
        self.words[id_] = (spoken, right)
        self._last[_key(spoken)] = id_

    def _id(self, model: str, row: Row) -> str:
        """Eight digits, and more where they are another row's."""
        whole = fingerprint(model, row.texts, row.content)
        for length in range(ID, len(whole)):
            taken = self.words.get(whole[:length])
            if taken is None or _same(taken[0], model, row):
                return whole[:length]
        return whole

    def _spoken(self, id_: str) -> Spoken:
        if id_ not in self.words:
            near = did_you_mean(id_, self.words)
            raise DataError(
                f"{self._journal.path.name} has no prediction {id_!r}{near}; `upwell feedback` "
                "lists them"
            )
        return self.words[id_][0]


Words = dict[str, tuple[Spoken, tuple[str, ...] | None]]
"""Every prediction by its id, and what is right of it where that was told."""


def words_of(path: Path) -> Words:
    """What a journal says; free for all to read. StoreError where it is damaged."""
    found: Words = {}
    for entry in _entries(path):
        if entry.spoken is not None:
            found.setdefault(entry.spoken.id, (entry.spoken, None))
        if entry.corrected is not None and entry.corrected.id in found:
            spoken, _ = found[entry.corrected.id]
            found[entry.corrected.id] = (spoken, entry.corrected.right)
    return found


def _told(path: Path) -> dict[tuple[str, ...], tuple[Spoken, tuple[str, ...]]]:
    """What is right of each text, by what was told of it last, whichever model had said it."""
    words, found = words_of(path), {}
    for entry in _entries(path):
        if entry.corrected is not None and entry.corrected.id in words:
            spoken, _ = words[entry.corrected.id]
            found[_key(spoken)] = spoken, entry.corrected.right
    return found


def _entries(path: Path) -> Iterator[Entry]:
    return (from_json(Entry, body) for body in read_lines(path)[0])


def _same(spoken: Spoken, model: str, row: Row) -> bool:
    return (spoken.model, spoken.texts, spoken.content) == (model, row.texts, row.content)


def _key(spoken: Spoken) -> tuple[str, ...]:
    return key(Row(0, spoken.texts, (), content=spoken.content))


def with_feedback(data: Labelled, journal: Path) -> tuple[Labelled, int]:
    """The rows, and those of the journal of which it is known what is right; and how many these
    are. What was told last replaces what a file says of the same text.

    Raises DataError for a journal in which nothing was corrected.
    """
    if not journal.is_file():
        raise DataError(f"{journal} is no file; `upwell predict --journal` writes one")
    told = {
        text: Row(0, spoken.texts, right, content=spoken.content)
        for text, (spoken, right) in _told(journal).items()
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
