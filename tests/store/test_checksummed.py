import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upwell.errors import StoreError
from upwell.records import Run, Study
from upwell.store.checksummed import read_checksummed, write_checksummed

from .samples import RUN, STUDY


def test_a_record_comes_back_equal(tmp_path):
    write_checksummed(tmp_path / "run.json", RUN)
    assert read_checksummed(Run, tmp_path / "run.json") == RUN


def test_what_is_read_and_written_again_has_the_same_bytes(tmp_path):
    write_checksummed(tmp_path / "first.json", RUN)
    write_checksummed(tmp_path / "second.json", read_checksummed(Run, tmp_path / "first.json"))
    assert (tmp_path / "first.json").read_bytes() == (tmp_path / "second.json").read_bytes()


@given(st.data())
def test_any_changed_byte_is_noticed_or_changes_nothing(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("sealed") / "study.json"
    write_checksummed(path, STUDY)
    content = bytearray(path.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    path.write_bytes(bytes(content))
    try:
        assert read_checksummed(Study, path) == STUDY
    except StoreError as error:
        assert str(path) in str(error)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\x80\x02}q\x00.", b'{"a":1}'])
def test_a_foreign_file_is_one_sentence_that_names_it(tmp_path, content):
    path = tmp_path / "study.json"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"study\.json") as caught:
        read_checksummed(Study, path)
    assert "\n" not in str(caught.value)


def test_another_kind_is_refused(tmp_path):
    write_checksummed(tmp_path / "run.json", RUN)
    with pytest.raises(StoreError, match="holds a Run, not a Study"):
        read_checksummed(Study, tmp_path / "run.json")


def test_a_newer_schema_is_refused(tmp_path):
    path = tmp_path / "study.json"
    write_checksummed(path, STUDY)
    document = json.loads(path.read_text())
    path.write_text(json.dumps(document | {"schema": 99}))
    with pytest.raises(StoreError, match="schema 99"):
        read_checksummed(Study, path)


def test_an_edit_by_hand_is_noticed(tmp_path):
    path = tmp_path / "study.json"
    write_checksummed(path, STUDY)
    path.write_text(path.read_text().replace("It does.", "It does not."))
    with pytest.raises(StoreError, match="damaged or was edited"):
        read_checksummed(Study, path)


def test_a_file_of_an_earlier_version_is_one_sentence(tmp_path):
    path = tmp_path / "study.json"
    write_checksummed(path, STUDY)
    document = json.loads(path.read_text())
    path.write_text(json.dumps(document | {"schema": 1}))
    with pytest.raises(StoreError, match="made by an earlier version of Upwell; run it again"):
        read_checksummed(Study, path)
