"""Real benchmarks in Upwell and in lm-evaluation-harness 0.4.13: are the numbers the same?

    UPWELL_DATA=/path/to/data UPWELL_LM_EVAL=/path/to/python-with-lm_eval \\
        python benchmarks/evaluation/real_tasks.py

Both read rows of MMLU, BLiMP, CMMLU, XCOPA and GSM8K in task files of the harness. The models are a
small Llama and a small T5 with random weights: agreement does not depend on training. Prints for
every task the largest difference between log-probabilities of its choices, and whether scores,
greedy choices and texts are the same.
"""

from __future__ import annotations

import json
import lzma
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from fixtures import build_tokenizer

HERE = Path(__file__).parent
SUBJECTS = ("abstract_algebra", "anatomy", "astronomy")
SUBJECTS_ZH = ("agronomy", "ancient_chinese")
PARADIGMS = ("adjunct_island", "animate_subject_passive", "irregular_past_participle_verbs")
ROWS, PAIRS, PROBLEMS = 60, 100, 8

LETTERS = 'doc_to_choice: ["A", "B", "C", "D"]'
CHOICE_LIST = "{% for c in choices %}{{'ABCD'[loop.index0]}}. {{c}}\\n{% endfor %}"
DEV = "fewshot_split: dev\nfewshot_config: {sampler: first_n}\n"
TASKS = {
    "mmlu": f"""{DEV}output_type: multiple_choice
doc_to_text: "{{{{question.strip()}}}}\\n{CHOICE_LIST}Answer:"
{LETTERS}
doc_to_target: "{{{{answer | int}}}}"
""",
    "cmmlu": f"""{DEV}output_type: multiple_choice
doc_to_text: "{{{{question.strip()}}}}\\n{CHOICE_LIST}答案："
{LETTERS}
doc_to_target: "{{{{'ABCD'.index(answer)}}}}"
""",
    "blimp": """output_type: multiple_choice
doc_to_text: ""
doc_to_choice: "{{[sentence_good, sentence_bad]}}"
doc_to_target: 0
target_delimiter: ""
""",
    "xcopa": """output_type: multiple_choice
doc_to_text: "{{premise}}{{'因为' if question == 'cause' else '所以'}}"
doc_to_choice: "{{[choice1, choice2]}}"
doc_to_target: label
target_delimiter: ""
""",
    "gsm8k": DEV
    + """output_type: generate_until
doc_to_text: "Question: {{question}}\\nAnswer:"
doc_to_target: "{{answer}}"
generation_kwargs: {until: ["Question:", "</s>"], max_gen_toks: 48, do_sample: false}
""",
}
METRICS = {
    "multiple_choice": "metric_list: [{metric: acc}, {metric: acc_norm}]\n",
    "generate_until": "metric_list: [{metric: exact_match}]\n",
}
FILES = "dataset_path: json\ndataset_kwargs: {{data_files: {{test: {test}, dev: {dev}}}}}\n"

Line = dict[str, Any]


def main() -> None:
    peer, data_dir = os.environ.get("UPWELL_LM_EVAL"), os.environ.get("UPWELL_DATA")
    if not peer or not data_dir:
        raise SystemExit("UPWELL_LM_EVAL names a Python that has lm_eval 0.4.13, UPWELL_DATA rows")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        calls = list(tasks(Path(data_dir), folder))
        models(folder)
        (folder / "calls.json").write_text(json.dumps(calls), encoding="utf-8")
        theirs = run_script(peer, "real_tasks_peer.py", folder)
        ours = run_script(sys.executable, "real_tasks_ours.py", folder)
    print(f"\n{date.today()}\n\n| model | task | shots | items | difference | scores | greedy |")
    print("|---|---|---|---|---|---|---|")
    for one, other in zip(ours, theirs, strict=True):
        print(row(one, other))


def row(ours: Line, theirs: Line) -> str:
    """A line of the table. For generated texts the texts are compared."""
    assert (ours["task"], ours["model"]) == (theirs["task"], theirs["model"])
    assert len(ours["items"]) == len(theirs["items"]) > 0
    flat = [
        (a, b)
        for mine, other in zip(ours["items"], theirs["items"], strict=True)
        for a, b in zip(mine, other, strict=True)
    ]
    same = all(
        abs(theirs["scores"][name] - ours["scores"][name]) < 1e-12 for name in ours["scores"]
    )
    if isinstance(flat[0][0], str):
        largest, greedy = "texts", f"{sum(a == b for a, b in flat)} of {len(flat)}"
    else:
        largest = f"{max(abs(a[0] - b[0]) for a, b in flat):.1e}"
        greedy = f"{sum(a[1] == b[1] for a, b in flat)} of {len(flat)}"
    cells = [ours["model"], ours["task"], str(ours["shots"]), str(len(ours["items"])), largest]
    return f"| {' | '.join([*cells, 'equal' if same else 'DIFFERENT', greedy])} |"


