"""Sentences: where they are cut, and that no token is lost on the way to ids."""

import numpy as np
import pytest

from upwell.data import train_wordpiece
from upwell.data.sentences import read, sentences

DOCUMENTS = [
    "The tide wells up. Gulls wheel!\nIs it late? No.",
    "潮水涌现。海鸥盘旋！天气好吗？很好；我们去海边。",
    "one line, without an end",
    "一句话，没有句号",
]


@pytest.mark.parametrize(
    ("document", "wanted"),
    [
        (DOCUMENTS[0], ["The tide wells up.", "Gulls wheel!", "Is it late?", "No."]),
        (DOCUMENTS[1], ["潮水涌现。", "海鸥盘旋！", "天气好吗？", "很好；", "我们去海边。"]),
        ("costs 3.50 today", ["costs 3.50 today"]),
        (" \n\n ", []),
    ],
)
def test_sentences_end_where_their_marks_stand(document, wanted) -> None:
    assert sentences(document) == wanted


def test_a_lone_sentence_is_cut_at_its_commas_and_others_are_not() -> None:
    assert sentences(DOCUMENTS[2]) == ["one line,", "without an end"]
    assert sentences(DOCUMENTS[3]) == ["一句话，", "没有句号"]
    assert sentences("a, b. c, d.") == ["a, b.", "c, d."]


def test_sentences_hold_every_token_of_every_document() -> None:
    words = train_wordpiece(DOCUMENTS * 4, 60)
    found = read(DOCUMENTS, words)
    assert found.ids.tolist() == [i for text in DOCUMENTS for i in words.encode(text)]
    assert found.document.tolist() == [0] * 4 + [1] * 5 + [2] * 2 + [3] * 2
    assert found.borders[-1] == len(found.ids) and len(found.borders) == 14
    assert found.openers.tolist() == [0, 1, 2, 4, 5, 6, 7, 9, 11]
    assert found.ends.tolist() == [4, 9, 11, 13]


def test_a_word_begins_once_and_a_chinese_character_is_a_word() -> None:
    words = train_wordpiece(DOCUMENTS * 4, 60)
    found = read(["wheel late", "潮水"], words)
    tokens = [words.engine.id_to_token(int(i)) for i in found.ids]
    assert len(tokens) > 4
    assert found.starts.tolist() == [not token.startswith("##") for token in tokens]
    assert np.sum(found.starts) == 4
