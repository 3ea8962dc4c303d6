"""Real kills of real training: the same bits, nothing lost, nothing twice, nobody left over."""

import hashlib
import random
import subprocess
import sys
import threading
import time

import psutil
import pytest

from upwell.study import build_runs, execute, table

from .samples import DECODERS, created

RUNS = build_runs(DECODERS)
DRIVER = """
import sys
from upwell.store import Store
from upwell.study import execute
store = Store.open(sys.argv[1])
execute(store.plan().runs, store, 2, lambda event: print(event.kind, flush=True))
"""


def processes(root):
    """Fork server and workers of a study: its folder stands in their command line."""
    found = []
    for process in psutil.process_iter():
        try:
            if "upwell.study.executors.process_pool.server" in process.cmdline() and any(
                str(root) in word for word in process.cmdline()
            ):
                found.append(process)
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
    return found


def workers(root):
    """Those whose parent is one of them."""
    found = {process.pid: process for process in processes(root)}
    return [process for process in found.values() if _parent(process) in found]


def _parent(process):
    try:
        return process.ppid()
    except psutil.NoSuchProcess:
        return None


def content(store):
    """sha256 of everything that finished runs left behind, but for what is for people."""
    root = store.root / "runs"
    files = [p for p in sorted(root.rglob("*")) if p.is_file()]
    return {
        str(p.relative_to(root)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in files
        if p.name not in ("log.txt", "progress.jsonl")
    }


@pytest.fixture(scope="module")
def calm(tmp_path_factory):
    store = created(tmp_path_factory.mktemp("calm"), DECODERS, RUNS)
    execute(RUNS, store, 2)
    assert len(store.results()) == len(RUNS)
    return store


def kill_now_and_then(root, rng, over, kills):
    """SIGKILL a worker at random moments, at most twenty times, until `over`."""
    while len(kills) < 20 and not over.wait(rng.uniform(0.05, 0.4)):
        for process in workers(root)[:1]:
            process.kill()
            kills.append(process.pid)


def test_killed_workers_leave_no_trace(tmp_path, calm):
    store = created(tmp_path, DECODERS, RUNS)
    over, kills = threading.Event(), []
    killer = threading.Thread(
        target=kill_now_and_then, args=(tmp_path, random.Random(0), over, kills)
    )
    killer.start()
    while len(store.results()) < len(RUNS):
        execute(RUNS, store, 2)
    over.set()
    killer.join()
    print("KILLS", len(kills))
    assert kills
    assert content(store) == content(calm)
    assert table(store).frame.equals(table(calm).frame)


def test_killed_drivers_leave_no_trace_and_nobody_behind(tmp_path, calm):
    store = created(tmp_path, DECODERS, RUNS)
    rng = random.Random(1)
    for _ in range(2):
        with subprocess.Popen(
            [sys.executable, "-c", DRIVER, tmp_path], stdout=subprocess.PIPE
        ) as driver:
            for _ in range(rng.randrange(2, 12)):
                driver.stdout.readline()
            driver.kill()
        assert nobody(tmp_path)
    execute(RUNS, store, 2)
    assert content(store) == content(calm)
    assert nobody(tmp_path)


def test_a_worker_dies_with_its_server(tmp_path):
    store = created(tmp_path, DECODERS, RUNS)
    with subprocess.Popen([sys.executable, "-c", DRIVER, tmp_path], stdout=subprocess.PIPE) as p:
        while not workers(tmp_path):
            assert p.poll() is None
            time.sleep(0.02)
        server = psutil.Process(workers(tmp_path)[0].ppid())
        orphans = workers(tmp_path)
        p.kill()
        server.kill()
        assert not psutil.wait_procs(orphans, timeout=10)[1]
    assert nobody(tmp_path)
    assert store.results() == []


def nobody(root):
    """Whether all processes of the study are gone, given a moment."""
    return not psutil.wait_procs(processes(root), timeout=20)[1] and not processes(root)
