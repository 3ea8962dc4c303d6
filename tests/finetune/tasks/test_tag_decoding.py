"""Tags that can stand beside each other: the best of all allowed ones, by trying all."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest

from upwell.finetune.tasks._tag_decoding import (
    ConstrainedTagDecoder,
    detect_tag_scheme,
    is_valid_transition,
)

BIO = ("O", "B-A", "I-A", "B-C", "I-C")
BIOES = (*BIO, "E-A", "S-A")


def fits(tags, scheme):
    around = ["O", *tags, "O"]
    return all(is_valid_transition(a, b, scheme) for a, b in pairwise(around))


@pytest.mark.parametrize(("labels", "scheme"), [(BIO, "bio"), (BIOES, "bioes")])
@pytest.mark.parametrize("seed", range(5))
def test_the_path_is_the_best_of_all_that_are_allowed(labels, scheme, seed):
    logits = np.random.default_rng(seed).normal(size=(5, len(labels))).astype(np.float32)
    every = product(range(len(labels)), repeat=5)
    best = max(
        (way for way in every if fits([labels[i] for i in way], scheme)),
        key=lambda way: sum(logits[t, i] for t, i in enumerate(way)),
    )
    assert ConstrainedTagDecoder(labels, scheme)(logits).tolist() == list(best)


def test_without_a_scheme_each_word_is_for_itself():
    logits = np.random.default_rng(0).normal(size=(20, 5)).astype(np.float32)
    assert (ConstrainedTagDecoder(BIO, "")(logits) == logits.argmax(1)).all()
    assert ConstrainedTagDecoder(BIO, "bio")(logits[:0]).shape == (0,)


@pytest.mark.parametrize(
    ("tags", "scheme"),
    [
        ("O B-A I-A O B-C", "bio"),
        ("O B-A E-A S-C O", "bioes"),
        ("O B-A E-A B-C S-C O", "bio"),
        ("O B-A M-A E-A S-C", "bioes"),
        ("O B-A I-A L-A U-C", "bioes"),
        ("O B I I O B", "bio"),
        ("O I-A I-A O", ""),
        ("O B-A I-C O", ""),
        ("NN VB NN", ""),
    ],
)
def test_the_scheme_is_read_off_the_rows(tags, scheme):
    assert detect_tag_scheme([tags.split()] * 10) == scheme


def test_a_mistake_in_a_hundred_does_not_hide_a_scheme():
    rows = [["B-A", "I-A", "O"]] * 199
    assert detect_tag_scheme([*rows, ["O", "I-A", "O"]]) == "bio"
    assert detect_tag_scheme([*rows[:20], ["O", "I-A", "O"]]) == ""
