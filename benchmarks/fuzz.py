"""Fuzz every kind of file that Upwell reads.

    python benchmarks/fuzz.py                       (20,000 inputs over all kinds)
    python benchmarks/fuzz.py --count 500 --kind results-csv --kind study-json
    python benchmarks/fuzz.py --kind results-csv --only 17 --keep /tmp/found

A kind is a few lines of `benchmarks/fuzz_kinds.py`: what writes a valid input, and the call that
reads it. An input is a mutant of the valid one and depends on its kind, the seed and its number
alone. It fails where the call

- raises anything but an UpwellError of one sentence (exceptions that the command line explains,
  such as those of the operating system, count as sentences),
- takes over 2 s of CPU time or 1 GB, or
- returns something else than for the valid input, in a kind whose files are sealed.

Calls run in forked processes whose address space is limited.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import select
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NoReturn

from upwell.errors import UpwellError, explain_error

sys.path[:0] = [str(Path(__file__).parents[1])]
from benchmarks.mutations import mutate  # noqa: E402

MAX_SECONDS = 2.0
MAX_BYTES = 1 << 30
HANG_SECONDS, START_SECONDS = 30.0, 300.0
"""After that long without an outcome a process is killed; the first one waits for the imports."""

INPUTS_PER_PROCESS = 200
MAX_MESSAGE = 2000
"""Characters of a sentence."""


@dataclass(frozen=True)
class Kind:
    """A kind of input: what writes a valid one, and what reads it."""

    name: str
    write: Callable[[Path], None]
    """Writes valid files into an empty folder."""

    read: Callable[[Path], object]
    """Reads the folder as a user's call would. What it returns is compared where `sealed`."""

    targets: str = "*"
    """Pattern of the files, relative to the folder, of which one is mutated."""

    sealed: bool = False
    """Whether any change must be noticed: an error, or the same answer."""

    change: Callable[[random.Random, bytes], bytes] = mutate


@dataclass(frozen=True)
class Outcome:
    """What one input did."""

    number: int
    fault: str
    """"traceback", "slow", "memory", "different", "paragraph" or "hang"; "" for none."""

    refused: bool = False
    seconds: float = 0.0
    """CPU time of all threads."""

    bytes: int = 0
    """Growth of the resident memory at its peak."""

    message: str = ""


def fuzz(kind: Kind, numbers: Sequence[int], seed: int, folder: Path) -> Iterator[Outcome]:
    """The outcome of every numbered input of a kind. `folder` is for the files."""
    valid = folder / "valid"
    valid.mkdir(parents=True)
    _write_in_child(kind, valid)
    remaining = list(numbers)
    while remaining:
        batch = remaining[:INPUTS_PER_PROCESS]
        outcomes = list(_fuzz_in_child(kind, batch, seed, valid, folder))
        yield from outcomes
        remaining = remaining[len(outcomes) :]


def write_input(kind: Kind, number: int, seed: int, valid: Path, target: Path) -> Path:
    """Copy the valid files with one of them mutated; its path."""
    rng = random.Random(f"{kind.name} {seed} {number}")
    chosen = rng.choice(sorted(path for path in valid.glob(kind.targets) if path.is_file()))
    for path in sorted(valid.rglob("*")):
        copy = target / path.relative_to(valid)
        if path.is_dir():
            copy.mkdir(parents=True, exist_ok=True)
        else:
            copy.parent.mkdir(parents=True, exist_ok=True)
            data = path.read_bytes()
            copy.write_bytes(kind.change(rng, data) if path == chosen else data)
    return target / chosen.relative_to(valid)


def _write_in_child(kind: Kind, valid: Path) -> None:
    """Write the valid files. This process stays without threads, which a fork would not survive."""
    pid = os.fork()
    if pid == 0:
        try:
            kind.write(valid)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    if os.waitpid(pid, 0)[1]:
        raise SystemExit(f"no valid input of kind {kind.name}")


