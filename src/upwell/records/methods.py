"""The ways of adapting a model to labeled rows, and what reports call them."""

from __future__ import annotations

PEFT_METHODS = ("lora", "dora", "ia3", "prompt")
"""Methods that train few weights and leave the others as they are."""

FINETUNE_METHODS = ("linear", "full", *PEFT_METHODS)
"""Every value of `FinetuneSpec.method`."""

METHOD_TITLES = {
    "in_context": "examples in the prompt",
    "linear": "a linear head on the frozen model",
    "full": "full fine-tuning",
    "lora": "LoRA",
    "dora": "DoRA",
    "ia3": "IA3",
    "prompt": "prompt tuning",
}
"""A noun phrase for each method, for sentences, tables and logs."""
