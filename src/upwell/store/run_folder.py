"""One run on the disk: what it was asked, where it stands, what it made and what it found.

While a run works its truth is the journal; when it is done its truth is `result.json`,
written last, with the sha256 of every artefact. Nothing here decides what to run.
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
from ..records import Answer, ModelRef, Observation, Progress, Run, from_json, to_json
from .atomic import plain_name, sha256, sweep, write_bytes
from .findings import Batch, Findings, read_findings
from .journal import Journal, read
from .lock import locked_folder
from .made import Checkpoint, Failure, Picture, Result
from .sealed import read_sealed, write_sealed
from .tensors import Tensors, keep_only, read_tensors, write_tensors

T = TypeVar("T")

PICTURE = "samples.png"

# `columns` is imported where it is used: workers are forked from a process that has loaded
# this room, and polars starts threads on import, which a fork does not survive.


class RunFolder:
    """The folder of one run. Reading is free for all; writing is for who holds `writing()`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._progress: Journal | None = None

    @contextmanager
    def writing(self, run: Run) -> Iterator[Findings]:
        """Hold the folder for this run and give its journal, torn tail cut.

        StoreError if another process writes it or it holds another run.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        with locked_folder(self.path):
            sweep(self.path)
            self._claim(run)
            findings = Findings(self._journal)
            if findings.cut:
                self.log(f"cut {findings.cut} bytes of a torn line off the journal")
            try:
                yield findings
            finally:
                findings.close()
                self._close_progress()

    def _claim(self, run: Run) -> None:
        path = self.path / "run.json"
        if not path.exists():
            write_sealed(path, run)
        if self.run() != run:
            raise StoreError(f"{path} holds another run than {run.id}; move {self.path} away")

    # What was asked, and how it ended.

    def run(self) -> Run:
        """The run that this folder was made for."""
        return read_sealed(Run, self.path / "run.json")

    def result(self) -> Result | None:
        """What a finished run made; None while it is not finished."""
        return _sealed_or_none(Result, self.path / "result.json")

    def failure(self) -> Failure | None:
        """Why the last attempt failed; None if it did not, or the run has finished since."""
        path = self.path / "failed.json"
        return None if self.result() else _sealed_or_none(Failure, path)

    def finish(self, findings: Findings, models: Sequence[ModelRef]) -> Result:
        """Compact the journal to Parquet, write the result, delete what it replaces."""
        from .columns import answers_to_parquet, observations_to_parquet

        answers, observations = findings.answers.values(), findings.observations.values()
        write_bytes(self.path / "answers.parquet", answers_to_parquet(answers))
        write_bytes(self.path / "observations.parquet", observations_to_parquet(observations))
        result = Result(
            run=self.run().id,
            models=tuple(models),
            answers=len(answers),
            observations=len(observations),
            missing=sum(o.value is None for o in observations),
            artefacts=self._artefacts(),
        )
        write_sealed(self.path / "result.json", result)
        self.tidy()
        return result

    def tidy(self) -> None:
        """Delete what a finished run does not need: journal, checkpoints, an earlier failure."""
        self._journal.unlink(missing_ok=True)
        self.forgive()
        shutil.rmtree(self.path / "checkpoint", ignore_errors=True)

    def fail(self, reason: str) -> None:
        """Record that the run could not be carried out. What it found so far stays."""
        self.path.mkdir(parents=True, exist_ok=True)
        write_sealed(self.path / "failed.json", Failure(run=self.path.name, reason=reason))

    def forgive(self) -> None:
        """Forget a recorded failure, because the run is tried again."""
        (self.path / "failed.json").unlink(missing_ok=True)

    def _artefacts(self) -> dict[str, str]:
        names = ["run.json", "answers.parquet", "observations.parquet"]
        paths = [self.path / name for name in names]
        paths += sorted(p for p in self.path.glob("models/*/*") if p.is_file())
        return {str(p.relative_to(self.path)): sha256(p.read_bytes()) for p in paths}

    # What was found.

    def answers(self) -> list[Answer]:
        """Every answer so far, from the result's Parquet or else the journal."""
        from .columns import answers_from_parquet

        found = self._found("answers.parquet")
        return list(found.answers) if isinstance(found, Batch) else answers_from_parquet(found)

    def observations(self) -> list[Observation]:
        """Every observation so far, from the result's Parquet or else the journal."""
        from .columns import observations_from_parquet

        found = self._found("observations.parquet")
        if isinstance(found, Batch):
            return list(found.observations)
        return observations_from_parquet(found)

    @property
    def _journal(self) -> Path:
        return self.path / "journal.jsonl"

    def _found(self, name: str) -> Batch | bytes:
        """The Parquet file if the run is finished, or else what the journal holds."""
        if (data := self._compacted(name)) is not None:
            return data
        batch = read_findings(self._journal)
        # The run may have finished, and its journal gone, since the question was put.
        return batch if (data := self._compacted(name)) is None else data

    def _compacted(self, name: str) -> bytes | None:
        result = self.result()
        if result is None:
            return None
        path = self.path / name
        data = path.read_bytes() if path.exists() else b""
        if sha256(data) != result.artefacts[name]:
            raise StoreError(
                f"{path} is damaged or missing; delete the folder {self.path} and run again"
            )
        return data

    # Where it stands.

    def save_checkpoint(
        self, slot: str, tensors: Mapping[str, Any], state: Mapping[str, Any]
    ) -> None:
        """Replace the slot's checkpoint as a whole; on the disk when this returns.

        `state` is plain JSON without NaN. ValueError if it is not.
        """
        folder = self._slot(slot)
        digest, _ = write_tensors(folder, tensors)
        write_sealed(folder / "checkpoint.json", Checkpoint(slot=slot, weights=digest, state=state))
        keep_only(folder, digest)

    def load_checkpoint(self, slot: str) -> tuple[Tensors, dict[str, Any]] | None:
        """The slot's tensors (on the CPU) and state; None if there is none."""
        folder = self._slot(slot)
        checkpoint = _sealed_or_none(Checkpoint, folder / "checkpoint.json")
        if checkpoint is None:
            return None
        return read_tensors(folder, checkpoint.weights), dict(checkpoint.state)

    def drop_checkpoint(self, slot: str) -> None:
        """Delete the slot's checkpoint, if there is one."""
        (self._slot(slot) / "checkpoint.json").unlink(missing_ok=True)
        shutil.rmtree(self._slot(slot), ignore_errors=True)

    def _slot(self, slot: str) -> Path:
        return self.path / "checkpoint" / plain_name(slot)

    # What it made.

    def save_model(self, ref: ModelRef, tensors: Mapping[str, Any]) -> ModelRef:
        """Keep a model; its ref as a reader will see it, with the weights' sha256 and bytes.

        A model without tensors has no weights, and keeps the bytes that the ref gives.
        """
        folder = self._model(ref.id)
        if tensors:
            digest, size = write_tensors(folder, tensors)
            ref = replace(ref, weights=digest, bytes=size)
        write_sealed(folder / "model.json", ref)
        keep_only(folder, ref.weights)
        return read_sealed(ModelRef, folder / "model.json")

    def load_model(self, model_id: str) -> tuple[ModelRef, Tensors]:
        """The model and its tensors; StoreError if it is missing or damaged."""
        folder = self._model(model_id)
        ref = read_sealed(ModelRef, folder / "model.json")
        return ref, {} if ref.weights is None else read_tensors(folder, ref.weights)

    def has_model(self, model_id: str) -> bool:
        """Whether the model has been kept."""
        return (self._model(model_id) / "model.json").exists()

    def models(self) -> list[ModelRef]:
        """Every model kept so far, fewest tokens first."""
        paths = self.path.glob("models/*/model.json")
        return sorted((read_sealed(ModelRef, p) for p in paths), key=lambda m: (m.tokens, m.id))

    def save_picture(self, model_id: str, png: bytes) -> None:
        """Keep images that a model made, beside its weights."""
        write_bytes(self._model(model_id) / PICTURE, png)

    def pictures(self) -> list[Picture]:
        """What the models made, those with fewest tokens first; none of families that make none."""
        found = ((ref, self._model(ref.id) / PICTURE) for ref in self.models())
        return [Picture(model=ref, png=path.read_bytes()) for ref, path in found if path.is_file()]

    def _model(self, model_id: str) -> Path:
        return self.path / "models" / plain_name(model_id)

    # How it went.

    def progress(self, moment: Progress) -> None:
        """Append a line of the learning curve."""
        if self._progress is None:
            self._progress = Journal(self.path / "progress.jsonl")
        self._progress.append(to_json(moment))

    def curve(self) -> list[Progress]:
        """The learning curve; a step that was done again after a kill counts once."""
        latest: dict[tuple[int, int, str | None], Progress] = {}
        for moment in self.moments()[0]:
            latest[moment.branch, moment.step, moment.event] = moment
        return sorted(latest.values(), key=lambda m: (m.branch, m.step))

    def moments(self, start: int = 0) -> tuple[list[Progress], int]:
        """Every line of progress from byte `start`, repetitions and all, and where they end."""
        bodies, end = read(self.path / "progress.jsonl", start)
        return [from_json(Progress, body) for body in bodies], end

    def seconds(self) -> float | None:
        """Seconds of training in all processes, as far as the curve tells; None without one."""
        times = [moment.seconds for moment in self.moments()[0]]
        if not times:
            return None
        ends = [end for end, start in pairwise(times) if start < end]
        return sum(ends) + times[-1]

    def log(self, text: str) -> None:
        """Append to log.txt, which is for people: nothing is ever read out of it."""
        with self.open_log() as file:
            file.write(text.rstrip("\n").encode() + b"\n")

    def open_log(self) -> BinaryIO:
        """log.txt for appending, e.g. for all that a process prints."""
        self.path.mkdir(parents=True, exist_ok=True)
        return (self.path / "log.txt").open("ab", buffering=0)

    def _close_progress(self) -> None:
        if self._progress is not None:
            self._progress.close()
            self._progress = None


def _sealed_or_none(kind: type[T], path: Path) -> T | None:
    return read_sealed(kind, path) if path.exists() else None