def _fuzz_in_child(
    kind: Kind, numbers: Sequence[int], seed: int, valid: Path, folder: Path
) -> Iterator[Outcome]:
    """Outcomes of the inputs that one process gets through: all, or up to one that kills it."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        _run_child(kind, numbers, seed, valid, folder, writer)
    os.close(writer)
    count, buffer = 0, b""
    try:
        while True:
            limit = HANG_SECONDS if count else START_SECONDS
            if not select.select([reader], [], [], limit)[0]:
                os.kill(pid, signal.SIGKILL)
                yield Outcome(numbers[count], "hang", message=f"over {limit:.0f} s")
                return
            data = os.read(reader, 1 << 16)
            *lines, buffer = (buffer + data).split(b"\n")
            for line in lines:
                count += 1
                yield Outcome(**json.loads(line))
            if not data:
                break
    finally:
        os.close(reader)
        _, status = os.waitpid(pid, 0)
    if count < len(numbers):
        code = os.waitstatus_to_exitcode(status)
        yield Outcome(numbers[count], "traceback", message=f"the process ended with {code}")


def _run_child(
    kind: Kind, numbers: Sequence[int], seed: int, valid: Path, folder: Path, channel: int
) -> NoReturn:
    """Write an outcome a line to the channel, and exit."""
    try:
        with (folder / "output.txt").open("ab") as log:
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
        expected = _answer(kind, valid)
        limit = _memory("VmSize") + 2 * MAX_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        for number in numbers:
            with tempfile.TemporaryDirectory(dir=folder) as target:
                write_input(kind, number, seed, valid, Path(target))
                outcome = _measure(kind, number, Path(target), expected)
            os.write(channel, json.dumps(asdict(outcome)).encode() + b"\n")
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def _answer(kind: Kind, folder: Path) -> str:
    """What the call returns, without the name of the folder."""
    return repr(kind.read(folder)).replace(str(folder), "FOLDER")


def _measure(kind: Kind, number: int, folder: Path, expected: str) -> Outcome:
    Path("/proc/self/clear_refs").write_text("5")
    before, start = _memory("VmHWM"), time.process_time()
    fault, message, refused = "", "", False
    try:
        if _answer(kind, folder) != expected and kind.sealed:
            fault, message = "different", "another answer, and no error"
    except BaseException as error:
        refused = True
        fault, message = _judge_error(error)
    seconds, grown = time.process_time() - start, _memory("VmHWM") - before
    if not fault and seconds > MAX_SECONDS:
        fault = "slow"
    if not fault and grown > MAX_BYTES:
        fault = "memory"
    return Outcome(number, fault, refused, round(seconds, 3), grown, message[-MAX_MESSAGE:])


def _judge_error(error: BaseException) -> tuple[str, str]:
    """(fault, message) of what a call raised."""
    if isinstance(error, MemoryError):
        return "memory", "".join(traceback.format_exception(error))
    sentence = str(error) if isinstance(error, UpwellError) else explain_error(error)
    if sentence is None:
        return "traceback", "".join(traceback.format_exception(error))
    if "\n" in sentence or len(sentence) > MAX_MESSAGE:
        return "paragraph", sentence
    return "", sentence


def _memory(field: str) -> int:
    """Bytes of a field of /proc/self/status."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * 1024
    raise AssertionError(field)


def report(kind: Kind, outcomes: Sequence[Outcome]) -> int:
    """Print a line a kind, and the first input of every sort of fault. Returns the faults."""
    faults = Counter(outcome.fault for outcome in outcomes if outcome.fault)
    slowest = max((outcome.seconds for outcome in outcomes), default=0.0)
    largest = max((outcome.bytes for outcome in outcomes), default=0)
    refused = sum(outcome.refused for outcome in outcomes)
    names = ", ".join(f"{count} {fault}" for fault, count in faults.items()) or "no fault"
    print(
        f"{kind.name:24} {len(outcomes):6,} inputs, {refused:6,} refused, at most {slowest:5.2f} s "
        f"and {largest / 2**20:4.0f} MB: {names}",
        flush=True,
    )
    seen: set[str] = set()
    for outcome in outcomes:
        place = outcome.message.strip().splitlines()[-1:]
        key = f"{outcome.fault} {place[0][:60] if place else ''}"
        if outcome.fault and key not in seen and len(seen) < 12:
            seen.add(key)
            text = outcome.message[-600:].strip()
            print(f"  --only {outcome.number}: {outcome.fault}: {text}", flush=True)
    return sum(faults.values())


def main() -> None:
    from benchmarks.fuzz_kinds import KINDS

    kinds: dict[str, Any] = {kind.name: kind for kind in KINDS}
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=20_000, help="inputs over all kinds")
    parser.add_argument("--kind", action="append", choices=sorted(kinds))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", type=int, help="one input by its number")
    parser.add_argument("--keep", type=Path, help="folder for the input of --only")
    args = parser.parse_args()
    chosen = [kinds[name] for name in args.kind or kinds]
    each = -(-args.count // len(chosen))
    numbers = range(each) if args.only is None else [args.only]
    faults = 0
    for kind in chosen:
        with tempfile.TemporaryDirectory() as folder:
            outcomes = list(fuzz(kind, numbers, args.seed, Path(folder)))
            faults += report(kind, outcomes)
            if args.keep and args.only is not None:
                path = write_input(kind, args.only, args.seed, Path(folder, "valid"), args.keep)
                print(f"written: {path}")
    print(f"{len(numbers) * len(chosen):,} inputs, {faults} faults")
    sys.exit(faults > 0)


if __name__ == "__main__":
    main()
