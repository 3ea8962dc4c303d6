"""Sentences: where they are cut, and that no token is lost on the way to ids."""

import numpy as np
import pytest

from upwell.data import train_wordpiece
from upwell.data.text.sentences import read_sentences, split_sentences

DOCUMENTS = [
    "The tide wells up. Gulls wheel!\nIs it late? No.",
    "潮水涌现。海鸥盘旋！天气好吗？很好；我们去海边。",
    "one line, without an end",
    "一句话，没有句号",
]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (DOCUMENTS[0], ["The tide wells up.", "Gulls wheel!", "Is it late?", "No."]),
        (DOCUMENTS[1], ["潮水涌现。", "海鸥盘旋！", "天气好吗？", "很好；", "我们去海边。"]),
        ("costs 3.50 today", ["costs 3.50 today"]),
        (" \n\n ", []),
    ],
)
def test_sentences_end_where_their_marks_stand(document, expected) -> None:
    assert split_sentences(document) == expected


def test_a_lone_sentence_is_cut_at_its_commas_and_others_are_not() -> None:
    assert split_sentences(DOCUMENTS[2]) == ["one line,", "without an end"]
    assert split_sentences(DOCUMENTS[3]) == ["一句话，", "没有句号"]
    assert split_sentences("a, b. c, d.") == ["a, b.", "c, d."]


def test_sentences_hold_every_token_of_every_document() -> None:
    words = train_wordpiece(DOCUMENTS * 4, 60)
    result = read_sentences(DOCUMENTS, words)
    assert result.ids.tolist() == [i for text in DOCUMENTS for i in words.encode(text)]
    assert result.document.tolist() == [0] * 4 + [1] * 5 + [2] * 2 + [3] * 2
    assert result.offsets[-1] == len(result.ids) and len(result.offsets) == 14
    assert result.non_final.tolist() == [0, 1, 2, 4, 5, 6, 7, 9, 11]
    assert result.document_ends.tolist() == [4, 9, 11, 13]


def test_a_word_begins_once_and_a_chinese_character_is_a_word() -> None:
    words = train_wordpiece(DOCUMENTS * 4, 60)
    result = read_sentences(["wheel late", "潮水"], words)
    tokens = [words.engine.id_to_token(int(i)) for i in result.ids]
    assert len(tokens) > 4
    assert result.starts.tolist() == [not token.startswith("##") for token in tokens]
    assert np.sum(result.starts) == 4
