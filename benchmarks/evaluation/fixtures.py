"""Model and tasks for both programs: 6 million parameters, and 100 questions of 4 choices.

Words come from the documentation that every Python contains. Weights are random, which costs the
same as trained ones.
"""

from __future__ import annotations

import json
import pydoc_data.topics
import random
from pathlib import Path
from typing import Any

SHOTS_BY_WORDS = {7: (0, 1, 2, 4, 8, 16), 40: (0, 1, 2, 3, 4, 5)}
"""Numbers of examples for questions of so many words. The longest contexts have about 360 tokens
(7 words) and 550 (40 words)."""

QUESTIONS, EXAMPLES, CHOICES = 100, 64, 4
VOCAB_SIZE = 8192

TASK = """task: {name}
dataset_path: json
dataset_kwargs:
  data_files: {{train: {folder}/examples.jsonl, test: {folder}/questions.jsonl}}
training_split: train
test_split: test
fewshot_split: train
fewshot_config: {{sampler: {sampler}}}
output_type: multiple_choice
doc_to_text: "Question: {{{{question}}}}?\\nAnswer:"
doc_to_target: label
doc_to_choice: choices
metric_list:
  - {{metric: acc, aggregation: mean, higher_is_better: true}}
  - {{metric: acc_norm, aggregation: mean, higher_is_better: true}}
"""


def make(folder: Path, words: int) -> None:
    """Write model, tokenizer, rows of questions of `words` words, and task files into a folder."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    tokenizer = build_tokenizer(folder)
    tokenizer.save_pretrained(folder / "model")
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=VOCAB_SIZE, hidden_size=256, intermediate_size=688, num_hidden_layers=5,
        num_attention_heads=4, max_position_embeddings=1024, tie_word_embeddings=True,
        bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(folder / "model")
    _rows(folder, words)
    (folder / "tasks").mkdir()
    for name, sampler in (("sampled", "default"), ("fixed", "first_n")):
        text = TASK.format(name=name, sampler=sampler, folder=folder)
        (folder / "tasks" / f"{name}.yaml").write_text(text, encoding="utf-8")


def build_tokenizer(folder: Path) -> Any:
    """A byte-level BPE, trained on the documentation; its file is written into the folder."""
    from transformers import PreTrainedTokenizerFast

    from upwell.data.tokenization.tokenizer import train_bpe

    topics = pydoc_data.topics.topics
    tokenizer = train_bpe([topics[name] for name in sorted(topics)], VOCAB_SIZE)
    return PreTrainedTokenizerFast(
        tokenizer_file=str(tokenizer.save(folder)), bos_token="<bos>", eos_token="<bos>",
        pad_token="<pad>",
    )  # fmt: skip


def _rows(folder: Path, words_per_question: int) -> None:
    texts = pydoc_data.topics.topics.values()
    words = sorted({word for text in texts for word in text.split() if word.isalpha()})
    rng = random.Random(0)
    for name, number in (("questions", QUESTIONS), ("examples", EXAMPLES)):
        rows = [_row(rng, words, words_per_question) for _ in range(number)]
        (folder / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")


def _row(rng: random.Random, words: list[str], words_per_question: int) -> dict[str, object]:
    choices = [" ".join(rng.choices(words, k=2)) for _ in range(CHOICES)]
    question = " ".join(rng.choices(words, k=words_per_question))
    return {"question": question, "choices": choices, "label": rng.randrange(CHOICES)}
