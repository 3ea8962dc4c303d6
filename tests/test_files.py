"""Only regular files are opened, and every name becomes a safe one."""

import os
import socket
from pathlib import Path

import pytest

from upwell.files import check_regular, open_regular, read_regular, to_filename


def test_a_regular_file_is_read(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_bytes(b"a,b\n")
    link = tmp_path / "link.csv"
    link.symlink_to(path)
    with open_regular(link) as file:
        assert file.read() == b"a,b\n"
    assert read_regular(str(path), 4) == b"a,b\n"
    assert read_regular(path, 1 << 60) == b"a,b\n"
    with pytest.raises(OSError, match="over 3 bytes"):
        read_regular(path, 3)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("pipe", "named pipe"),
        ("socket", "a socket"),
        ("folder", "a folder"),
        ("/dev/zero", "a device"),
        ("loop", "symbolic links"),
        ("a\0b", "no name that a file can have"),
        ("\ud800", "no name that a file can have"),
    ],
)
def test_anything_else_is_refused_at_once(tmp_path, kind, words, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server:
        if kind == "pipe":
            os.mkfifo(kind)
        elif kind == "socket":
            server.bind(kind)
        elif kind == "folder":
            Path(kind).mkdir()
        elif kind == "loop":
            Path(kind).symlink_to(kind)
        for read in (open_regular, read_regular, check_regular):
            with pytest.raises(OSError) as raised:
                read(kind)
            assert words in raised.value.strerror


@pytest.mark.parametrize("name", ["gsm8k", "科学", "a.b_c+d=e@f-g", "two words"])
def test_a_usual_name_stays(name):
    assert to_filename(name, ".json") == f"{name}.json"


HOSTILE = (
    "../../..", "/etc/passwd", "a/b", "a\\b", "a\0b", "", ".", "..", ".hidden", "CON", "nul.txt",
    "x" * 5000, "é" * 300, "\ud800", "\u202eevil", "a\nb", "-rf", "a_b-c14cddc0", " ", "end.",
)  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_any_other_name_becomes_a_safe_one_of_its_own(name, tmp_path):
    file = to_filename(name, ".jsonl")
    path = tmp_path / file
    path.write_text("x")
    assert [*tmp_path.iterdir()] == [path]
    assert len(file.encode()) <= 200
    assert file[0] not in ".-" and file.isprintable()
    assert to_filename(name, ".jsonl") == file


def test_different_names_never_share_a_file():
    names = [*HOSTILE, "a_b", "a/b", "a:b", "x" * 5001, "con", "_con"]
    assert len({to_filename(name) for name in names}) == len(set(names))
