"""Prompt tuning: trainable tokens before every text (Lester et al. 2021, arXiv 2104.08691).

The tokens are added to the tokenizer, which inserts them after the first special token. So the
saved folder needs no code of ours.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from ...errors import ModelError
from ..base_model import PretrainedModel

NUM_PROMPT_TOKENS = 16
"""Number of tokens of the prompt."""

PROMPT_TOKENS = tuple(f"[PROMPT{number}]" for number in range(NUM_PROMPT_TOKENS))


def add_prompt_tokens(base_model: PretrainedModel) -> PretrainedModel:
    """The model, with a tokenizer that inserts the prompt before every text.

    Raises ModelError for a tokenizer whose post-processor is not a template.
    """
    tokenizer = base_model.tokenizer
    tokenizer.add_special_tokens({"additional_special_tokens": list(PROMPT_TOKENS)})
    ids = tokenizer.convert_tokens_to_ids(list(PROMPT_TOKENS))
    backend = tokenizer.backend_tokenizer
    state = json.loads(backend.to_str())
    state["post_processor"] = _prompt_template(state["post_processor"], ids, base_model)
    tokenizer._tokenizer = type(backend).from_str(json.dumps(state))
    return replace(base_model, tokenizer=tokenizer)


def prompt_token_ids(tokenizer: Any) -> range:
    """Token ids of the prompt. Empty if the tokenizer has no prompt."""
    ids = tokenizer.convert_tokens_to_ids(list(PROMPT_TOKENS)) if tokenizer is not None else []
    known = [i for i in ids if i is not None and i != tokenizer.unk_token_id]
    return range(min(known), max(known) + 1) if known else range(0)


def _prompt_template(
    old: dict[str, Any] | None, ids: list[int], base_model: PretrainedModel
) -> dict[str, Any]:
    kind = None if old is None else old["type"]
    if old is not None and kind == "BertProcessing":
        old = _bert_template(old)
    elif kind != "TemplateProcessing":
        raise ModelError(
            f"{base_model.name}: --method prompt needs a tokenizer with a template "
            f"post-processor, and this one has {kind}; choose another method, e.g. lora"
        )
    assert old is not None
    prompt = [{"SpecialToken": {"id": name, "type_id": 0}} for name in PROMPT_TOKENS]
    known = {
        name: {"id": name, "ids": [i], "tokens": [name]}
        for name, i in zip(PROMPT_TOKENS, ids, strict=True)
    }
    return {
        **old,
        "single": _insert_before_text(old["single"], prompt),
        "pair": _insert_before_text(old["pair"], prompt),
        "special_tokens": old["special_tokens"] | known,
    }


def _insert_before_text(pieces: list[Any], prompt: list[Any]) -> list[Any]:
    first = next(index for index, piece in enumerate(pieces) if "Sequence" in piece)
    return [*pieces[:first], *prompt, *pieces[first:]]


def _bert_template(old: dict[str, Any]) -> dict[str, Any]:
    """The template that equals the older BertProcessing."""
    (begin, begin_id), (end, end_id) = old["cls"], old["sep"]

    def special(name: str, kind: int) -> dict[str, Any]:
        return {"SpecialToken": {"id": name, "type_id": kind}}

    def text(name: str, kind: int) -> dict[str, Any]:
        return {"Sequence": {"id": name, "type_id": kind}}

    single = [special(begin, 0), text("A", 0), special(end, 0)]
    return {
        "type": "TemplateProcessing",
        "single": single,
        "pair": [*single, text("B", 1), special(end, 1)],
        "special_tokens": {
            begin: {"id": begin, "ids": [begin_id], "tokens": [begin]},
            end: {"id": end, "ids": [end_id], "tokens": [end]},
        },
    }
