import os
import signal
import subprocess
import sys
import time

import pytest

from upwell.errors import StoreError
from upwell.store.atomic import (
    check_filename,
    remove_temporary,
    sha256,
    write_by_content,
    write_bytes,
)

WRITER = """
import sys
from pathlib import Path
from upwell.store.atomic import write_bytes
size = 200_000
print("ready", flush=True)
while True:
    for letter in b"ab":
        write_bytes(Path(sys.argv[1]), bytes([letter]) * size)
"""


def test_a_killed_writer_leaves_one_whole_content(tmp_path):
    path = tmp_path / "page.html"
    for attempt in range(5):
        with subprocess.Popen([sys.executable, "-c", WRITER, path], stdout=subprocess.PIPE) as p:
            p.stdout.readline()
            time.sleep(0.003 * (attempt + 1))
            os.kill(p.pid, signal.SIGKILL)
        data = path.read_bytes() if path.exists() else b"a" * 200_000
        assert set(data) in ({97}, {98}) and len(data) == 200_000
    remove_temporary(tmp_path)
    assert list(tmp_path.iterdir()) in ([path], [])


def test_the_digest_is_that_of_the_bytes(tmp_path):
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert write_bytes(tmp_path / "deep" / "er" / "empty", b"") == empty


@pytest.mark.parametrize("name", ["", ".", "..", "../up", "a/b", ".hidden", "a\n"])
def test_a_name_cannot_leave_its_folder(name):
    with pytest.raises(StoreError):
        check_filename(name)


def test_a_file_that_a_library_writes_is_named_by_content_and_read_by_who_reads_others(tmp_path):
    def write(path):
        path.unlink(missing_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
        path.write_bytes(b"abc")

    write_bytes(tmp_path / "other", b"")
    digest, size = write_by_content(tmp_path, write, lambda name: tmp_path / name[:8])
    made = tmp_path / digest[:8]
    assert (made.read_bytes(), digest, size) == (b"abc", sha256(b"abc"), 3)
    assert made.stat().st_mode == (tmp_path / "other").stat().st_mode
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([digest[:8], "other"])
