import os

import psutil
import pytest

from upwell.study import machine
from upwell.study.machine import cores, free_memory, peak_flops, process_memory


def test_there_are_as_many_cores_as_this_process_may_use():
    assert 1 <= cores() <= len(os.sched_getaffinity(0))


def test_free_memory_is_what_the_system_says():
    assert 0 < free_memory() <= psutil.virtual_memory().total


def test_a_process_holds_memory_and_a_missing_one_is_unknown():
    assert process_memory(os.getpid()) == pytest.approx(psutil.Process().memory_info().rss, rel=0.1)
    assert process_memory(2**22 + 1) is None


def test_limits_of_a_container_count(tmp_path, monkeypatch):
    for name, text in {
        "cpu.max": "100000 100000",
        "memory.max": "1000000",
        "memory.current": "400000",
        "memory.stat": "anon 1\ninactive_file 100000\n",
    }.items():
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(machine, "CGROUP", tmp_path)
    assert cores() == 1
    assert free_memory() == 700_000


def test_a_container_without_limits_is_the_machine(tmp_path, monkeypatch):
    (tmp_path / "cpu.max").write_text("max 100000")
    (tmp_path / "memory.max").write_text("max")
    monkeypatch.setattr(machine, "CGROUP", tmp_path)
    assert cores() == len(os.sched_getaffinity(0))
    assert free_memory() == pytest.approx(psutil.virtual_memory().available, rel=0.2)


def test_the_peak_is_a_speed():
    assert peak_flops() > 1e8
