"""A few of the inputs of `benchmarks/fuzz.py` and `benchmarks/flips.py`, always the same ones."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

FUZZED = ("results-csv", "results-json", "forecast-json", "study-json", "feedback", "task-yaml")
FLIPPED = ("study", "study-in-progress", "feedback", "checkpoint")


def call(script, count, kinds):
    words = [word for kind in kinds for word in ("--kind", kind)]
    return subprocess.run(
        [sys.executable, ROOT / "benchmarks" / script, "--count", str(count), *words],
        capture_output=True,
        text=True,
    )


def test_no_fuzzed_input_gives_a_traceback():
    done = call("fuzz.py", 180, FUZZED)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "180 inputs, 0 faults" in done.stdout


def test_no_flipped_byte_goes_unnoticed():
    done = call("flips.py", 200, FLIPPED)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "200 flips, 0 faults" in done.stdout


PLANTED = """
import sys; sys.path[:0] = [{root!r}]
from pathlib import Path
import tempfile
from benchmarks.fuzz import Kind, fuzz, report
from upwell.errors import DataError
def write(folder): (folder / "a.txt").write_text("abc")
def read(folder):
    text = (folder / "a.txt").read_bytes()
    {body}
    return text
with tempfile.TemporaryDirectory() as folder:
    kind = Kind("planted", write, read, sealed={sealed})
    outcomes = list(fuzz(kind, range(12), 0, Path(folder)))
print(*sorted({{outcome.fault for outcome in outcomes}}))
"""


@pytest.mark.parametrize(
    ("body", "sealed", "fault"),
    [
        ("if text != b'abc': raise KeyError", False, "traceback"),
        ("if text != b'abc': raise DataError('a\\n' * 3)", False, "paragraph"),
        ("if text != b'abc': raise DataError('bad file')", True, ""),
        ("if text != b'abc': sum(range(2 * 10**8))", False, "slow"),
        ("if text != b'abc': bytearray(3 * 2**30)[::4096]", False, "memory"),
        ("if text != b'abc': __import__('os')._exit(3)", False, "traceback"),
        ("", True, "different"),
        ("", False, ""),
    ],
)
def test_a_planted_fault_is_found(body, sealed, fault):
    code = PLANTED.format(root=str(ROOT), body=body, sealed=sealed)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert fault in done.stdout.split() or (not fault and not done.stdout.strip()), done.stderr


def test_a_mutant_depends_on_its_seed_alone(monkeypatch):
    monkeypatch.syspath_prepend(ROOT)
    from benchmarks.mutations import mutate

    data = b'{"a": [1, 2, {"b": "c"}], "d": null}'
    mutants = [mutate(random.Random(seed), data) for seed in range(200)]
    assert mutants == [mutate(random.Random(seed), data) for seed in range(200)]
    assert len(set(mutants)) > 120
