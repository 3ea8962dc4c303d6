"""A sealed folder: any byte that changes, goes or comes is noticed when the model is loaded."""

import random
import shutil
import subprocess

import pytest

from upwell.errors import StoreError
from upwell.store.seal import SEAL_FILE, check_seal, hash_file, remove_sealed_files, seal


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "model"
    path.mkdir()
    (path / "config.json").write_text('{"hidden_size": 8}')
    (path / "model.safetensors").write_bytes(bytes(range(256)) * 4)
    (path / "tokenizer.json").write_text("{}")
    (path / "report.html").write_text("<p>")
    (path / "seen.jpg").write_bytes(b"jpg")
    return path


def test_an_unchanged_folder_passes_and_so_does_one_without_a_seal(folder):
    check_seal(folder)
    digest = seal(folder, ("seen.jpg",))
    check_seal(folder)
    check_seal(folder, digest)
    (folder / "report.html").write_text("<p>written later")
    (folder / "notes.md").write_text("mine")
    check_seal(folder, digest)


def test_sha256sum_reads_the_seal(folder):
    seal(folder)
    if shutil.which("sha256sum"):
        subprocess.run(["sha256sum", "-c", SEAL_FILE], cwd=folder, check=True, capture_output=True)


def test_any_flipped_byte_is_noticed_by_the_name_of_its_file(folder):
    digest = seal(folder, ("seen.jpg",))
    rng = random.Random(0)
    names = ("config.json", "model.safetensors", "tokenizer.json", "seen.jpg", SEAL_FILE)
    for number in range(300):
        path = folder / names[number % len(names)]
        original = path.read_bytes()
        changed = bytearray(original)
        changed[rng.randrange(len(changed))] ^= rng.randint(1, 255)
        path.unlink()
        path.write_bytes(changed)
        with pytest.raises(StoreError):
            check_seal(folder)
        with pytest.raises(StoreError, match=path.name):
            check_seal(folder, digest)
        path.unlink()
        path.write_bytes(original)
    check_seal(folder, digest)


def test_a_missing_and_an_added_file_are_named(folder):
    seal(folder)
    (folder / "added_tokens.json").write_text("{}")
    with pytest.raises(StoreError, match=r"added_tokens\.json was added"):
        check_seal(folder)
    (folder / "added_tokens.json").unlink()
    (folder / "tokenizer.json").unlink()
    with pytest.raises(StoreError, match=r"tokenizer\.json is missing"):
        check_seal(folder)


def test_a_seal_that_is_gone_is_missed_where_its_hash_is_known(folder):
    digest = seal(folder)
    (folder / SEAL_FILE).unlink()
    check_seal(folder)
    with pytest.raises(StoreError, match="damaged or missing"):
        check_seal(folder, digest)


def test_a_replaced_model_leaves_no_file_for_the_next(folder):
    seal(folder)
    remove_sealed_files(folder)
    assert sorted(path.name for path in folder.iterdir()) == ["report.html", "seen.jpg"]
    (folder / SEAL_FILE).write_text(f"{'0' * 64}  ../../precious\n{'0' * 64}  ..\n")
    remove_sealed_files(folder)
    assert (folder / "report.html").exists()


def test_a_file_that_changed_is_hashed_again(folder):
    path = folder / "config.json"
    before = hash_file(path)
    path.write_text("other")
    assert hash_file(path) != before
