import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upwell.errors import StoreError
from upwell.store.journal import Journal, encode_line, read

BODIES = st.lists(st.text(max_size=30).map(json.dumps), min_size=1, max_size=6)


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("journal") / "journal.jsonl"

    def holding(data):
        path.write_bytes(data)
        return path

    return holding


@given(BODIES, st.data())
def test_any_truncation_leaves_a_prefix_and_can_be_written_on(file, bodies, data):
    whole = b"".join(map(encode_line, bodies))
    path = file(whole[: data.draw(st.integers(0, len(whole)))])
    journal = Journal(path)
    kept = journal.payloads
    assert kept == bodies[: len(kept)]
    for body in bodies[len(kept) :]:
        journal.append(body)
    journal.close()
    assert path.read_bytes() == whole


@given(BODIES, st.data())
def test_any_changed_byte_is_refused_or_cut_never_believed(file, bodies, data):
    whole = bytearray(b"".join(map(encode_line, bodies)))
    where = data.draw(st.integers(0, len(whole) - 1))
    whole[where] ^= data.draw(st.integers(1, 255))
    try:
        kept, good = read(file(bytes(whole)))
    except StoreError:
        return
    assert kept == bodies[: len(kept)]
    assert len(kept) < len(bodies)
    assert good <= where


def test_damage_before_the_last_line_is_refused_with_its_place(file):
    lines = [encode_line(json.dumps(n)) for n in range(3)]
    lines[1] = lines[1].replace(b"1}", b"7}")
    with pytest.raises(StoreError, match="damaged in line 2 of 3"):
        Journal(file(b"".join(lines)))


def test_a_tail_of_zeros_after_a_power_cut_is_cut(file):
    journal = Journal(file(encode_line("1") + bytes(4096)))
    assert (journal.payloads, journal.torn_bytes) == (["1"], 4096)
    journal.close()


def test_a_reader_leaves_a_torn_tail_alone(file):
    data = encode_line("1") + encode_line("2")[:-3]
    path = file(data)
    assert read(path)[0] == ["1"]
    assert path.read_bytes() == data


def test_every_line_is_json():
    assert json.loads(encode_line('{"a":1}'))["body"] == {"a": 1}
