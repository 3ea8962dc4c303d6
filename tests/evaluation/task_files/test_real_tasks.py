"""Real benchmarks as task files give equal numbers with and without prefix sharing."""

import lzma
import os
from itertools import islice
from pathlib import Path

import pytest
from models import shapes

from upwell.evaluation.task_files import (
    FewshotSampling,
    Variant,
    compute_scores,
    evaluate_task,
    load_task,
)
from upwell.models.lm.hf_causal import HFCausalLM
from upwell.models.lm.hf_tokenizer import HFTokenizer
from upwell.models.lm.readers.plain import PlainReader

DATA = Path(os.environ.get("UPWELL_DATA", Path(__file__).parents[4] / "shared" / "data"))

DATASET = """
dataset_path: json
dataset_kwargs: {{data_files: {{test: {path}}}}}
test_split: test
fewshot_split: test
fewshot_config: {{sampler: first_n}}
"""

TASKS = {
    "eval_en/mmlu.jsonl.xz": """
output_type: multiple_choice
doc_to_text: "{{question.strip()}}\\n{% for c in choices %}{{c}}\\n{% endfor %}Answer:"
doc_to_choice: ["A", "B", "C", "D"]
doc_to_target: "{{choices.index(answer) if answer in choices else 0}}"
""",
    "eval_en/blimp.jsonl.xz": """
output_type: multiple_choice
doc_to_text: ""
doc_to_choice: "{{[sentence_good, sentence_bad]}}"
doc_to_target: 0
target_delimiter: ""
""",
    "eval_en/gsm8k_test.jsonl.xz": """
output_type: generate_until
doc_to_text: "Question: {{question}}\\nAnswer:"
doc_to_target: "{{answer.split('####')[-1].strip()}}"
generation_kwargs: {until: ["Question:"], max_gen_toks: 8, do_sample: false}
""",
    "eval_zh/cmmlu.jsonl.xz": """
output_type: multiple_choice
doc_to_text: "{{question}}\\n{% for c in choices %}{{c}}\\n{% endfor %}答案："
doc_to_choice: ["A", "B", "C", "D"]
doc_to_target: "{{['A', 'B', 'C', 'D'].index(answer)}}"
""",
    "eval_zh/xcopa_zh_val.jsonl": """
output_type: multiple_choice
doc_to_text: "{{premise}}{{'因为' if question == 'cause' else '所以'}}"
doc_to_choice: "{{[choice1, choice2]}}"
doc_to_target: label
target_delimiter: ""
""",
}  # fmt: skip
NUM_ROWS = 12


@pytest.mark.data
@pytest.mark.parametrize("name", TASKS)
def test_real_tasks_give_equal_numbers(name, tmp_path):
    if not (DATA / name).is_file():
        pytest.skip(f"{name} is not in the shared data; UPWELL_DATA names another place")
    kind, path, rows = "llama", tmp_path / "task.yaml", tmp_path / "rows.jsonl"
    open_file = lzma.open if name.endswith(".xz") else open
    with open_file(DATA / name, "rt", encoding="utf-8") as file:
        rows.write_text("".join(islice(file, 2 * NUM_ROWS)), encoding="utf-8")
    path.write_text(DATASET.format(path=rows) + TASKS[name], encoding="utf-8")
    task = load_task(path)
    shared, plain = (
        HFCausalLM(shapes.network(kind), HFTokenizer(shapes.tokenizer(kind)), shapes.CONTEXT)
        for _ in range(2)
    )
    plain._reader = PlainReader(plain.network)
    variants = [Variant(), Variant(shots=2)]
    ours, theirs = (
        evaluate_task(
            lm,
            kind,
            task,
            variants,
            sampling=FewshotSampling(lm_eval=True),
            row_indices=range(NUM_ROWS),
        )
        for lm in (shared, plain)
    )
    assert len(ours) == 2 * NUM_ROWS
    for a, b in zip(ours, theirs, strict=True):
        assert a.answer.reason == b.answer.reason is None
        assert a.answer.logprobs == pytest.approx(b.answer.logprobs, abs=2e-5)
        assert a.answer.completion == b.answer.completion
    scores = compute_scores(task, [each.answer for each in ours if each.variant.shots == 2])
    assert all(each.value.items == NUM_ROWS for each in scores)
