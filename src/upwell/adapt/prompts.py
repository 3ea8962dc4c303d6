"""Tokens before every text that alone learn: a prompt that nobody wrote.

They are added to the tokenizer, which puts them after what begins a text, so that nothing of ours
is needed where the folder is loaded.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from ..errors import ModelError
from .given import Given

TOKENS = 16
"""Of the prompt."""

NAMES = tuple(f"[PROMPT{number}]" for number in range(TOKENS))


def prompted(given: Given) -> Given:
    """The same, with a tokenizer that begins every text with the prompt.

    Raises ModelError for a tokenizer of which it is not known how it puts a text together.
    """
    words = given.words
    words.add_special_tokens({"additional_special_tokens": list(NAMES)})
    ids = words.convert_tokens_to_ids(list(NAMES))
    engine = words.backend_tokenizer
    state = json.loads(engine.to_str())
    state["post_processor"] = _template(state["post_processor"], ids, given)
    words._tokenizer = type(engine).from_str(json.dumps(state))
    return replace(given, words=words)


def added(words: Any) -> range:
    """Ids of the prompt's tokens; none where the tokenizer has no prompt."""
    ids = words.convert_tokens_to_ids(list(NAMES)) if words is not None else []
    known = [i for i in ids if i is not None and i != words.unk_token_id]
    return range(min(known), max(known) + 1) if known else range(0)


def _template(old: dict[str, Any] | None, ids: list[int], given: Given) -> dict[str, Any]:
    kind = None if old is None else old["type"]
    if old is not None and kind == "BertProcessing":
        old = _of_bert(old)
    elif kind != "TemplateProcessing":
        raise ModelError(
            f"{given.name}: --method prompt needs a tokenizer that puts texts together by a "
            f"template, and this one has {kind}; choose another method, e.g. lora"
        )
    assert old is not None
    prompt = [{"SpecialToken": {"id": name, "type_id": 0}} for name in NAMES]
    known = {
        name: {"id": name, "ids": [i], "tokens": [name]} for name, i in zip(NAMES, ids, strict=True)
    }
    return {
        **old,
        "single": _before_text(old["single"], prompt),
        "pair": _before_text(old["pair"], prompt),
        "special_tokens": old["special_tokens"] | known,
    }


def _before_text(pieces: list[Any], prompt: list[Any]) -> list[Any]:
    first = next(place for place, piece in enumerate(pieces) if "Sequence" in piece)
    return [*pieces[:first], *prompt, *pieces[first:]]


def _of_bert(old: dict[str, Any]) -> dict[str, Any]:
    """The older way of saying the same."""
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
