"""Journal of a run's answers and observations.

Every record has a key, and a key is written once. A resumed run evaluates only what is missing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..records import Answer, Observation, from_json, to_json
from .journal import Journal, read

AnswerKey = tuple[str, str, int, str]
"""Model, ability, shots, item."""

ObservationKey = tuple[str, str, int, str]
"""Model, ability, shots, metric."""


@dataclass(frozen=True, kw_only=True)
class JournalBatch:
    """One line of the journal."""

    answers: tuple[Answer, ...] = ()
    observations: tuple[Observation, ...] = ()


class ResultsJournal:
    """The journal of one run, opened for appending."""

    def __init__(self, path: Path) -> None:
        self._journal = Journal(path)
        self.torn_bytes = self._journal.torn_bytes
        """Bytes of a torn last line that were cut off."""

        self.answers: dict[AnswerKey, Answer] = {}
        self.observations: dict[ObservationKey, Observation] = {}
        for batch in _parse_batches(self._journal.payloads):
            self._remember(batch)

    def add(self, answers: Iterable[Answer] = (), observations: Iterable[Observation] = ()) -> None:
        """Append as one line, synced to disk. Raises ValueError for a known key or NaN."""
        batch = JournalBatch(answers=tuple(answers), observations=tuple(observations))
        keys = [answer_key(a) for a in batch.answers]
        keys += [observation_key(o) for o in batch.observations]
        known = [key for key in keys if key in self.answers or key in self.observations]
        if known or len(set(keys)) < len(keys):
            raise ValueError(f"already in the journal, or twice in a batch: {known or keys}")
        if not keys:
            return
        self._journal.append(to_json(batch))
        self._remember(batch)

    def close(self) -> None:
        """Close the file."""
        self._journal.close()

    def _remember(self, batch: JournalBatch) -> None:
        self.answers |= {answer_key(a): a for a in batch.answers}
        self.observations |= {observation_key(o): o for o in batch.observations}


def read_results_journal(path: Path) -> JournalBatch:
    """Everything in the journal; another process may be appending."""
    batches = _parse_batches(read(path)[0])
    return JournalBatch(
        answers=tuple(a for batch in batches for a in batch.answers),
        observations=tuple(o for batch in batches for o in batch.observations),
    )


def answer_key(answer: Answer) -> AnswerKey:
    """Key of an answer."""
    return (answer.model, answer.ability, answer.shots, answer.item)


def observation_key(observation: Observation) -> ObservationKey:
    """Key of an observation."""
    return (observation.model, observation.ability, observation.shots, observation.metric)


def _parse_batches(payloads: Iterable[str]) -> list[JournalBatch]:
    return [from_json(JournalBatch, payload) for payload in payloads]
