"""Fork server: a process that has the heavy libraries loaded and forks one worker per run.

Forking takes milliseconds, and importing torch in a new interpreter takes seconds. Python's own
fork server is not used: it imports the caller's `__main__` in every worker, its environment is
fixed at its first start, and it uses pickle. This one reads runs as lines of JSON from stdin and
writes lines of JSON to stdout.

No process outlives the driver. The server exits when its stdin closes, and kills its workers. The
kernel kills a worker when the server dies, and the worker also watches the driver's end of the
pipe. Workers are always stopped by a kill, which the store makes harmless.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import os
import select
import signal
import sys
import threading
import traceback
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from ....errors import UpwellError
from ....plugins import import_user_module, trust_working_dir
from ....records import Run, from_json
from ....store import RunDir, Store
from ...worker import RunTask

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Serve until stdin closes. The only argument is JSON with the work and modules to preload."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests, channel = os.dup(0), os.dup(1)
    with Path(os.devnull).open("rb") as devnull:
        os.dup2(devnull.fileno(), 0)
    os.dup2(2, 1)
    config = json.loads(sys.argv[1])
    # In a notebook the working folder is on the driver's `sys.path`, as "".
    trust_working_dir(config["trusted"])
    _preload(config["preload"])
    # A driver that dies during a write is a closed pipe.
    with suppress(BrokenPipeError):
        ForkServer(from_json(RunTask, json.dumps(config["work"])), requests, channel).serve()


class ForkServer:
    """Forks workers and reports their exits. It has one thread, so forking is safe."""

    def __init__(self, work: RunTask, requests: int, channel: int) -> None:
        self._work, self._requests, self._channel = work, requests, channel
        self._children: dict[int, str] = {}
        self._buffer = b""
        self._wakeup_fd, wake_fd = os.pipe()
        os.set_blocking(wake_fd, False)
        signal.set_wakeup_fd(wake_fd, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def serve(self) -> None:
        """Start runs and report exits until stdin closes; then kill the remaining workers."""
        self._send({"ready": os.getpid()})
        try:
            while self._poll():
                pass
        finally:
            for pid in self._children:
                os.kill(pid, signal.SIGKILL)
            for pid in self._children:
                os.waitpid(pid, 0)

    def _poll(self) -> bool:
        """Wait for a request or an exit and handle it. Returns False when the driver is gone."""
        ready, _, _ = select.select([self._requests, self._wakeup_fd], [], [])
        if self._wakeup_fd in ready:
            os.read(self._wakeup_fd, 4096)
            self._reap()
        if self._requests not in ready:
            return True
        data = os.read(self._requests, 1 << 16)
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            self._start(from_json(Run, line))
        return bool(data)

    def _start(self, run: Run) -> None:
        server = os.getpid()
        pid = os.fork()
        if pid == 0:
            os.close(self._channel)
            _run_worker(self._work, run, server, self._requests)
        self._children[pid] = run.id
        self._send({"started": run.id, "pid": pid})

    def _reap(self) -> None:
        for pid, code in _reap_children():
            self._send({"exited": self._children.pop(pid), "code": code})

    def _send(self, message: dict[str, object]) -> None:
        os.write(self._channel, json.dumps(message).encode() + b"\n")


def _run_worker(work: RunTask, run: Run, server: int, driver: int) -> NoReturn:
    """Run a worker and exit. `os._exit` skips the exit handlers of the server."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        _exit_with_parent(server, driver)
        _redirect_output(Store.open(work.root).run(run.id))
        _set_single_thread()
        work(run)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _exit_with_parent(server: int, driver: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    threading.Thread(target=_watch_parent, args=(server, driver), daemon=True).start()


def _watch_parent(server: int, driver: int) -> None:
    """Die when the driver has closed the pipe, or the parent has changed."""
    poll = select.poll()
    poll.register(driver, 0)
    while os.getppid() == server and not poll.poll(1000):
        pass
    os.kill(os.getpid(), signal.SIGKILL)


def _redirect_output(run_dir: RunDir) -> None:
    """Redirect the output of the worker and its libraries to the run's log."""
    with run_dir.open_log() as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)


def _set_single_thread() -> None:
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)


def _preload(names: list[str]) -> None:
    for name in names:
        # A worker that needs it imports it again, and records the error with its run.
        with suppress(ImportError, UpwellError):
            import_user_module(name)
    if "torch" in sys.modules:
        # The first optimizer of a process imports it, which takes more than a second.
        importlib.import_module("torch._dynamo")
    # Excludes loaded objects from garbage collection, so that their pages stay shared.
    gc.freeze()


def _reap_children() -> list[tuple[int, int]]:
    """(process id, exit code) of exited workers; the code is negative for a signal."""
    exits: list[tuple[int, int]] = []
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return exits
        if pid == 0:
            return exits
        exits.append((pid, os.waitstatus_to_exitcode(status)))


if __name__ == "__main__":
    main()