def run_script(python: str, script: str, folder: Path) -> list[Line]:
    """The JSON lines that a script prints, run on one thread."""
    single_thread = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS"), "1")
    done = subprocess.run(
        [python, str(HERE / script), str(folder)],
        capture_output=True, text=True, check=False, env={**os.environ, **single_thread},
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    return [json.loads(line[1:]) for line in done.stdout.splitlines() if line.startswith("@")]


def tasks(data_dir: Path, folder: Path) -> Iterator[tuple[str, int]]:
    """Write the task files; yields the name and the number of shots of each."""
    (folder / "tasks").mkdir()
    for kind, path, subjects in (
        ("mmlu", "eval_en/mmlu.jsonl.xz", SUBJECTS),
        ("cmmlu", "eval_zh/cmmlu.jsonl.xz", SUBJECTS_ZH),
    ):
        rows = read(data_dir / path)
        for subject in subjects:
            split = {
                name: [each for each in rows if (each["subject"], each["split"]) == (subject, name)]
                for name in ("test", "dev")
            }
            yield from write_task(folder, kind, f"{kind}_{subject}", split["test"][:ROWS],
                               split["dev"], (0, 5))  # fmt: skip
    pairs = read(data_dir / "eval_en/blimp.jsonl.xz")
    for paradigm in PARADIGMS:
        some = [each for each in pairs if each["UID"] == paradigm][:PAIRS]
        yield from write_task(folder, "blimp", f"blimp_{paradigm}", some, [], (0,))
    some = read(data_dir / "eval_zh/xcopa_zh_test.jsonl")[:PAIRS]
    yield from write_task(folder, "xcopa", "xcopa_zh", some, [], (0,))
    problems, train_problems = (
        read(data_dir / f"eval_en/gsm8k_{n}.jsonl.xz") for n in ("test", "train")
    )
    yield from write_task(folder, "gsm8k", "gsm8k", problems[:PROBLEMS], train_problems[:8], (3,))


def write_task(
    folder: Path, kind: str, name: str, test: list[Line], dev: list[Line], shots: tuple[int, ...]
) -> Iterator[tuple[str, int]]:
    assert test, f"no rows for {name}"
    paths = {}
    for split, rows in (("test", test), ("dev", dev or test[:1])):
        paths[split] = folder / f"{name}_{split}.jsonl"
        lines = (json.dumps(each, ensure_ascii=False) for each in rows)
        paths[split].write_text("\n".join(lines), encoding="utf-8")
    body = TASKS[kind]
    metrics = METRICS[body.partition("output_type: ")[2].splitlines()[0]]
    head = f"task: {name}\ntest_split: test\n{FILES.format(**paths)}"
    (folder / "tasks" / f"{name}.yaml").write_text(head + body + metrics, encoding="utf-8")
    for count in shots:
        yield name, count


def read(path: Path) -> list[Line]:
    with lzma.open(path, "rt", encoding="utf-8") if path.suffix == ".xz" else path.open() as file:
        return [json.loads(line) for line in file]


def models(folder: Path) -> None:
    """A Llama and a T5 with 1024 tokens of context, whose weights vary enough for clear choices."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM, T5Config, T5ForConditionalGeneration

    tokenizer = build_tokenizer(folder)
    torch.manual_seed(0)
    special = {"bos_token_id": tokenizer.bos_token_id, "eos_token_id": tokenizer.eos_token_id,
               "pad_token_id": tokenizer.pad_token_id, "vocab_size": len(tokenizer)}  # fmt: skip
    llama = LlamaForCausalLM(LlamaConfig(
        hidden_size=64, intermediate_size=176, num_hidden_layers=2, num_attention_heads=4,
        max_position_embeddings=1024, initializer_range=0.06, **special,
    ))  # fmt: skip
    t5 = T5ForConditionalGeneration(T5Config(
        d_model=64, d_kv=16, d_ff=176, num_layers=2, num_heads=4, n_positions=1024,
        decoder_start_token_id=tokenizer.pad_token_id, **special,
    ))  # fmt: skip
    for name, network in (("llama", llama), ("t5", t5)):
        network.save_pretrained(folder / "models" / name)
        tokenizer.save_pretrained(folder / "models" / name)


if __name__ == "__main__":
    main()
