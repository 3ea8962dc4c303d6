"""Mutated files of foreign models: no traceback, no more than 2 seconds, 1 GB, or a silent change.

    python benchmarks/fuzz_models.py [--count 3000] [--seed 1] [FILE ...]

Each case is a folder of a tiny model with one file mutated. It is loaded, scores a text and
generates one. A FILE such as fuzz-3-config.json is put in the place of the file that its name ends
in. Allowed outcomes are an answer or an UpwellError. Wrong are other exceptions, too much time or
memory, and an answer that is no probability. Mutations are the same for the same seed.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

os.environ["HF_HUB_OFFLINE"] = "1"
sys.path.insert(0, str(Path(__file__).parents[1]))

FILES = (
    "config.json", "tokenizer.json", "tokenizer_config.json", "generation_config.json",
    "special_tokens_map.json",
)  # fmt: skip
KINDS = ("llama", "gpt2", "opt", "bert", "t5", "mamba")
MAX_SECONDS, MAX_BYTES = 2.0, 1 << 30

ODD_VALUES = (
    None, True, False, 0, -1, 1, 2, 7, 10**9, 10**18, 2**63, -(10**9), 1.5, -0.0, 1e308,
    float("nan"), float("inf"), "", "x", "../../etc/passwd", "\ud800", "a" * 100_000, [],
    {}, [None], ["x"], [[]], {"a": 1}, {"": "sdpa"}, [10**9] * 3, "org/kernel",
)  # fmt: skip
ODD_KEYS = (
    "attn_implementation", "_attn_implementation", "quantization_config", "auto_map",
    "torch_dtype", "dtype", "model_type", "architectures", "num_hidden_layers",
    "sliding_window", "layer_types", "rope_parameters", "rope_scaling", "is_decoder",
    "is_encoder_decoder", "eos_token_id", "text_config", "tokenizer_class", "vocab_file",
    "added_tokens_decoder", "chat_template", "split_special_tokens", "extra_special_tokens",
    "truncation", "padding", "normalizer", "pre_tokenizer", "post_processor", "max_new_tokens",
    "num_beams", "cache_implementation", "suppress_tokens", "forced_bos_token_id",
)  # fmt: skip


def mutate(data: bytes, rng: random.Random) -> bytes:
    """The file with one change: of bytes, or of a value, a key or a list of its JSON."""
    kind = rng.random()
    if kind < 0.25:
        return mutate_bytes(data, rng)
    document = json.loads(data)
    for _ in range(rng.choice((1, 1, 2))):
        mutate_value(document, rng)
    return json.dumps(document).encode()


def mutate_bytes(data: bytes, rng: random.Random) -> bytes:
    """Flipped, cut, doubled or inserted bytes."""
    place = rng.randrange(len(data) + 1)
    match rng.randrange(5):
        case 0:
            return data[:place]
        case 1:
            changed = bytearray(data)
            changed[place % len(data)] ^= 1 << rng.randrange(8)
            return bytes(changed)
        case 2:
            return data[:place] + data[max(0, place - 50) :]
        case 3:
            return data[:place] + bytes(rng.randrange(256) for _ in range(4)) + data[place:]
        case _:
            return data[:place] + b"[" * 5000 + data[place:]


def mutate_value(document: Any, rng: random.Random) -> None:
    """Replace, remove, add or swap one value somewhere in a JSON document."""
    parts = [part for part in iter_parts(document) if part]
    part = rng.choice(parts)
    keys = list(part) if isinstance(part, dict) else list(range(len(part)))
    key = rng.choice(keys)
    match rng.randrange(5):
        case 0:
            del part[key]
        case 1 if isinstance(part, dict):
            part[rng.choice(ODD_KEYS)] = rng.choice(ODD_VALUES)
        case 2:
            part[key], part[rng.choice(keys)] = part[rng.choice(keys)], part[key]
        case 3 if isinstance(part[key], int | float):
            part[key] = part[key] * rng.choice((-1, 0, 2, 1000, 10**6)) + rng.choice((0, 1))
        case _:
            part[key] = rng.choice(ODD_VALUES)


def iter_parts(document: Any) -> Any:
    """All objects and lists of a document, but the long ones rarely matter."""
    if isinstance(document, dict | list):
        yield document
        for value in document.values() if isinstance(document, dict) else document[:20]:
            yield from iter_parts(value)


def use(folder: Path) -> list[float]:
    """Numbers of a loaded model. Raises ModelError."""
    from upwell.models.hub.language_models import load
    from upwell.models.protocols import NoAnswer

    model = load(folder)
    lm = model.as_lm()
    pairs = [("The statement", " is a value"), ("import x", " y")]
    answers = [*lm.loglikelihood(pairs), *lm.generate_until(["The value"], 3, ["\n"])]
    numbers: list[float] = []
    for answer in answers:
        if isinstance(answer, NoAnswer):
            assert answer.reason
        else:
            numbers += getattr(answer, "logprobs", ())
    return numbers


def check(folder: Path) -> tuple[str, str]:
    """(outcome, detail) of one folder: "answer", "refused", or what is wrong."""
    from upwell.errors import UpwellError

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    outcome, detail = "answer", ""
    try:
        numbers = use(folder)
        if any(number != number or number > 1e-4 for number in numbers):
            outcome, detail = "NO PROBABILITY", str(numbers)
    except UpwellError as error:
        outcome, detail = "refused", str(error)
        if "\n" in detail or len(detail) > 900:
            outcome = "NO SENTENCE"
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        outcome, detail = "TRACEBACK", f"{type(error).__name__}: {error}"
        if os.environ.get("FUZZ_DEBUG"):
            import traceback

            traceback.print_exc()
    seconds = time.process_time() - start
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    if seconds > MAX_SECONDS:
        outcome, detail = "SLOW", f"{seconds:.1f} s {detail}"
    if grown > MAX_BYTES:
        outcome, detail = "LARGE", f"{grown:,} bytes {detail}"
    return outcome, detail


def main() -> None:
    """Run all cases and print the outcomes; exit code 1 if one is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--count", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="folder for the files that went wrong")
    options = parser.parse_args()
    import torch

    from tests.models import shapes

    torch.set_num_threads(1)
    outcomes: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as parent:
        folders = [shapes.folder(kind, parent) for kind in KINDS]
        rng = random.Random(options.seed)
        for number in range(options.count if not options.files else len(options.files)):
            folder = folders[number % len(folders)]
            if options.files:
                name = options.files[number].name.rpartition("-")[2]
                data = options.files[number].read_bytes()
            else:
                name = rng.choice([each for each in FILES if (folder / each).exists()])
                data = mutate((folder / name).read_bytes(), rng)
            mutated = Path(parent, "mutated")
            shutil.copytree(folder, mutated)
            (mutated / name).write_bytes(data)
            outcome, detail = check(mutated)
            outcomes[f"{name}: {outcome}"] += 1
            if outcome not in ("answer", "refused"):
                print(f"{number} {folder.name} {name}: {outcome} {detail[:300]}", flush=True)
                if options.keep:
                    shutil.copytree(mutated, options.keep / str(number), dirs_exist_ok=True)
            shutil.rmtree(mutated)
    for key, count in sorted(outcomes.items()):
        print(f"{count:6,} {key}")
    wrong = any(not key.endswith((": answer", ": refused")) for key in outcomes)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
