"""Instructions and conversations as people keep them; what is left out is counted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from upwell.data.labeled.columns import Columns
from upwell.data.labeled.conversations import read_conversations
from upwell.data.labeled.seq2seq_pairs import read_pairs
from upwell.errors import DataError

USER, ASSISTANT = {"role": "user", "content": "add 1 and 2"}, {"role": "assistant", "content": "3"}
SYSTEM = {"role": "system", "content": "be brief"}


def read(path: Path, *rows: dict, as_list: bool = False):
    path.write_text(json.dumps(list(rows)) if as_list else "\n".join(map(json.dumps, rows)))
    return read_conversations(path, Columns())


@pytest.mark.parametrize(
    "row",
    [
        {"instruction": "add", "input": "1 and 2", "output": "3"},
        {"instruction": "add\n\n1 and 2", "input": "", "output": "3"},
        {"prompt": "add\n\n1 and 2", "completion": "3"},
        {"question": "add\n\n1 and 2", "answer": "3"},
        {"messages": [{"role": "user", "content": "add\n\n1 and 2"}, ASSISTANT]},
        {"conversations": [{"from": "human", "value": "add\n\n1 and 2"},
                           {"from": "gpt", "value": "3"}]},
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "add\n\n1 and 2"}]},
                      ASSISTANT]},
    ],
)  # fmt: skip
@pytest.mark.parametrize("as_list", [True, False])
def test_every_layout_gives_the_same_row(tmp_path, row, as_list):
    path = tmp_path / ("a.json" if as_list else "a.jsonl")
    data = read(path, row, row, as_list=as_list)
    assert [(each.texts, each.target) for each in data.rows] == [(("add\n\n1 and 2",), "3")] * 2


def test_a_history_and_a_system_message_become_earlier_turns(tmp_path):
    row = {"instruction": "and 4", "output": "7", "system": "be brief", "history": [["1 + 2", "3"]]}
    data = read(tmp_path / "a.jsonl", row)
    assert data.rows[0].texts == ("be brief\n\n1 + 2", "3", "and 4")
    assert data.notes == (
        "1 row with a system message, put before the instruction", "1 row with a history",
    )  # fmt: skip


def test_turns_of_tools_and_images_are_left_out_with_their_conversation(tmp_path):
    tool = {"role": "tool", "content": "7"}
    call = {"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]}
    image = {"role": "user", "content": [{"type": "image_url", "image_url": "x.png"}]}
    data = read(
        tmp_path / "a.jsonl",
        {"messages": [SYSTEM, USER, ASSISTANT]},
        {"messages": [USER, call, tool, ASSISTANT]},
        {"messages": [image, ASSISTANT]},
        {"messages": [ASSISTANT, USER, USER, ASSISTANT]},
        {"messages": [USER]},
    )
    assert [row.texts for row in data.rows] == [
        ("be brief\n\nadd 1 and 2",), ("add 1 and 2\n\nadd 1 and 2",), ("add 1 and 2",),
    ]  # fmt: skip
    assert data.notes == (
        "3 conversations with 3 responses; issues name the number of the response",
        "1 conversation with turns of tools, left out",
        "1 conversation with images or other parts that are no text, left out",
        "1 conversation with a system message, put before the user's turn",
        "1 turn joined to the one before, of the same side",
        "1 turn of the assistant before any of the user, left out",
        "1 conversation ends without a response",
    )
    with pytest.raises(DataError, match=r"no conversation to learn from \(with turns of tools\)"):
        read(tmp_path / "b.jsonl", {"messages": [USER, tool]})


def test_columns_that_are_not_read_are_named(tmp_path):
    row = {"instruction": "a", "output": "b", "source": "web", "text": "a b"}
    assert read(tmp_path / "a.jsonl", row).notes == ("not read: columns 'source', 'text'",)


NESTED = [{"id": n, "translation": {"en": f"tea {n}", "fr": f"thé {n}"}} for n in range(3)]


def test_translations_in_one_column_are_read_by_language(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(map(json.dumps, NESTED)))
    data = read_pairs(path, Columns())
    assert (data.rows[0].texts, data.rows[0].target) == (("tea 0",), "thé 0")
    assert data.notes == ("languages 'en', 'fr' of column 'translation'", "not read: column 'id'")
    back = read_pairs(path, Columns(text_columns=("fr",), label_column="en"))
    assert (back.rows[0].texts, back.rows[0].target) == (("thé 0",), "tea 0")
    three = [{"translation": {"en": "tea", "fr": "thé", "de": "Tee"}}]
    path.write_text("\n".join(map(json.dumps, three)))
    with pytest.raises(DataError, match="source and target are not clear"):
        read_pairs(path, Columns())
    assert (
        read_pairs(path, Columns(text_columns=("en",), label_column="de")).rows[0].target == "Tee"
    )
