"""A tiny encoder as a folder that transformers loads, and rows that it can learn."""

from __future__ import annotations

import random
from pathlib import Path

import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import (
    BertConfig,
    BertModel,
    DistilBertConfig,
    DistilBertModel,
    LlamaConfig,
    LlamaForCausalLM,
    LlamaModel,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaModel,
)

GOOD = "bright warm kind fresh glad sweet".split()  # noqa: SIM905
BAD = "cold harsh stale sour grim dull".split()  # noqa: SIM905
FILL = "the a room meal walk day was very and so it we they felt".split()  # noqa: SIM905
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
KINDS = ("bert", "roberta", "distilbert", "llama")


def words() -> PreTrainedTokenizerFast:
    vocabulary = {word: i for i, word in enumerate([*SPECIAL, *GOOD, *BAD, *FILL, *"甲乙丙丁"])}
    engine = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    engine.pre_tokenizer = pre_tokenizers.Whitespace()
    engine.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    named = {f"{name.strip('[]').lower()}_token": name for name in SPECIAL}
    return PreTrainedTokenizerFast(tokenizer_object=engine, model_max_length=32, **named)


def encoder(folder: Path, kind: str = "bert") -> Path:
    """The folder of a random encoder of 2 layers."""
    torch.manual_seed(0)
    shape = {"vocab_size": len(words()), "pad_token_id": 0, "initializer_range": 0.05}
    wide = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    if kind == "bert":
        model = BertModel(
            BertConfig(**shape, **wide, intermediate_size=64, max_position_embeddings=40)
        )
    elif kind == "roberta":
        model = RobertaModel(
            RobertaConfig(**shape, **wide, intermediate_size=64, max_position_embeddings=40)
        )
    elif kind == "llama":
        model = LlamaModel(
            LlamaConfig(**shape, **wide, intermediate_size=64, max_position_embeddings=40)
        )
    else:
        model = DistilBertModel(
            DistilBertConfig(**shape, dim=32, n_layers=2, n_heads=2, hidden_dim=64,
                             max_position_embeddings=40)
        )  # fmt: skip
    model.save_pretrained(folder)
    words().save_pretrained(folder)
    return folder


def decoder(folder: Path) -> Path:
    """The folder of a random language model whose words have the labels among them."""
    reader = words()
    reader.add_tokens(["good", "bad", "Text", "Label", ":"])
    torch.manual_seed(0)
    LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(reader), hidden_size=32, intermediate_size=64, num_hidden_layers=2,
            num_attention_heads=2, max_position_embeddings=64, pad_token_id=0, bos_token_id=2,
            eos_token_id=3, initializer_range=0.2,
        )
    ).save_pretrained(folder)  # fmt: skip
    reader.save_pretrained(folder)
    return folder


def alike(folder: Path) -> Path:
    """An encoder to which all good and bad words are one word, until its embeddings learn."""
    model = BertModel.from_pretrained(encoder(folder))
    ids = words().convert_tokens_to_ids([*GOOD, *BAD])
    with torch.no_grad():
        table = model.get_input_embeddings().weight
        table[ids] = table[ids[0]].clone()
    model.save_pretrained(folder)
    return folder


def sentence(dice: random.Random, good: bool) -> str:
    telling = dice.sample(GOOD if good else BAD, 2)
    rest = dice.choices(FILL, k=dice.randint(2, 8))
    mixed = [*telling, *rest]
    dice.shuffle(mixed)
    return " ".join(mixed)


def reviews(path: Path, rows: int, seed: int, wrong: int = 0) -> Path:
    """A CSV file; the first `wrong` rows have the other label."""
    dice = random.Random(seed)
    lines = ["text,label"]
    for row in range(rows):
        good = row % 2 == 0
        name = "good" if good != (row < wrong) else "bad"
        lines.append(f"{sentence(dice, good)},{name}")
    path.write_text("\n".join(lines) + "\n")
    return path
