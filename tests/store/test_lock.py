import os
import subprocess
import sys

import pytest

from upwell.errors import StoreError
from upwell.store.lock import claim_dir, dir_lock, file_lock

HOLDER = """
import sys, time
from pathlib import Path
from upwell.store.lock import file_lock
with file_lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_lock_names_its_holder_and_a_dead_one_holds_nothing(tmp_path):
    path = tmp_path / "lock"
    with subprocess.Popen([sys.executable, "-c", HOLDER, path], stdout=subprocess.PIPE) as holder:
        holder.stdout.readline()
        with pytest.raises(StoreError, match=f"in use by process {holder.pid}"), file_lock(path):
            pass
        holder.kill()
    with file_lock(path):
        assert path.read_text() == f"{os.getpid()}\n"


def test_a_folder_has_one_writer(tmp_path):
    with (
        dir_lock(tmp_path),
        pytest.raises(StoreError, match="another process"),
        dir_lock(tmp_path, timeout_seconds=0.05),
    ):
        pass
    with dir_lock(tmp_path):
        pass


def test_a_claimed_folder_is_created_and_an_error_leaves_no_empty_one(tmp_path):
    folder = tmp_path / "out" / "model"
    with claim_dir(folder):
        assert folder.is_dir()
        with pytest.raises(StoreError, match="in use"), dir_lock(folder, timeout_seconds=0.05):
            pass
    with pytest.raises(KeyError), claim_dir(tmp_path / "empty"):
        raise KeyError
    assert not (tmp_path / "empty").exists()
    with pytest.raises(KeyError), claim_dir(folder):
        (folder / "part").write_text("kept")
        raise KeyError
    assert (folder / "part").exists()
