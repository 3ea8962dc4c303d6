"""Local executor: one process per run, as many at a time as there are cores.

Finished runs are known by their files, so stopping and starting again loses only the time since the
last checkpoints. A worker that is killed is retried. A run that raises is recorded as failed, and
the others go on.

An `Executor` calls `work` on every run, in any order, on any machine.
"""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from ...errors import StoreError
from ...evaluation import ability_module
from ...records import Run
from ...store import Store
from ..cost import estimate_cost, is_trainable
from ..events import Event, EventKind, EventListener
from ..machine import cores, free_memory, process_memory
from ..worker import DEFAULT_MODEL_FACTORY, RunTask
from .process_pool.client import WorkerExit, WorkerPool

Executor = Callable[[RunTask, Sequence[Run]], None]

MAX_RETRIES = 3
"""Maximum retries of a run whose worker was killed."""

POLL_SECONDS = 0.25
"""Seconds between two polls of progress and memory."""


def execute(
    runs: Sequence[Run],
    store: Store,
    workers: int | None = None,
    on_event: EventListener = lambda event: None,
    model_factory: str = DEFAULT_MODEL_FACTORY,
) -> None:
    """Execute every run that is not finished, the longest first.

    Returns when all runs are finished or failed; see `store.run(id)`. A run that failed before is
    tried again. `workers` defaults to the number of cores. Raises StoreError if another process
    works on the study, and KeyboardInterrupt with a message on how to resume.
    """
    with store.lock():
        local_executor = LocalExecutor(store, workers or cores(), on_event)
        pending = [run for run in runs if not local_executor.is_finished(run)]
        costs = {run.id: estimate_cost(run) for run in pending}
        local_executor.memory_bytes = {
            name: run_cost.memory_bytes for name, run_cost in costs.items()
        }
        work = RunTask(root=str(store.root.resolve()), model_factory=model_factory)
        executor: Executor = local_executor
        try:
            executor(work, sorted(pending, key=lambda run: -costs[run.id].seconds))
        except KeyboardInterrupt:
            done = sum(store.run(run.id).result() is not None for run in runs)
            raise KeyboardInterrupt(
                f"stopped with {done} of {len(runs)} runs finished; nothing is lost, "
                "run the same command again to resume"
            ) from None


class LocalExecutor:
    """The executor of this machine."""

    def __init__(self, store: Store, workers: int, on_event: EventListener) -> None:
        self._store, self._workers, self._on_event = store, workers, on_event
        self._started_at = time.monotonic()
        self._kill_counts: Counter[str] = Counter()
        self._read_offsets: dict[str, int] = {}
        """Byte up to which a run's training log was read."""

        self.memory_bytes: Mapping[str, int] = {}
        """Bytes that each run is expected to need."""

    def __call__(self, work: RunTask, runs: Sequence[Run]) -> None:
        """Return when every run is finished or failed."""
        waiting = list(runs)
        runs_by_id = {run.id: run for run in runs}
        with WorkerPool(work, find_preload_modules(work, runs)) as pool:
            while waiting or pool.running:
                self._start(waiting, pool)
                exits = pool.wait(POLL_SECONDS)
                for name in [*pool.running, *(worker_exit.run for worker_exit in exits)]:
                    self._emit_progress(name)
                for worker_exit in exits:
                    if self._handle_exit(worker_exit):
                        waiting.insert(0, runs_by_id[worker_exit.run])

    def is_finished(self, run: Run) -> bool:
        """Whether the run was finished before; if not, clear an earlier failure."""
        run_dir = self._store.run(run.id)
        if run_dir.result() is None:
            run_dir.clear_failure()
            return False
        run_dir.remove_checkpoints()
        self.emit("skipped", run.id)
        return True

    def emit(self, kind: EventKind, run: str, reason: str | None = None) -> None:
        """Send an event to the listener."""
        seconds = time.monotonic() - self._started_at
        self._on_event(Event(kind=kind, run=run, seconds=seconds, reason=reason))

    def _start(self, waiting: list[Run], pool: WorkerPool) -> None:
        """Start waiting runs while there are free workers and memory."""
        free = free_memory()
        for run in list(waiting):
            if len(pool.running) >= self._workers:
                return
            if free is None or free - self._reserved_bytes(pool) >= self.memory_bytes[run.id]:
                waiting.remove(run)
                self._emit_progress(run.id)
                self.emit("started", run.id)
                pool.start(run)
        if waiting and not pool.running and free is not None:
            run = waiting.pop(0)
            self._fail(
                run.id,
                f"needs about {self.memory_bytes[run.id] / 1e6:.0f} MB of memory and only "
                f"{free / 1e6:.0f} MB are free; close other programs, or raise grad_accumulation",
            )

    def _reserved_bytes(self, pool: WorkerPool) -> int:
        """Bytes that the running workers may still allocate."""
        return sum(
            max(0, self.memory_bytes[run] - _resident_bytes(pid))
            for run, pid in pool.running.items()
        )

    def _handle_exit(self, worker_exit: WorkerExit) -> bool:
        """Emit how a run ended. Returns True if it should be retried."""
        run_dir = self._store.run(worker_exit.run)
        if run_dir.result() is not None:
            self.emit("finished", worker_exit.run)
            return False
        if (failure := run_dir.failure()) is not None:
            self.emit("failed", worker_exit.run, failure.reason)
            return False
        self._kill_counts[worker_exit.run] += 1
        cause = f"its worker {_describe_exit(worker_exit.code)}"
        if self._kill_counts[worker_exit.run] <= MAX_RETRIES:
            self.emit("retried", worker_exit.run, f"{cause}; it resumes from its last checkpoint")
            return True
        self._fail(
            worker_exit.run, f"{cause}, {MAX_RETRIES + 1} times; see {run_dir.path / 'log.txt'}"
        )
        return False

    def _fail(self, run: str, reason: str) -> None:
        self._store.run(run).fail(reason)
        self.emit("failed", run, reason)

    def _emit_progress(self, run: str) -> None:
        try:
            log_entries, self._read_offsets[run] = self._store.run(run).read_train_log(
                self._read_offsets.get(run, 0)
            )
        except StoreError:
            # The worker meets the same damage when it appends, and records it with its run.
            return
        for log_entry in log_entries:
            seconds = time.monotonic() - self._started_at
            self._on_event(Event(kind="progress", run=run, seconds=seconds, progress=log_entry))


def find_preload_modules(work: RunTask, runs: Sequence[Run]) -> list[str]:
    """Modules to import before workers are forked: torch, and ours.

    Custom modules are not among them: they might start threads, which a fork does not survive.
    """
    used = {work.model_factory.partition(":")[0]}
    for run in runs:
        used |= {_module_name("models.families", run.model.family)}
        used |= {ability_module(name) for name in run.abilities}
        used |= {_module_name("data.sources", data.source) for data in run.data}
    builtin_modules = sorted(name for name in used if name.startswith("upwell."))
    return (
        ["torch", *builtin_modules] if any(is_trainable(run) for run in runs) else builtin_modules
    )


def _module_name(package: str, name: str) -> str:
    return name if "." in name else f"upwell.{package}.{name}"


def _resident_bytes(pid: int | None) -> int:
    """Resident bytes of a worker; 0 while unknown."""
    memory = None if pid is None else process_memory(pid)
    return 0 if memory is None else memory


def _describe_exit(code: int | None) -> str:
    if code is None:
        return "died with the fork server"
    if code < 0:
        hint = " (out of memory?)" if -code == signal.SIGKILL else ""
        return f"was killed by {signal.Signals(-code).name}{hint}"
    return f"ended with exit code {code}"
