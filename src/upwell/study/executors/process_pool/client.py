"""Client of the fork server: starts it, sends runs, receives exits of workers.

Workers die with their server. Each of them is then reported as exited, and the next run starts a
new server.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType

from ....errors import RunError
from ....plugins import trusted_dirs
from ....records import Run, to_json
from ...worker import RunTask

SINGLE_THREAD_ENV = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "POLARS_MAX_THREADS": "1",
    "TOKENIZERS_PARALLELISM": "false",
}
"""Set before any library reads it. With two threads per run on busy cores, runs take ten times as
long."""

KEEP_FREED_MEMORY_ENV = {
    "MALLOC_MMAP_THRESHOLD_": str(1 << 30),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 30),
}
"""Makes the C library keep freed memory. Otherwise every training step returns megabytes to the
system and gets them back zeroed, which costs 8 % of the time at a million parameters."""


@dataclass(frozen=True)
class WorkerExit:
    """Exit of a worker."""

    run: str
    code: int | None
    """Exit code, negative for a signal; None if the server died."""


class WorkerPool:
    """Workers for one `RunTask`. Leaving the context kills the remaining ones."""

    def __init__(self, work: RunTask, preload: Sequence[str]) -> None:
        self._config = json.dumps(
            {
                "work": json.loads(to_json(work)),
                "preload": list(preload),
                "trusted": list(trusted_dirs()),
            }
        )
        self._server: subprocess.Popen[bytes] | None = None
        self._buffer = b""
        self._ready = False
        self.running: dict[str, int | None] = {}
        """Process id by id of each running run; None until it is known."""

    def __enter__(self) -> WorkerPool:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._server is not None:
            self._stop_server(self._server)

    def start(self, run: Run) -> None:
        """Start a run in its own process."""
        self.running[run.id] = None
        if self._server is None:
            self._server = self._start_server()
        assert self._server.stdin is not None
        # If the server has just died, `wait` notices its closed channel.
        with suppress(BrokenPipeError):
            self._server.stdin.write(to_json(run).encode() + b"\n")
            self._server.stdin.flush()

    def wait(self, seconds: float) -> list[WorkerExit]:
        """Wait for exits of workers, at most that many seconds.

        Raises RunError if the server itself cannot start.
        """
        if self._server is None:
            return []
        assert self._server.stdout is not None
        channel = self._server.stdout.fileno()
        if not select.select([channel], [], [], seconds)[0]:
            return []
        data = os.read(channel, 1 << 16)
        if not data:
            return self._handle_server_loss(self._server)
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        exits = (self._handle_message(json.loads(line)) for line in lines)
        return [worker_exit for worker_exit in exits if worker_exit is not None]

    def _handle_message(self, message: dict[str, str | int]) -> WorkerExit | None:
        if "ready" in message:
            self._ready = True
            return None
        if "started" in message:
            self.running[str(message["started"])] = int(message["pid"])
            return None
        run = str(message["exited"])
        del self.running[run]
        return WorkerExit(run, int(message["code"]))

    def _handle_server_loss(self, server: subprocess.Popen[bytes]) -> list[WorkerExit]:
        self._stop_server(server)
        if not self._ready:
            raise RunError(
                f"the process that starts workers ended with exit code {server.returncode} before "
                "it was ready; see its message above, fix the cause and run again"
            )
        exits = [WorkerExit(run, None) for run in self.running]
        self.running.clear()
        return exits

    def _start_server(self) -> subprocess.Popen[bytes]:
        self._buffer, self._ready = b"", False
        return subprocess.Popen(
            # -P keeps the working folder, which may hold a `polars.py`, off `sys.path`.
            [sys.executable, "-P", "-m", f"{__package__}.server", self._config],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={
                **os.environ,
                **SINGLE_THREAD_ENV,
                **KEEP_FREED_MEMORY_ENV,
                "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            },
            # Ctrl-C at the terminal reaches only the driver, which then closes the pipe.
            start_new_session=True,
        )

    def _stop_server(self, server: subprocess.Popen[bytes]) -> None:
        """Close the pipe, upon which the server kills its workers and exits; kill it if not."""
        assert server.stdin is not None and server.stdout is not None
        self._server = None
        with suppress(BrokenPipeError):
            server.stdin.close()
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        server.stdout.close()
