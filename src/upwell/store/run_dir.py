"""Folder of one run: specification, checkpoints, models, results and training log.

A running run is described by its journal. A finished one is described by `result.json`, which is
written last and holds the sha256 of every artifact.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from ..errors import StoreError
from ..files import read_regular
from ..records import Answer, ModelRef, Observation, Run, TrainLogEntry, from_json, to_json
from .atomic import check_filename, remove_temporary, sha256, write_bytes
from .checksummed import read_checksummed, write_checksummed
from .journal import Journal, read
from .lock import dir_lock
from .results_journal import JournalBatch, ResultsJournal, read_results_journal
from .run_records import Checkpoint, RunFailure, RunResult, SampleSheet
from .tensors import Tensors, keep_only, read_tensors, write_tensors

T = TypeVar("T")

SAMPLES_FILE = "samples.png"

# `parquet` is imported where it is used: workers are forked from a process that has loaded this
# package, and polars starts threads on import, which a fork does not survive.


class RunDir:
    """The folder of one run. Anyone may read; only the holder of `open_journal` writes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._progress: Journal | None = None

    @contextmanager
    def open_journal(self, run: Run) -> Iterator[ResultsJournal]:
        """Lock the folder for this run and open its journal.

        Raises StoreError if another process holds the lock, or if the folder holds another run.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        with dir_lock(self.path):
            remove_temporary(self.path)
            self._claim(run)
            journal = ResultsJournal(self._journal)
            if journal.torn_bytes:
                self.log(f"cut {journal.torn_bytes} bytes of a torn line off the journal")
            try:
                yield journal
            finally:
                journal.close()
                self._close_progress()

    def _claim(self, run: Run) -> None:
        path = self.path / "run.json"
        if not path.exists():
            write_checksummed(path, run)
        if self.run() != run:
            raise StoreError(f"{path} holds another run than {run.id}; move {self.path} away")

    # Specification and outcome.

    def run(self) -> Run:
        """The run that this folder belongs to."""
        return read_checksummed(Run, self.path / "run.json")

    def result(self) -> RunResult | None:
        """Result of a finished run; None if it is not finished."""
        return _read_if_exists(RunResult, self.path / "result.json")

    def failure(self) -> RunFailure | None:
        """Failure of the last attempt; None if it did not fail, or the run has finished since."""
        path = self.path / "failed.json"
        return None if self.result() else _read_if_exists(RunFailure, path)

    def finish(self, journal: ResultsJournal, models: Sequence[ModelRef]) -> RunResult:
        """Compact the journal to Parquet, write the result and delete the checkpoints."""
        from .parquet import answers_to_parquet, observations_to_parquet

        answers, observations = journal.answers.values(), journal.observations.values()
        write_bytes(self.path / "answers.parquet", answers_to_parquet(answers))
        write_bytes(self.path / "observations.parquet", observations_to_parquet(observations))
        result = RunResult(
            run=self.run().id,
            models=tuple(models),
            answers=len(answers),
            observations=len(observations),
            missing=sum(o.value is None for o in observations),
            artifacts=self._hash_artifacts(),
        )
        write_checksummed(self.path / "result.json", result)
        self.remove_checkpoints()
        return result

    def remove_checkpoints(self) -> None:
        """Delete what a finished run does not need: journal, checkpoints, failure."""
        self._journal.unlink(missing_ok=True)
        self.clear_failure()
        shutil.rmtree(self.path / "checkpoint", ignore_errors=True)

    def fail(self, reason: str) -> None:
        """Record that the run failed. Its results so far are kept."""
        self.path.mkdir(parents=True, exist_ok=True)
        write_checksummed(self.path / "failed.json", RunFailure(run=self.path.name, reason=reason))

    def clear_failure(self) -> None:
        """Delete the recorded failure, before a new attempt."""
        (self.path / "failed.json").unlink(missing_ok=True)

    def _hash_artifacts(self) -> dict[str, str]:
        names = ["run.json", "answers.parquet", "observations.parquet"]
        paths = [self.path / name for name in names]
        paths += sorted(p for p in self.path.glob("models/*/*") if p.is_file())
        return {str(p.relative_to(self.path)): sha256(p.read_bytes()) for p in paths}

    # Results.

    def answers(self) -> list[Answer]:
        """All answers so far, from the Parquet file or else the journal."""
        from .parquet import answers_from_parquet

        results = self._read_results("answers.parquet")
        return (
            list(results.answers)
            if isinstance(results, JournalBatch)
            else answers_from_parquet(results)
        )

    def observations(self) -> list[Observation]:
        """All observations so far, from the Parquet file or else the journal."""
        from .parquet import observations_from_parquet

        results = self._read_results("observations.parquet")
        if isinstance(results, JournalBatch):
            return list(results.observations)
        return observations_from_parquet(results)

    @property
    def _journal(self) -> Path:
        return self.path / "journal.jsonl"

    def _read_results(self, name: str) -> JournalBatch | bytes:
        """Bytes of the Parquet file if the run is finished, else the journal."""
        if (data := self._read_compacted(name)) is not None:
            return data
        batch = read_results_journal(self._journal)
        # The run may have finished meanwhile and deleted its journal.
        return batch if (data := self._read_compacted(name)) is None else data

    def _read_compacted(self, name: str) -> bytes | None:
        result = self.result()
        return None if result is None else self._read_artifact(name, result)

    def _read_artifact(self, name: str, result: RunResult) -> bytes:
        """Bytes of a file behind the result. Raises StoreError if it is not as it was then."""
        path = self.path / name
        data = read_regular(path) if path.exists() else b""
        if sha256(data) != result.artifacts.get(name):
            raise StoreError(
                f"{path} is damaged or missing; delete the folder {self.path} and run again"
            )
        return data

    # Checkpoints.

    def save_checkpoint(
        self, slot: str, tensors: Mapping[str, Any], state: Mapping[str, Any]
    ) -> None:
        """Replace the checkpoint of a slot atomically; it is synced to disk when this returns.

        Raises ValueError if `state` is not plain JSON without NaN.
        """
        folder = self._slot_dir(slot)
        digest, _ = write_tensors(folder, tensors)
        write_checksummed(
            folder / "checkpoint.json", Checkpoint(slot=slot, weights=digest, state=state)
        )
        keep_only(folder, digest)

    def load_checkpoint(self, slot: str) -> tuple[Tensors, dict[str, Any]] | None:
        """Tensors (on the CPU) and state of a slot; None without a checkpoint."""
        folder = self._slot_dir(slot)
        checkpoint = _read_if_exists(Checkpoint, folder / "checkpoint.json")
        if checkpoint is None:
            return None
        return read_tensors(folder, checkpoint.weights), dict(checkpoint.state)

    def drop_checkpoint(self, slot: str) -> None:
        """Delete the checkpoint of a slot, if there is one."""
        (self._slot_dir(slot) / "checkpoint.json").unlink(missing_ok=True)
        shutil.rmtree(self._slot_dir(slot), ignore_errors=True)

    def _slot_dir(self, slot: str) -> Path:
        return self.path / "checkpoint" / check_filename(slot)

    # Models.

    def save_model(self, ref: ModelRef, tensors: Mapping[str, Any]) -> ModelRef:
        """Save a model. Returns its ref with the sha256 and the size of the weights.

        The ref of a model without tensors is saved unchanged.
        """
        folder = self._model_dir(ref.id)
        if tensors:
            digest, size = write_tensors(folder, tensors)
            ref = replace(ref, weights_sha256=digest, bytes=size)
        write_checksummed(folder / "model.json", ref)
        keep_only(folder, ref.weights_sha256)
        return read_checksummed(ModelRef, folder / "model.json")

    def load_model(self, model_id: str) -> tuple[ModelRef, Tensors]:
        """A model and its tensors. Raises StoreError if it is missing or damaged."""
        folder = self._model_dir(model_id)
        ref = read_checksummed(ModelRef, folder / "model.json")
        return ref, {} if ref.weights_sha256 is None else read_tensors(folder, ref.weights_sha256)

    def has_model(self, model_id: str) -> bool:
        """Whether the model is saved."""
        return (self._model_dir(model_id) / "model.json").exists()

    def models(self) -> list[ModelRef]:
        """All models saved so far, fewest tokens first."""
        paths = self.path.glob("models/*/model.json")
        return sorted(
            (read_checksummed(ModelRef, p) for p in paths), key=lambda m: (m.tokens, m.id)
        )

    def save_samples(self, model_id: str, png: bytes) -> None:
        """Save images that a model generated, beside its weights."""
        write_bytes(self._model_dir(model_id) / SAMPLES_FILE, png)

    def sample_sheets(self) -> list[SampleSheet]:
        """Generated images, fewest tokens first; none for families without images."""
        result, sheets = self.result(), []
        for ref in self.models():
            path = self._model_dir(ref.id) / SAMPLES_FILE
            name = str(path.relative_to(self.path))
            if result is not None and name in result.artifacts:
                sheets.append(SampleSheet(model=ref, png=self._read_artifact(name, result)))
            elif path.is_file():
                sheets.append(SampleSheet(model=ref, png=read_regular(path)))
        return sheets

    def _model_dir(self, model_id: str) -> Path:
        return self.path / "models" / check_filename(model_id)

    # Training log.

    def progress(self, log_entry: TrainLogEntry) -> None:
        """Append a line to the training log."""
        if self._progress is None:
            self._progress = Journal(self.path / "progress.jsonl")
        self._progress.append(to_json(log_entry))

    def curve(self) -> list[TrainLogEntry]:
        """The training log; a step that was repeated after a kill counts once."""
        latest: dict[tuple[int, int, str | None], TrainLogEntry] = {}
        for log_entry in self.read_train_log()[0]:
            latest[log_entry.branch, log_entry.step, log_entry.event] = log_entry
        return sorted(latest.values(), key=lambda m: (m.branch, m.step))

    def read_train_log(self, start: int = 0) -> tuple[list[TrainLogEntry], int]:
        """All lines from byte `start` on, repeated steps included, and the byte where they end."""
        payloads, end = read(self.path / "progress.jsonl", start)
        return [from_json(TrainLogEntry, payload) for payload in payloads], end

    def seconds(self) -> float | None:
        """Seconds of training in all processes, from the log; None without one."""
        times = [log_entry.seconds for log_entry in self.read_train_log()[0]]
        if not times:
            return None
        ends = [end for end, start in pairwise(times) if start < end]
        return sum(ends) + times[-1]

    def log(self, text: str) -> None:
        """Append to log.txt. It is for people; nothing reads it."""
        with self.open_log() as file:
            file.write(text.rstrip("\n").encode() + b"\n")

    def open_log(self) -> BinaryIO:
        """Open log.txt for appending, e.g. as the output of a process."""
        self.path.mkdir(parents=True, exist_ok=True)
        return (self.path / "log.txt").open("ab", buffering=0)

    def _close_progress(self) -> None:
        if self._progress is not None:
            self._progress.close()
            self._progress = None


def _read_if_exists(kind: type[T], path: Path) -> T | None:
    return read_checksummed(kind, path) if path.exists() else None
