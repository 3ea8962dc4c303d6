"""Instruction tuning: a language model learns to respond; only responses count in the loss.

The chat template of the tokenizer is used if it has one, otherwise `PLAIN_TEMPLATE`. Rows that are
too long lose the beginning of the prompt.

Axes: B rows, T tokens, V tokens of the vocabulary.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from transformers import AutoModelForCausalLM

from ...data.labeled import Columns, LabeledDataset, Row
from ...data.labeled.conversations import read_conversations
from ...errors import ModelError
from ...metrics.bootstrap import bootstrap_score, mean_score
from ...models.protocols import Batch
from ...records import FinetuneSpec, Score, ScoredRow
from ..base_model import WEIGHTS_KWARGS, PretrainedModel
from ..inputs.encoded import EncodedSplit
from ..inputs.text import DEFAULT_MAX_LENGTH, IGNORE_INDEX, TokenizedRows, special_strings
from ..modeling.heads import HFModel
from .base import TextOutputTask

MAX_NEW_TOKENS = 128
"""Maximum number of tokens of a response."""

MAX_MEASURED_ROWS = 2000
"""Rows whose lengths set `max_length`."""

CONTENT_MARK = "\ue000"
"""Stands around the number of a turn while the chat template is rendered."""

GENERATION_BATCH_SIZE = 16
PLAIN_TEMPLATE = ("### Instruction:\n", "\n\n### Response:\n", "\n\n")
"""Text before a prompt, before a response, and after a response."""


@dataclass(frozen=True)
class Generated:
    """The response to a row."""

    text: str
    logprobs: tuple[float, ...]
    """Natural log-probability of each token of the target; empty without a target."""


class InstructionTuning(TextOutputTask):
    """A response to each instruction or conversation."""

    max_dev_rows = 300
    """Generation after every epoch is slow, so the dev rows are few."""

    def read(self, path: Path, columns: Columns, *, labeled: bool = True) -> LabeledDataset:
        """Rows of instructions and responses, or of messages."""
        return read_conversations(path, columns, labeled=labeled)

    def group_key(self, row: Row) -> tuple[str, ...]:
        """The first turn: the responses of a conversation are in one split."""
        return row.texts[:1]

    def default_max_length(self, base_model: PretrainedModel, train: LabeledDataset) -> int:
        """Tokens that 99.5 % of the rows fit into, at most twice `DEFAULT_MAX_LENGTH`."""
        lengths = [
            sum(map(len, _prompt_and_response_ids(row, base_model)))
            for row in train.rows[:MAX_MEASURED_ROWS]
        ]
        max_tokens = (
            2 * DEFAULT_MAX_LENGTH
            if base_model.max_length is None
            else min(base_model.max_length, 2 * DEFAULT_MAX_LENGTH)
        )
        return min(max_tokens, -(-int(np.quantile(lengths, 0.995, method="higher")) // 8) * 8)

    def encode(
        self,
        rows: Sequence[Row],
        labels: Sequence[str],
        columns: Columns,
        base_model: PretrainedModel,
        max_length: int,
    ) -> TokenizedRows:
        """Tokens of the prompt and the response; `labels` are those of the response."""
        ids, target_ids, num_truncated = [], [], 0
        for row in rows:
            prompt, response = _prompt_and_response_ids(row, base_model)
            num_truncated += len(prompt) + len(response) > max_length
            response = response[: max_length - 1]
            prompt = prompt[max(0, len(prompt) + len(response) - max_length) :]
            ids.append(np.array(prompt + response, dtype=np.int64))
            target_ids.append(np.array([IGNORE_INDEX] * len(prompt) + response, dtype=np.int64))
        return TokenizedRows(
            {"input_ids": tuple(ids), "labels": tuple(target_ids)},
            {"input_ids": int(base_model.tokenizer.pad_token_id), "labels": IGNORE_INDEX},
            num_truncated=num_truncated,
        )

    def build_model(self, base_model: PretrainedModel, spec: FinetuneSpec) -> HFModel:
        """The model as it is. ModelError for a model that is no causal language model."""
        try:
            hf_model = AutoModelForCausalLM.from_pretrained(base_model.path, **WEIGHTS_KWARGS)
        except ValueError:
            raise ModelError(
                f"{base_model.name} is a {base_model.config.model_type}, which does not predict "
                "the next token; choose a language model, e.g. a Llama or GPT-2"
            ) from None
        return HFModel(hf_model, ("input_ids", "attention_mask"))

    def load_model(self, base_model: PretrainedModel) -> HFModel:
        """The network of a fine-tuned folder, in eval mode."""
        hf_model = AutoModelForCausalLM.from_pretrained(base_model.path, **WEIGHTS_KWARGS)
        return HFModel(hf_model.eval(), ())

    def loss(
        self, outputs: Any, micro_batch: Batch, batch: Batch, spec: FinetuneSpec
    ) -> dict[str, Tensor]:
        """Mean cross-entropy a token of the response."""
        total = functional.cross_entropy(
            outputs.logits[:, :-1].flatten(0, 1),
            micro_batch["labels"][:, 1:].flatten(),
            ignore_index=IGNORE_INDEX,
            label_smoothing=spec.label_smoothing,
            reduction="sum",
        )
        return {"loss": total / (batch["labels"][:, 1:] != IGNORE_INDEX).sum()}

    def predict(
        self, model: Any, base_model: PretrainedModel, rows: TokenizedRows, spec: FinetuneSpec
    ) -> list[Generated]:
        """The greedy response to each row, and the log-probabilities of its target."""
        prompts = [
            ids[target_ids == IGNORE_INDEX]
            for ids, target_ids in zip(rows.ragged["input_ids"], rows.ragged["labels"], strict=True)
        ]
        by_length = np.argsort([len(ids) for ids in prompts], kind="stable").tolist()
        results: dict[int, Generated] = {}
        for start in range(0, len(by_length), GENERATION_BATCH_SIZE):
            indices = by_length[start : start + GENERATION_BATCH_SIZE]
            texts = _generate(model, base_model, [prompts[index] for index in indices])
            log_probs = _target_log_probs(model, rows, indices)
            results |= {
                index: Generated(text, values)
                for index, text, values in zip(indices, texts, log_probs, strict=True)
            }
        return [results[index] for index in range(len(rows))]

    def compute_metrics(
        self, outputs: Sequence[Generated], rows: EncodedSplit, spec: FinetuneSpec, multilabel: bool
    ) -> tuple[Score, ...]:
        """Log-probability of a target token and exact match of the responses, with intervals."""
        exact_matches = [
            float(output.text == row.target) for output, row in zip(outputs, rows.rows, strict=True)
        ]
        return (_log_probability_score(outputs), mean_score("exact_match", exact_matches))

    def selection_metric(
        self, outputs: Sequence[Generated], rows: EncodedSplit, spec: FinetuneSpec, multilabel: bool
    ) -> float:
        """Geometric mean of the probability of a target token."""
        return float(np.exp(_log_probability_score(outputs).value))

    def scored_rows(
        self, outputs: Sequence[Generated], rows: EncodedSplit, spec: FinetuneSpec, multilabel: bool
    ) -> tuple[ScoredRow, ...]:
        """Rows with their responses."""
        return tuple(
            ScoredRow(
                line=row.line,
                text=" ⏐ ".join(row.texts),
                label=str(row.target),
                prediction=output.text,
                score=float(np.exp(np.mean(output.logprobs))),
            )
            for row, output in zip(rows.rows, outputs, strict=True)
        )

    def output_text(self, output: Generated) -> str:
        """The response."""
        return output.text


TASK = InstructionTuning


def _prompt_and_response_ids(row: Row, base_model: PretrainedModel) -> tuple[list[int], list[int]]:
    """Token ids of the prompt with its template, and of the response; the latter may be empty."""
    tokenizer = base_model.tokenizer
    if tokenizer.chat_template:
        prompt_ids = _chat_prompt_ids(row.texts, tokenizer)
    else:
        before_prompt, before_response, after_response = PLAIN_TEMPLATE
        text = "".join(
            f"{before_response}{text}{after_response}" if number % 2 else f"{before_prompt}{text}"
            for number, text in enumerate(row.texts)
        )
        prompt_ids = tokenizer(text + before_response, add_special_tokens=False)["input_ids"]
        bos_id = tokenizer.bos_token_id
        prompt_ids = prompt_ids if bos_id is None else [bos_id, *prompt_ids]
    if row.target is None:
        return prompt_ids, []
    response_ids = tokenizer(str(row.target), add_special_tokens=False)["input_ids"]
    return prompt_ids, response_ids if tokenizer.eos_token_id is None else [
        *response_ids,
        tokenizer.eos_token_id,
    ]


def _chat_prompt_ids(texts: Sequence[str], tokenizer: Any) -> list[int]:
    """Token ids of the turns in the chat template.

    Special tokens of the template are special; the same strings within a turn are ordinary text.
    """
    roles = ("user", "assistant")

    def render(contents: Sequence[str]) -> str:
        messages = [
            {"role": roles[number % 2], "content": text} for number, text in enumerate(contents)
        ]
        return str(
            tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        )

    def encode(text: str, *, split: bool) -> list[int]:
        ids = tokenizer(text, add_special_tokens=False, split_special_tokens=split)["input_ids"]
        return list(ids)

    if not any(string in text for string in special_strings(tokenizer) for text in texts):
        return encode(render(texts), split=False)
    marks = [f"{CONTENT_MARK}{number}{CONTENT_MARK}" for number in range(len(texts))]
    pieces = re.split(f"({'|'.join(marks)})", render(marks))
    contents = dict(zip(marks, texts, strict=True))
    return [
        token
        for piece in pieces
        for token in encode(contents.get(piece, piece), split=piece in contents)
    ]


def _generate(model: HFModel, base_model: PretrainedModel, prompts: Sequence[Any]) -> list[str]:
    """Greedy responses to prompts, padded on the left.

    A response takes at most a quarter of the model's context.
    """
    max_new_tokens = (
        MAX_NEW_TOKENS
        if base_model.max_length is None
        else max(1, min(MAX_NEW_TOKENS, base_model.max_length // 4))
    )
    if base_model.max_length is not None:
        prompts = [ids[-(base_model.max_length - max_new_tokens) :] for ids in prompts]
    max_prompt_tokens = max(map(len, prompts))
    ids = np.full(
        (len(prompts), max_prompt_tokens), int(base_model.tokenizer.pad_token_id), dtype=np.int64
    )
    mask = np.zeros_like(ids)
    for index, prompt in enumerate(prompts):
        ids[index, max_prompt_tokens - len(prompt) :] = prompt
        mask[index, max_prompt_tokens - len(prompt) :] = 1
    generated_ids = model.model.generate(
        input_ids=torch.from_numpy(ids),
        attention_mask=torch.from_numpy(mask),
        max_new_tokens=max_new_tokens,
        do_sample=False,
        pad_token_id=base_model.tokenizer.pad_token_id,
    )
    texts = base_model.tokenizer.batch_decode(
        generated_ids[:, max_prompt_tokens:], skip_special_tokens=True
    )
    return [text.strip() for text in texts]


def _target_log_probs(
    model: HFModel, rows: TokenizedRows, indices: Sequence[int]
) -> list[tuple[float, ...]]:
    """Log-probabilities of the target tokens of each row; empty for rows without a target."""
    arrays = {name: torch.from_numpy(array) for name, array in rows.batch(indices).items()}
    target_BT = arrays.pop("labels")[:, 1:]
    if not (target_BT != IGNORE_INDEX).any():
        return [()] * len(indices)
    logits_BTV = model.model(**arrays).logits[:, :-1]
    log_probs_BT = logits_BTV.log_softmax(-1).gather(-1, target_BT.clamp_min(0)[..., None])[..., 0]
    return [
        tuple(log_probs[target_ids != IGNORE_INDEX].tolist())
        for log_probs, target_ids in zip(log_probs_BT, target_BT, strict=True)
    ]


def _log_probability_score(outputs: Sequence[Generated]) -> Score:
    """The mean over tokens; the interval is a bootstrap over rows."""
    sums = np.array([sum(output.logprobs) for output in outputs])
    counts = np.array([len(output.logprobs) for output in outputs])
    return bootstrap_score(
        "log_probability",
        lambda rows_N: float(sums[rows_N].sum() / counts[rows_N].sum()),
        len(outputs),
    )
