"""Tagging words: files in, entities out, and their F1 as seqeval gives it."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForTokenClassification, AutoTokenizer

from upwell.data.labeled import Row, read_conll
from upwell.errors import DataError
from upwell.finetune.config import FinetuneConfig
from upwell.finetune.defaults import FinetuneHyperparameters
from upwell.finetune.pipeline import finetune
from upwell.finetune.predictor import Predictor
from upwell.finetune.tasks.token_classification import TokenClassification
from upwell.metrics.entities import count_entities, get_entities, score_entities, sum_counts

from ..tiny_models import BAD, FILL, GOOD

SEQEVAL = [
    (
        "B-B B-B O I-A I-B B-B / B-B I-A B-B I-A I-B B-A / I-B B-A I-A B-A O I-B",
        "I-B I-B I-A I-A I-B I-A / B-B I-A B-B I-A I-B B-A / I-A B-A O B-A O I-B",
        0.62069,
    ),
    (
        "B-A I-B O I-A O B-B / B-B B-B B-B B-A O B-B / O B-B B-B I-B O B-B",
        "B-A I-B I-A I-A O B-B / B-B B-B O B-A B-B B-B / O B-B I-A B-B I-B O",
        0.666667,
    ),
    (
        "E-B E-B O S-A S-B E-B / S-A S-B B-B E-A I-A S-A / I-A B-A S-A I-A S-A B-A",
        "B-B E-B O S-A S-B S-B / S-A S-B B-B O I-A O / I-A B-B S-A I-A E-A E-A",
        0.666667,
    ),
    (
        "I-A B-A S-A B-A S-B S-B / S-B E-B E-A B-A S-B O / E-B E-B O S-B S-A E-A",
        "I-A B-A S-A B-A S-B S-B / E-A O E-A S-B S-B O / E-B S-A E-B B-A S-A S-A",
        0.6875,
    ),
]
"""Target tags, predicted tags, F1 by seqeval 1.2.2."""


@pytest.mark.parametrize(("right", "output", "value"), SEQEVAL)
def test_the_f1_of_entities_is_that_of_seqeval(right, output, value):
    sides = [[row.split() for row in text.split(" / ")] for text in (output, right)]
    assert sum_counts(count_entities(*sides)).f1 == pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize(
    ("tags", "found"),
    [
        ("O B-PER I-PER O", [("PER", 1, 3)]),
        ("B-PER B-PER I-LOC", [("PER", 0, 1), ("PER", 1, 2), ("LOC", 2, 3)]),
        ("S-PER B-LOC I-LOC E-LOC S-LOC", [("PER", 0, 1), ("LOC", 1, 4), ("LOC", 4, 5)]),
        ("I-PER I-PER O I-PER", [("PER", 0, 2), ("PER", 3, 4)]),
        ("O O", []),
        ("B-PER M-PER E-PER S-LOC", [("PER", 0, 3), ("LOC", 3, 4)]),
        ("B-PER I-PER L-PER U-LOC", [("PER", 0, 3), ("LOC", 3, 4)]),
        ("B I O B B", [("_", 0, 2), ("_", 3, 4), ("_", 4, 5)]),
    ],
)
def test_entities_are_read_out_of_every_scheme(tags, found):
    assert [tuple(one) for one in get_entities(tags.split())] == found


def test_a_perfect_tagger_scores_one_and_one_that_says_nothing_zero():
    right = [["B-A", "I-A", "O"], ["O", "B-B", "O"]] * 10
    assert [s.value for s in score_entities(count_entities(right, right))] == [1.0, 1.0, 1.0]
    nothing = [["O"] * 3] * 20
    assert [s.value for s in score_entities(count_entities(nothing, right))] == [0.0, 0.0, 0.0]


def test_sentences_of_every_layout_are_read_with_their_lines(tmp_path):
    path = tmp_path / "a.conll"
    path.write_text("-DOCSTART- -X- O\n\nMia NNP I B-PER\nslept VBD O O\n\n\nOslo NNP I B-LOC\n")
    assert read_conll(path).rows == (
        Row(3, ("Mia", "slept"), ("B-PER", "O")),
        Row(7, ("Oslo",), ("B-LOC",)),
    )
    path.write_text("\n北\tB-LOC\n京\tI-LOC\n")
    assert read_conll(path).rows == (Row(2, ("北", "京"), ("B-LOC", "I-LOC")),)
    path.write_text("Mia B-PER\nslept\n")
    with pytest.raises(DataError, match=r"a\.conll:2 has a word without a tag"):
        read_conll(path)
    assert read_conll(path, labeled=False).rows[0].texts == ("Mia", "slept")


def test_texts_are_split_into_words_and_chinese_into_characters():
    assert TokenClassification().row_from_text(1, "Mia's cat, 北京 2026!").texts == (
        "Mia",
        "'",
        "s",
        "cat",
        ",",
        "北",
        "京",
        "2026",
        "!",
    )


def planted(path: Path, rows: int, seed: int) -> Path:
    """Telling words are entities of two kinds, each by itself."""
    rng = random.Random(seed)
    lines = []
    for _ in range(rows):
        words = rng.choices([*GOOD, *BAD, *FILL], k=rng.randint(4, 10))
        for word in words:
            kind = "GOOD" if word in GOOD else "BAD" if word in BAD else ""
            lines.append(f"{word}\t{f'B-{kind}' if kind else 'O'}")
        lines.append("")
    path.write_text("\n".join(lines))
    return path


@pytest.mark.parametrize("method", ["linear", "full"])
def test_transformers_gives_the_tags_from_the_folder(tmp_path, tiny, method):
    data, test = planted(tmp_path / "rows.conll", 150, 0), planted(tmp_path / "test.conll", 60, 1)
    config = FinetuneConfig(
        model=str(tiny), data=data, test=test, task="token-classification", method=method,
        hyperparameters=FinetuneHyperparameters(epochs=3, learning_rate=2e-3),
    )  # fmt: skip
    card = finetune(config, tmp_path / "out", lambda line: None, lambda *moment: None)
    assert card.scores[0].metric == "entity_f1"
    assert card.scores[0].value > 0.6
    rows = read_conll(test).rows
    predictor = Predictor.from_pretrained(tmp_path / "out")
    told = predictor(rows)
    assert sum_counts(
        count_entities([one["tags"] for one in told], [row.labels for row in rows])
    ).f1 == (pytest.approx(card.scores[0].value))
    model = AutoModelForTokenClassification.from_pretrained(tmp_path / "out").eval()
    words = AutoTokenizer.from_pretrained(tmp_path / "out")
    with torch.inference_mode():
        read = words([list(rows[0].texts)], is_split_into_words=True, return_tensors="pt")
        tags = model(**read).logits[0, 1:-1].argmax(-1).tolist()
    assert [model.config.id2label[tag] for tag in tags] == told[0]["tags"]


def test_words_beyond_the_length_count_as_missed(tmp_path, tiny):
    data, test = planted(tmp_path / "rows.conll", 80, 0), planted(tmp_path / "test.conll", 40, 1)
    values = []
    for length in (5, 32):
        config = FinetuneConfig(
            model=str(tiny), data=data, test=test, task="token-classification", method="linear",
            hyperparameters=FinetuneHyperparameters(max_length=length),
        )  # fmt: skip
        card = finetune(config, tmp_path / str(length), lambda line: None, lambda *moment: None)
        values.append(next(s.value for s in card.scores if s.metric == "entity_recall"))
    assert values[0] < 0.6 * values[1]
    long = Predictor.from_pretrained(tmp_path / "5")([Row(1, ("the",) * 20, ())])[0]
    assert len(long["tags"]) == 20
