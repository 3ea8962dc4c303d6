import json
import subprocess
import sys

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
def test_any_changed_byte_is_refused(file, bodies, data):
    whole = bytearray(b"".join(map(encode_line, bodies)))
    where = data.draw(st.integers(0, len(whole) - 1))
    whole[where] ^= data.draw(st.integers(1, 255))
    with pytest.raises(StoreError):
        read(file(bytes(whole)))


@pytest.mark.parametrize("where", [-1, -2, -10, -30])
def test_a_damaged_last_line_is_no_torn_one(file, where):
    data = bytearray(b"".join(encode_line(json.dumps(n)) for n in range(3)))
    data[where] ^= 1
    with pytest.raises(StoreError, match=r"damaged in line 3 of 3.*delete that line"):
        Journal(file(bytes(data)))


def test_a_journal_has_one_writer(tmp_path, monkeypatch):
    monkeypatch.setattr("upwell.store.lock.WAIT_SECONDS", 0.05)
    journal = Journal(tmp_path / "journal.jsonl")
    with pytest.raises(StoreError, match="in use by another process"):
        Journal(tmp_path / "journal.jsonl")
    journal.close()
    Journal(tmp_path / "journal.jsonl").close()


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


def test_a_line_that_did_not_fit_leaves_no_part_of_it(tmp_path):
    code = (
        "import resource, signal, sys\nfrom pathlib import Path\n"
        "from upwell.store.journal import Journal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "journal = Journal(Path(sys.argv[1]))\njournal.append('1')\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "try: journal.append('\"' + 'x' * 200 + '\"')\n"
        "except OSError as error: print(error.strerror)\n"
        "journal.append('3')"
    )
    path = tmp_path / "journal.jsonl"
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True)
    assert done.stdout == "File too large\n"
    assert read(path)[0] == ["1", "3"]
